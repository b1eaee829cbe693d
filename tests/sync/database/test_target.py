"""SQLite and PostgreSQL: the contract, tables that others left, locks, limits and faults."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from autopack_hooks.core.errors import DeadlineExceeded, FatalError, LockTimeout, TargetError
from autopack_hooks.sync.database.target import DatabaseTarget
from autopack_hooks.sync.database.url import parse_database_url
from autopack_hooks.sync.plan import Plan, make_plan
from autopack_hooks.sync.target import Stored, StoreDamaged, Target
from tests.sync.contract import MANY, TargetContract, by_key, counts, hashes, read, record, soon, sync

Query = Callable[..., list[Any]]


class TestSqlite(TargetContract):
    @pytest.fixture
    def target(self, tmp_path: Path) -> Target:
        return DatabaseTarget(parse_database_url("sqlite:///autopack.db", tmp_path))


class TestPostgres(TargetContract):
    @pytest.fixture
    def target(self, postgres_url: str, tmp_path: Path) -> Target:
        return DatabaseTarget(parse_database_url(postgres_url, tmp_path))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    return f"sqlite:///{tmp_path}/autopack.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def target(url: str, tmp_path: Path) -> DatabaseTarget:
    return DatabaseTarget(parse_database_url(url, tmp_path))


@pytest.fixture
def query(url: str) -> Query:
    """Runs SQL past the target, as another tool would."""

    def run(sql: str, *values: Any) -> list[Any]:
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
                return connection.execute(sql, values).fetchall()
        with psycopg.connect(url) as server:
            cursor = server.execute(sql.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def lite(tmp_path: Path) -> DatabaseTarget:
    return DatabaseTarget(parse_database_url("sqlite:///autopack.db", tmp_path))


# What is in the tables.


def test_the_row_says_what_the_record_says(target: DatabaseTarget, query: Query) -> None:
    metadata = {"status": "Complete", "files": 3, "nested": {"é": [1, None, True, "x"]}}
    entry = record(163, "A body.\n", title="Title", metadata=metadata)
    sync(target, [entry, record(2, created_at=None)])
    [row] = query(
        "select project_id, file_type, title, content, content_hash from sot_entries where entry_id = 'BUILD-163'"
    )
    assert tuple(row) == ("demo", "build_history", "Title", "A body.\n", entry.content_hash)
    [[stored]] = query("select metadata from sot_entries where entry_id = 'BUILD-163'")
    assert (json.loads(stored) if isinstance(stored, str) else stored) == metadata
    [[created], [undated]] = query("select created_at from sot_entries order by entry_id")
    assert (str(created)[:10], undated) == ("2026-01-03", None)


def test_only_rows_that_are_written_get_a_new_updated_at(target: DatabaseTarget, query: Query) -> None:
    sync(target, [record(1), record(2)])
    before = dict(query("select entry_id, updated_at from sot_entries"))
    time.sleep(0.002)  # so that the two runs differ by the database's clock
    sync(target, [record(1), record(2, "changed")], "c2")
    after = dict(query("select entry_id, updated_at from sot_entries"))
    assert after["BUILD-1"] == before["BUILD-1"] and after["BUILD-2"] > before["BUILD-2"]


def test_nothing_changed_writes_nothing(tmp_path: Path, lite: DatabaseTarget) -> None:
    sync(lite, [record(1)])
    before = (tmp_path / "autopack.db").read_bytes()
    sync(lite, [record(1)])
    assert (tmp_path / "autopack.db").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["autopack.db"]


def test_the_state_says_which_tool_wrote_it(target: DatabaseTarget, query: Query) -> None:
    sync(target, [record(1)], "c1")
    [[project, commit, synced, tool]] = query("select project_id, source_commit, synced_at, tool from sot_sync_state")
    assert (project, commit) == ("demo", "c1") and tool.startswith("autopack-hooks ") and str(synced) > "2020"


def test_a_row_changed_by_another_tool_is_brought_right(target: DatabaseTarget, query: Query) -> None:
    sync(target, [record(1), record(2)])
    query("update sot_entries set content = 'x', content_hash = 'x' where entry_id = 'BUILD-1'")
    query(
        "insert into sot_entries (project_id, file_type, entry_id, title, content, metadata, updated_at, content_hash)"
        " select project_id, file_type, 'BUILD-9', title, content, metadata, updated_at, ''"
        " from sot_entries where entry_id = 'BUILD-2'"
    )
    assert counts(sync(target, [record(1), record(2)])) == (0, 1, 1, True)


def test_a_row_that_is_there_against_the_plan_is_an_update(target: DatabaseTarget) -> None:
    sync(target, [record(1)])
    entry = by_key([record(1, "other")])
    with target.connect("demo", soon(), write=True) as session:
        applied = session.apply(Plan(insert=tuple(entry), delete=(("x", "y"),)), entry, "c1", soon(), lambda _: None)
    assert applied.deleted == 0
    assert read(target).hashes == hashes(entry)


# Tables that something else left.

OLDER = {
    "text": """project_id text not null, file_type text not null, entry_id text not null, title text, content text,
        metadata text, created_at text not null, updated_at text not null default current_timestamp,
        content_hash text not null, unique (project_id, file_type, entry_id)""",
    "typed": """project_id varchar(100) not null, file_type varchar(50) not null, entry_id varchar(200) not null,
        title varchar(500), content text not null, metadata json, created_at timestamp not null, updated_at timestamp,
        content_hash varchar(64)""",
    "dates": """file_type text, metadata json, created_at date not null, updated_at date not null, content_hash text,
        entry_id text, project_id text, content text, title text, extra text, counted integer not null default 0""",
}
ADD = """insert into sot_entries
    (project_id, file_type, entry_id, title, content, metadata, created_at, updated_at, content_hash)
    values (?, 'build_history', ?, 'old', 'old', '{}', '2025-02-03T04:05:06.678901+00:00', '2025-02-03', 'abc')"""


@pytest.mark.parametrize("columns", OLDER.values(), ids=OLDER)
def test_an_older_table_is_taken_over(url: str, target: DatabaseTarget, query: Query, columns: str) -> None:
    number = "id integer primary key autoincrement" if url.startswith("sqlite") else "id serial primary key"
    query(f"create table sot_entries ({number}, {columns})")
    for project, entry in [("demo", "BUILD-1"), ("demo", "BUILD-2"), ("other", "BUILD-900")]:
        query(ADD, project, entry)
    others = query("select * from sot_entries where project_id = 'other'")
    assert read(target) == Stored({("build_history", f"BUILD-{n}"): "abc" for n in (1, 2)})
    wanted = [record(1), record(2, created_at=None), record(3), record(4, created_at=None)]
    assert counts(sync(target, wanted)) == (2, 2, 0, True)
    assert counts(sync(target, wanted)) == (0, 0, 0, True)
    rows = dict(query("select entry_id, created_at from sot_entries where project_id = 'demo'"))
    assert [str(rows[f"BUILD-{n}"])[:10] for n in (1, 2, 3)] == ["2026-01-03", "2025-02-03", "2026-01-03"]
    assert str(rows["BUILD-4"])[:4] >= "2026"
    assert query("select * from sot_entries where project_id = 'other'") == others
    assert query("select id from sot_entries where entry_id = 'BUILD-1'") == [(1,)]
    [[stored]] = query("select metadata from sot_entries where entry_id = 'BUILD-3'")
    assert (json.loads(stored) if isinstance(stored, str) else stored) == {"status": "Complete"}


FOREIGN = {
    "missing columns": (
        "create table sot_entries (id integer, title text, content text)",
        "entry_id, content_hash, metadata",
    ),
    "state": ("create table sot_sync_state (id integer)", "sot_sync_state"),
    "a column that needs a value": (
        f"create table sot_entries (mandatory text not null, {OLDER['text']})",
        "mandatory",
    ),
    "duplicates": (
        f"create table sot_entries ({OLDER['dates']})|"
        "insert into sot_entries (project_id, file_type, entry_id, created_at, updated_at)"
        " values ('p', 'f', 'BUILD-7', '2026-01-01', '2026-01-01'), ('p', 'f', 'BUILD-7', '2026-01-01', '2026-01-01')",
        "p/f/BUILD-7",
    ),
}


@pytest.mark.parametrize(("made", "named"), FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_table_is_refused_and_left_alone(target: DatabaseTarget, query: Query, made: str, named: str) -> None:
    for statement in made.split("|"):
        query(statement)
    table = "sot_sync_state" if "state" in made.split()[2] else "sot_entries"
    before = query(f"select * from {table}")
    with pytest.raises(TargetError, match=named) as caught:
        sync(target, [record(1)])
    assert table in str(caught.value) and target.url in str(caught.value)
    assert query(f"select * from {table}") == before


def test_a_column_of_an_unusable_type_is_refused(postgres_url: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_url) as server:
        server.execute(f"create table sot_entries ({OLDER['text'].replace('created_at text', 'created_at integer')})")
    with pytest.raises(TargetError, match="created_at"):
        sync(DatabaseTarget(parse_database_url(postgres_url, tmp_path)), [record(1)])


# Reading leaves no trace.


def test_reading_creates_nothing(tmp_path: Path) -> None:
    assert read(DatabaseTarget(parse_database_url("sqlite:///folder/a.db", tmp_path))) == Stored({})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_reading_leaves_no_files_beside_the_database(tmp_path: Path, lite: DatabaseTarget, mode: str) -> None:
    sync(lite, [record(1)])
    with closing(sqlite3.connect(tmp_path / "autopack.db")) as connection:
        connection.execute(f"pragma journal_mode = {mode}")
    assert len(read(lite).hashes) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["autopack.db"]


def test_reading_an_empty_database_makes_no_table(target: DatabaseTarget, query: Query, url: str) -> None:
    query("create table unrelated (x integer)")
    assert read(target) == Stored({})
    catalogue = (
        "sqlite_master where type = 'table'" if url.startswith("sqlite") else "pg_tables where schemaname = 'public'"
    )
    assert query(f"select count(*) from {catalogue}") == [(1,)]


# Writers exclude each other.


def test_a_second_writer_is_kept_out_until_its_deadline(target: DatabaseTarget) -> None:
    sync(target, [], "c0")
    with target.connect("demo", soon(), write=True) as session:
        session.stored()
        with pytest.raises(LockTimeout, match="run again"), target.connect("demo", soon(0.3), write=True):
            pass
        assert counts(session.apply(Plan(), {}, "c1", soon(), lambda _: None)) == (0, 0, 0, True)
    assert read(target).commit == "c1"


def test_a_second_writer_waits_and_sees_what_the_first_wrote(target: DatabaseTarget) -> None:
    first = threading.Event()
    written: list[Any] = []

    def second() -> None:
        first.wait()
        written.append(counts(sync(target, [record(1), record(2)], "c2")))

    thread = threading.Thread(target=second)
    thread.start()
    entries = by_key([record(1)])
    with target.connect("demo", soon(), write=True) as session:
        first.set()
        session.apply(make_plan(session.stored().hashes, hashes(entries)), entries, "c1", soon(), lambda _: None)
    thread.join()
    assert written == [(1, 0, 0, True)]
    assert read(target).commit == "c2"


def test_readers_see_the_old_state_while_a_writer_works(target: DatabaseTarget) -> None:
    sync(target, [record(1)], "c1")
    entries = by_key([record(2)])
    seen: list[Stored] = []
    with target.connect("demo", soon(), write=True) as session:
        plan = make_plan(session.stored().hashes, hashes(entries))
        session.apply(plan, entries, "c2", soon(), lambda _: seen.append(read(target)))
    assert seen == [Stored(hashes(by_key([record(1)])), "c1")] * 2


def test_what_was_done_before_an_interrupt_stays(target: DatabaseTarget) -> None:
    entries = by_key(record(n) for n in range(MANY))
    done: list[int] = []

    def interrupt(number: int) -> None:
        done.append(number)
        if len(done) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), target.connect("demo", soon(), write=True) as session:
        session.apply(make_plan(session.stored().hashes, hashes(entries)), entries, "c1", soon(), interrupt)
    stored = read(target)
    assert (len(stored.hashes), stored.commit) == (sum(done), None)


KILLED = """
import sys, time
sys.path[:0] = {path!r}
from pathlib import Path
from autopack_hooks.sync.database.target import DatabaseTarget
from autopack_hooks.sync.database.url import parse_database_url
from tests.sync.contract import *
target = DatabaseTarget(parse_database_url({url!r}, Path()))
entries = by_key(record(n, "new " * 1000) for n in range(MANY))
def wait(_):
    print("in the middle", flush=True)
    time.sleep(60)
