"""Rows that were changed past the target: every column is compared, and what differs is written again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from autopack_hooks.sync.database.target import DatabaseTarget
from autopack_hooks.sync.database.url import parse_database_url
from autopack_hooks.sync.plan import make_plan
from autopack_hooks.sync.records import Record
from autopack_hooks.sync.target import ALTERED
from tests.sync.contract import by_key, fields, hashes, record, soon, sync

ENTRIES = [record(1), record(2, created_at=None), record(3)]
Sql = Callable[[str], None]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/autopack.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def target(url: str, tmp_path: Path) -> DatabaseTarget:
    return DatabaseTarget(parse_database_url(url, tmp_path))


@pytest.fixture
def run(url: str) -> Sql:
    def run(sql: str) -> None:
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
                connection.execute(sql)
        else:
            with psycopg.connect(url) as server:
                server.execute(sql)  # type: ignore[call-overload]  # SQL of the tests

    return run


def repair(target: DatabaseTarget, records: list[Record]) -> None:
    """A thorough sync compares every field."""
    wanted = by_key(records)
    with target.connect("demo", soon(), write=True) as session:
        stored = dict(session.stored().hashes)
        stored |= dict.fromkeys(session.differences(wanted, soon()), ALTERED)
        session.apply(make_plan(stored, hashes(wanted)), wanted, "c1", soon(), lambda _: None)


BOTH = [
    ("title = 'x'", {"title"}),
    ("title = ''", {"title"}),
    ("title = title || ' '", {"title"}),
    ("content = 'x'", {"content"}),
    ("metadata = '{}'", {"metadata"}),
    ("metadata = '[]'", {"metadata"}),
    ("metadata = 'null'", {"metadata"}),
    ("""metadata = '{"status": "Complete", "more": 1}'""", {"metadata"}),
    ("created_at = '1999-01-01'", {"created_at"}),
    ("created_at = null", {"created_at"}),
    ("content_hash = 'x'", {"content_hash"}),
    ("title = 'x', content = 'y'", {"title", "content"}),
]
SAME = [
    "updated_at = '1999-01-01'",
    "created_at = '2026-01-03 15:30:00+00:00'",
    "created_at = '2026-01-03T16:30:00+01:00'",
    """metadata = ' {"status":  "Complete"}'""",
]
SQLITE = [
    ("metadata = ''", {"metadata"}),
    ("metadata = '{'", {"metadata"}),
    ("metadata = x'00ff'", {"metadata"}),
    ("metadata = printf('%.*c', 100000, '[')", {"metadata"}),
    ("created_at = 'yesterday'", {"created_at"}),
    ("created_at = 7", {"created_at"}),
    ("created_at = x'ff'", {"created_at"}),
    ("title = x'7469746c65'", {"title"}),
    ("title = cast(x'ff' as text)", {"title"}),
    ("content_hash = cast(x'ff' as text)", {"content_hash"}),
]
POSTGRES = [
    ("created_at = 'infinity'", {"created_at"}),
    ("created_at = '0044-03-15 BC'", {"created_at"}),
    ("created_at = '20000-01-01'", {"created_at"}),
    ("metadata = repeat('[', 3000)::text::jsonb", {"metadata"}),
]


@pytest.mark.parametrize(("change", "names"), [*BOTH, *SQLITE, *POSTGRES])
def test_a_changed_column_is_named_and_mended(
    target: DatabaseTarget, run: Sql, url: str, change: str, names: set[str]
) -> None:
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    if (change, names) in (SQLITE if kind == "postgresql" else POSTGRES):
        pytest.skip("this database has no such value")
    sync(target, ENTRIES)
    change = change.replace("repeat('[', 3000)", "(repeat('[', 3000) || repeat(']', 3000))")
    run(f"update sot_entries set {change} where entry_id = 'BUILD-1'")
    found = fields(target, ENTRIES)
    assert {key: set(some) for key, some in found.items()} == {ENTRIES[0].key: names}
    repair(target, ENTRIES)
    assert fields(target, ENTRIES) == {}


@pytest.mark.parametrize("change", SAME)
def test_the_same_in_another_form_is_equal(target: DatabaseTarget, run: Sql, change: str) -> None:
    sync(target, ENTRIES)
    run(f"update sot_entries set {change} where entry_id = 'BUILD-1'")
    assert fields(target, ENTRIES) == {}


def test_a_date_where_the_entry_has_none(target: DatabaseTarget, run: Sql) -> None:
    sync(target, ENTRIES)
    run("update sot_entries set created_at = '2026-01-01' where entry_id = 'BUILD-2'")
    assert fields(target, ENTRIES) == {ENTRIES[1].key: ("created_at",)}
    repair(target, ENTRIES)
    assert fields(target, ENTRIES) == {}


@pytest.mark.parametrize("column", ["entry_id", "file_type"])
def test_a_renamed_row_goes_and_the_right_one_comes(target: DatabaseTarget, run: Sql, column: str) -> None:
    sync(target, ENTRIES)
    run(f"update sot_entries set {column} = 'x' where entry_id = 'BUILD-1'")
    repair(target, ENTRIES)
    with target.connect("demo", soon(), write=False) as session:
        assert session.stored().hashes == hashes(by_key(ENTRIES))
    assert fields(target, ENTRIES) == {}


def test_a_row_given_to_another_project_stays_there(target: DatabaseTarget, run: Sql) -> None:
    sync(target, ENTRIES)
    run("update sot_entries set project_id = 'other' where entry_id = 'BUILD-1'")
    repair(target, ENTRIES)
    assert fields(target, ENTRIES) == {}
    with target.connect("other", soon(), write=False) as session:
        assert list(session.stored().hashes) == [ENTRIES[0].key]


def test_names_that_are_not_text_are_foreign(tmp_path: Path) -> None:
    path = tmp_path / "autopack.db"
    target = DatabaseTarget(parse_database_url(f"sqlite:///{path}", tmp_path))
    sync(target, ENTRIES)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update sot_entries set entry_id = x'ff' where entry_id = 'BUILD-1'")
        connection.execute("update sot_entries set entry_id = cast(x'ff' as text) where entry_id = 'BUILD-2'")
    with target.connect("demo", soon(), write=False) as session:
        plan = make_plan(session.stored().hashes, hashes(by_key(ENTRIES)))
    assert plan.insert == (ENTRIES[0].key, ENTRIES[1].key) and len(plan.delete) == 2


# The tables that an older tool left.


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("timestamp", "2026-01-03 15:30:00"),
        ("timestamptz", "2026-01-03 16:30:00+01"),
        ("date", "2026-01-03"),
        ("text", "2026-01-03T15:30:00Z"),
        ("varchar(40)", "2026-01-03 15:30:00"),
    ],
)
@pytest.mark.parametrize("metadata", ["json", "jsonb", "text"])
def test_dates_of_every_column_type(postgres_url: str, tmp_path: Path, kind: str, value: str, metadata: str) -> None:
    with psycopg.connect(postgres_url) as server:
        server.execute(
            "create table sot_entries (id serial primary key, project_id text, file_type text, entry_id text, title text,"
            f" content text, metadata {metadata}, created_at {kind}, updated_at {kind}, content_hash text,"
            " unique (project_id, file_type, entry_id))"
        )
        entry = record(1)
        server.execute(
            "insert into sot_entries (project_id, file_type, entry_id, title, content, metadata, created_at, content_hash)"
            f" values ('demo', 'build_history', 'BUILD-1', %s, %s, %s, '{value}', %s)",
            (entry.title, entry.content, '{"status":"Complete"}', entry.content_hash),
        )
    target = DatabaseTarget(parse_database_url(postgres_url, tmp_path))
    assert fields(target, [entry]) == {}
    sync(target, [entry, record(2), record(3, created_at=None)])
    assert fields(target, [entry, record(2), record(3, created_at=None)]) == {}


def test_a_column_that_needs_a_date_keeps_the_one_it_has(tmp_path: Path) -> None:
    path = tmp_path / "autopack.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "create table sot_entries (id integer primary key, project_id, file_type, entry_id, title, content, metadata,"
            " created_at datetime not null, updated_at datetime, content_hash, unique (project_id, file_type, entry_id))"
        )
    target = DatabaseTarget(parse_database_url(f"sqlite:///{path}", tmp_path))
    sync(target, ENTRIES)
    assert fields(target, ENTRIES) == {}


def test_null_in_every_column(tmp_path: Path) -> None:
    path = tmp_path / "autopack.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "create table sot_entries (id integer primary key, project_id, file_type, entry_id, title, content, metadata,"
            " created_at, updated_at, content_hash, unique (project_id, file_type, entry_id))"
        )
        connection.execute(
            "insert into sot_entries (project_id, file_type, entry_id) values"
            " ('demo', 'build_history', 'BUILD-1'), ('demo', null, null)"
        )
    target = DatabaseTarget(parse_database_url(f"sqlite:///{path}", tmp_path))
    names = {"title", "content", "content_hash", "metadata", "created_at"}
    assert {key: set(some) for key, some in fields(target, ENTRIES).items()} == {ENTRIES[0].key: names}
    repair(target, ENTRIES)
    assert fields(target, ENTRIES) == {}
