"""Which SQLite files a repository's configuration may open, and how a new one comes to be."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from autopack_hooks.core.errors import TargetError
from autopack_hooks.sync.database.file import foreign_reason, new_database
from autopack_hooks.sync.database.target import DatabaseTarget
from autopack_hooks.sync.database.url import parse_database_url
from autopack_hooks.sync.ownership import SIDECARS, has_our_header
from autopack_hooks.sync.placement import StorePlace
from tests.sync.contract import read, record, sync

OLDER = (
    "CREATE TABLE sot_entries (id INTEGER PRIMARY KEY, project_id TEXT, file_type TEXT, entry_id TEXT, title TEXT, "
    "content TEXT, metadata TEXT, created_at TEXT, updated_at TEXT, content_hash TEXT)"
)


def database(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return path


def target(path: Path, *, own_word: bool = False) -> DatabaseTarget:
    url = parse_database_url(f"sqlite:///{path}", path.parent)
    return DatabaseTarget(url, StorePlace(path, "sync.x", own_word, path.parent, None, dict(os.environ), SIDECARS))


@pytest.mark.parametrize(
    ("statements", "word"),
    [
        (["CREATE TABLE moz (a)"], "without the table"),
        (["PRAGMA user_version = 1"], "without the table"),
        (["CREATE VIEW sot_entries AS SELECT 1"], "without the table"),
        (["CREATE TABLE x (a)", "PRAGMA application_id = 1"], "without"),
    ],
)
def test_a_foreign_database_is_left_alone(tmp_path, statements, word):
    path = database(tmp_path / "x.db", *statements)
    before = path.read_bytes()
    assert word in foreign_reason(path)
    for write in (True, False):
        with pytest.raises(TargetError, match=word):
            sync(target(path), [record(1)]) if write else read(target(path))
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_the_users_word_opens_a_foreign_database_which_stays_his(tmp_path):
    path = database(tmp_path / "x.db", "CREATE TABLE moz (a)")
    sync(target(path, own_word=True), [record(1)])
    assert len(read(target(path)).hashes) == 1 and not has_our_header(path)


@pytest.mark.parametrize(
    "content", [b"my notes\n" * 900, b"x", b"SQLite format 3\0", b"SQLite format 3\0" + b"?" * 9000, b"\0" * 4096]
)
def test_what_is_not_a_database_is_left_alone(tmp_path, content):
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(TargetError, match="not a store of this program"):
        sync(target(path), [record(1)])
    assert path.read_bytes() == content and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["folder", "fifo", "empty"])
def test_what_is_not_a_file_of_ours_is_left_alone(tmp_path, kind):
    path = tmp_path / "x"
    {"folder": path.mkdir, "fifo": lambda: os.mkfifo(path), "empty": path.touch}[kind]()
    with pytest.raises(TargetError, match="not a store of this program"):
        sync(target(path), [record(1)])


def test_what_is_ours_is_opened(tmp_path):
    (tmp_path / "empty.db").touch()
    database(tmp_path / "older", OLDER)
    database(tmp_path / "mixed", OLDER, "CREATE TABLE more (a)")
    new_database(tmp_path / "new")
    assert not foreign_reason(tmp_path / "none")
    for name in ("empty.db", "older", "mixed", "new", "none"):
        assert not foreign_reason(tmp_path / name) and sync(target(tmp_path / name), [record(1)]).inserted == 1
        assert has_our_header(tmp_path / name) == (name != "mixed"), "only a file that holds nothing else is marked"


def test_an_older_database_whose_tables_are_still_in_its_log(tmp_path):
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(OLDER)
        assert not foreign_reason(path)


def test_a_file_of_an_earlier_version_is_marked_once(tmp_path):
    path = tmp_path / "x.db"
    sync(target(path), [record(1)])
    database(path, "PRAGMA application_id = 0")
    sync(target(path), [record(1)])
    assert has_our_header(path)
    before = path.read_bytes()
    sync(target(path), [record(1)])
    assert path.read_bytes() == before


def test_a_new_database_is_there_whole_and_replaces_nothing(tmp_path):
    path = tmp_path / "a b?#%41.db"
    threads = [threading.Thread(target=new_database, args=[path]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert has_our_header(path) and list(tmp_path.iterdir()) == [path]
    path.write_text("mine")
    new_database(path)
    assert path.read_text() == "mine" and list(tmp_path.iterdir()) == [path]
    (tmp_path / "link").symlink_to("nowhere")
    new_database(tmp_path / "link")
    assert not (tmp_path / "nowhere").exists()


def test_without_hard_links(tmp_path, monkeypatch):
    def link(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", link)
    new_database(tmp_path / "x")
    assert has_our_header(tmp_path / "x") and list(tmp_path.iterdir()) == [tmp_path / "x"]


def test_the_users_link_is_followed_and_made_where_it_leads(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "link.db").symlink_to("home/new.db")
    sync(target(tmp_path / "link.db", own_word=True), [record(1)])
    assert has_our_header(tmp_path / "home/new.db") and (tmp_path / "link.db").is_symlink()