with target.connect("demo", soon(), write=True) as session:
    session.apply(make_plan(session.stored().hashes, hashes(entries)), entries, "c2", soon(), wait)
"""


def test_a_writer_killed_in_the_middle_leaves_what_was_there(target: DatabaseTarget, url: str) -> None:
    old = by_key(record(n) for n in range(MANY))
    sync(target, old.values(), "c1")
    script = KILLED.format(path=[p for p in sys.path if p], url=url)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout and child.stdout.readline() == "in the middle\n"
        child.send_signal(signal.SIGKILL)
    assert read(target) == Stored(hashes(old), "c1")
    assert counts(sync(target, [record(n, "new") for n in range(MANY)], "c2")) == (0, MANY, 0, True)


# Faults.


def refused(target: Target, write: bool = True, seconds: float = 60) -> FatalError:
    with pytest.raises(FatalError) as caught, target.connect("demo", soon(seconds), write=write) as session:
        entries = by_key(record(n, "x" * 2000) for n in range(100))
        session.apply(make_plan(session.stored().hashes, hashes(entries)), entries, "c1", soon(), lambda _: None)
    message = str(caught.value)
    assert "\n" not in message and target.url in message and "sqlalche.me" not in message
    return caught.value


@pytest.mark.parametrize("write", [True, False])
def test_a_file_that_is_no_database(tmp_path: Path, lite: DatabaseTarget, write: bool) -> None:
    (tmp_path / "autopack.db").write_text("# not a database\n" * 100)
    error = refused(lite, write)
    assert isinstance(error, TargetError) and "not an SQLite database" in str(error)
    assert (tmp_path / "autopack.db").read_text() == "# not a database\n" * 100


def damage(path: Path, start: int, end: int | None = None) -> None:
    data = bytearray(path.read_bytes())
    end = len(data) if end is None else end
    data[start:end] = b"\xaa" * (end - start)
    path.write_bytes(data)


@pytest.mark.parametrize("start,end", [(4096, None), (100, None), (0, 64), (16, 100)])
def test_a_damaged_database_of_ours_is_filled_again(
    tmp_path: Path, lite: DatabaseTarget, start: int, end: int | None
) -> None:
    records = [record(n, "x" * 5000) for n in range(50)]
    sync(lite, records)
    damage(tmp_path / "autopack.db", start, end)
    with pytest.raises(StoreDamaged, match="sets it aside"):
        read(lite)
    with pytest.raises(StoreDamaged):
        sync(lite := DatabaseTarget(parse_database_url("sqlite:///autopack.db", tmp_path)), records)
    assert sync(lite, records).inserted == 50
    with lite.connect("demo", soon(), write=False) as session:
        assert session.stored() == Stored(hashes(by_key(records)), "c1")
    assert [path.name for path in tmp_path.iterdir() if "damaged" in path.name] == ["autopack.db.damaged-1"]


@pytest.mark.parametrize("start", [0, 100])
def test_a_damaged_database(tmp_path: Path, lite: DatabaseTarget, start: int) -> None:
    path = tmp_path / "autopack.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table moz (a)")
        connection.executemany("insert into moz values (?)", [("x" * 900,)] * 90)
        connection.commit()
    damage(path, start)
    before = path.read_bytes()
    for _ in range(2):
        assert not isinstance(refused(lite), StoreDamaged)
    assert path.read_bytes() == before


def test_a_fault_of_the_caller_is_not_the_databases(target: DatabaseTarget) -> None:
    with pytest.raises(BrokenPipeError), target.connect("demo", soon(), write=True):
        raise BrokenPipeError


def test_a_folder_in_the_files_place(tmp_path: Path, lite: DatabaseTarget) -> None:
    (tmp_path / "autopack.db").mkdir()
    assert "cannot be opened" in str(refused(lite))


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "check the folder" in str(refused(DatabaseTarget(parse_database_url("sqlite:///file/a.db", tmp_path))))


def test_the_folder_is_made(tmp_path: Path) -> None:
    assert counts(sync(DatabaseTarget(parse_database_url("sqlite:///a/b/c.db", tmp_path)), [record(1)])) == (
        1,
        0,
        0,
        True,
    )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind root")
def test_a_read_only_file(tmp_path: Path, lite: DatabaseTarget) -> None:
    sync(lite, [record(1)])
    (tmp_path / "autopack.db").chmod(0o400)
    assert "cannot be written" in str(refused(lite))
    assert len(read(lite).hashes) == 1


def test_a_full_disk(lite: DatabaseTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    sync(lite, [record(1)])
    real = sqlite3.connect

    def full(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = real(*args, **kwargs)
        connection.execute("pragma max_page_count = 12")  # SQLite's own way to say: no more room
        return connection

    monkeypatch.setattr("autopack_hooks.sync.database.sqlite.sqlite3.connect", full)
    assert "disk is full" in str(refused(lite))
    assert read(lite) == Stored(hashes(by_key([record(1)])), "c1")


def test_a_disk_that_fills_in_the_middle_of_a_batch(tmp_path: Path, lite: DatabaseTarget) -> None:
    sync(lite, [record(1)])
    with closing(sqlite3.connect(tmp_path / "autopack.db")) as connection:
        # As SQLite itself does it: the whole transaction is undone.
        connection.execute(
            "create trigger full before insert on sot_entries begin select raise(rollback, 'database or disk is full'); end"
        )
    assert "disk is full" in str(refused(lite))
    assert read(lite) == Stored(hashes(by_key([record(1)])), "c1")


def test_a_port_where_nobody_listens(tmp_path: Path) -> None:
    target = DatabaseTarget(parse_database_url("postgresql://bob:hunter2@127.0.0.1:1/x?sslpassword=hunter3", tmp_path))
    error = refused(target)
    assert isinstance(error, TargetError) and "127.0.0.1" in str(error)
    assert "hunter" not in f"{error} {error.__cause__!r} {error.__cause__}"


def test_a_host_that_does_not_exist(tmp_path: Path) -> None:
    assert isinstance(
        refused(DatabaseTarget(parse_database_url("postgresql://u:hunter2@host.invalid/x", tmp_path))), TargetError
    )


@pytest.mark.parametrize("seconds", [0.5, 3])
def test_a_server_that_never_answers(tmp_path: Path, seconds: float) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = DatabaseTarget(
            parse_database_url(f"postgresql://u:hunter2@127.0.0.1:{server.getsockname()[1]}/x", tmp_path)
        )
        assert isinstance(refused(target, seconds=seconds), TargetError | DeadlineExceeded)


def test_a_password_that_is_refused_and_a_database_that_is_not_there(postgres_url: str, tmp_path: Path) -> None:
    for wrong in (
        postgres_url.replace("/postgres?", "/nowhere?"),
        postgres_url.replace("//postgres:", "//nobody:hunter2"),
    ):
        error = refused(DatabaseTarget(parse_database_url(wrong, tmp_path)))
        assert isinstance(error, TargetError) and "hunter2" not in str(error)
        assert "nowhere" in str(error) or "nobody" in str(error)


def test_a_user_without_rights(postgres_url: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("drop role if exists reader")
        server.execute("create role reader login")
        sync(DatabaseTarget(parse_database_url(postgres_url, tmp_path)), [record(1)])
        server.execute("grant select on sot_entries, sot_sync_state to reader")
    target = DatabaseTarget(parse_database_url(postgres_url.replace("//postgres:", "//reader:"), tmp_path))
    assert len(read(target).hashes) == 1
    assert "may not" in str(refused(target))


def test_a_table_locked_by_a_stranger_is_a_lock(postgres_url: str, tmp_path: Path) -> None:
    target = DatabaseTarget(parse_database_url(postgres_url, tmp_path))
    sync(target, [record(1)])
    with psycopg.connect(postgres_url) as stranger:
        stranger.execute("lock table sot_entries in access exclusive mode")
        assert isinstance(refused(target, seconds=0.4), LockTimeout | DeadlineExceeded)


def test_a_row_locked_by_a_stranger_ends_the_work_at_the_deadline(postgres_url: str, tmp_path: Path) -> None:
    target = DatabaseTarget(parse_database_url(postgres_url, tmp_path))
    old = by_key(record(n) for n in range(MANY))
    sync(target, old.values(), "c1")
    new = by_key(record(n, "new") for n in range(MANY))
    with psycopg.connect(postgres_url) as stranger:
        stranger.execute("select 1 from sot_entries where entry_id = 'BUILD-999' for update")
        with target.connect("demo", soon(), write=True) as session:
            applied = session.apply(
                make_plan(session.stored().hashes, hashes(new)), new, "c2", soon(1.5), lambda _: None
            )
    stored = read(target)
    assert not applied.complete and 0 < applied.updated < MANY and stored.commit == "c1"
    assert sum(stored.hashes[key] == r.content_hash for key, r in new.items()) == applied.updated


@contextmanager
def relay(to: str) -> Iterator[tuple[int, threading.Event]]:
    """A port that passes everything on to the socket ``to``, until the event is set: from then on it is silent."""
    silent = threading.Event()
    lines: list[socket.socket] = []

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if silent.is_set():
                    return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            near, _ = server.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(to)
            lines.extend([near, far])
            for pair in ((near, far), (far, near)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], silent
        for line in lines:
            line.close()


def test_a_server_that_falls_silent_in_the_middle_is_cut_off(postgres_url: str, tmp_path: Path) -> None:
    with relay(postgres_url.partition("?host=")[2] + "/.s.PGSQL.5432") as (port, silent):
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable&gssencmode=disable"
        target = DatabaseTarget(parse_database_url(url, tmp_path))
        with pytest.raises(FatalError), target.connect("demo", soon(0.5), write=True) as session:
            silent.set()
            session.stored()


def test_making_a_target_imports_no_driver(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from autopack_hooks.sync.database.target import DatabaseTarget\n"
        "from autopack_hooks.sync.database.url import parse_database_url\n"
        f"DatabaseTarget(parse_database_url('postgresql://u@h/d', Path({str(tmp_path)!r})))\n"
        "print(*{'sqlalchemy', 'psycopg', 'sqlite3'} & set(sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == ""
    )
