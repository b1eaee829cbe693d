"""Nothing is deleted or replaced that we did not make."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autopack_hooks.sync.ownership import (
    APPLICATION_ID,
    MARKER,
    has_our_header,
    is_marked,
    mark,
    new_folder,
    set_aside,
)

OWNER = "0123456789abcdef"


def folder(path: Path, owner: str | None = None) -> Path:
    path.mkdir(parents=True)
    (path / "precious").write_text("mine")
    if owner is not None:
        mark(path, owner)
    return path


def database(path: Path, number: int = APPLICATION_ID) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA application_id = {number}")
        connection.execute("CREATE TABLE t (a)")
    return path


def test_a_marker_counts_for_its_owner_alone(tmp_path):
    made = folder(tmp_path / "a", OWNER)
    assert is_marked(made, OWNER) and is_marked(made) and not is_marked(made, "other") and not is_marked(made, "")


@pytest.mark.parametrize(
    "content", [b"", b"autopack", b"x" * 300, b"autopack-hooks 0123456789abcdef", b"autopack-hooks 0\n"]
)
def test_other_content_is_not_our_marker(tmp_path, content):
    (folder(tmp_path / "a") / MARKER).write_bytes(content)
    assert not is_marked(tmp_path / "a", OWNER)


def test_a_link_or_a_device_marks_nothing(tmp_path):
    ours = folder(tmp_path / "ours", OWNER)
    (tmp_path / "link").symlink_to(ours)
    (folder(tmp_path / "a") / MARKER).symlink_to(ours / MARKER)
    os.mkfifo(folder(tmp_path / "fifo") / MARKER)
    assert not any(is_marked(tmp_path / name, OWNER) for name in ("link", "a", "fifo", "nowhere"))


def test_marking_twice_or_through_a_link_changes_nothing(tmp_path):
    made = folder(tmp_path / "a", OWNER)
    mark(made, "other")
    assert is_marked(made, OWNER)
    (folder(tmp_path / "b") / MARKER).symlink_to(tmp_path / "outside")
    mark(tmp_path / "b", OWNER)
    assert not (tmp_path / "outside").exists()


def test_our_header(tmp_path):
    (tmp_path / "note").write_bytes(b"my notes\n" * 90)
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to(database(tmp_path / "ours"))
    database(tmp_path / "theirs", 0)
    assert has_our_header(tmp_path / "ours")
    assert not any(has_our_header(tmp_path / name) for name in ("note", "empty", "link", "theirs", "nowhere"))
    data = (tmp_path / "ours").read_bytes()
    (tmp_path / "ours").write_bytes(data[:100] + b"?" * 50)
    assert has_our_header(tmp_path / "ours"), "though it is damaged"


def test_a_new_folder_is_there_whole_or_not_at_all(tmp_path):
    store = tmp_path / "foo"
    with pytest.raises(RuntimeError), new_folder(store, OWNER) as made:
        (made / "half").touch()
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    store.mkdir()
    with new_folder(store, OWNER) as made:
        (made / "whole").touch()
        assert not list(store.iterdir())
    assert is_marked(store, OWNER) and (store / "whole").exists() and list(tmp_path.iterdir()) == [store]


def test_a_new_folder_replaces_nothing(tmp_path):
    store = folder(tmp_path / "foo")
    with pytest.raises(OSError), new_folder(store, OWNER):
        pass
    assert (store / "precious").read_text() == "mine" and list(tmp_path.iterdir()) == [store]


@pytest.mark.parametrize("name", ["foo.new", "foo.new-1", "foo.newer", "foo.new-00ff", "xfoo.new-1", "foo.new-zz"])
@pytest.mark.parametrize("owner", [None, "", "other", OWNER])
def test_what_a_killed_run_left_is_swept_and_nothing_else(tmp_path, name, owner):
    left = folder(tmp_path / name, owner)
    with new_folder(tmp_path / "foo", OWNER):
        pass
    assert left.exists() != (owner == OWNER and name in ("foo.new-1", "foo.new-00ff"))


def test_one_damaged_folder_is_kept(tmp_path):
    store = tmp_path / "foo"
    for content in ("one", "two", "three"):
        folder(store)
        (store / "content").write_text(content)
        assert set_aside(store, OWNER) == tmp_path / "foo.damaged-1"
    assert (tmp_path / "foo.damaged-1/content").read_text() == "three" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("owner", [None, "", "other"])
def test_what_stands_at_the_place_of_a_damaged_store_stays(tmp_path, owner):
    theirs = folder(tmp_path / "foo.damaged-1", owner)
    (tmp_path / "foo.damaged-2").symlink_to("nowhere")
    for _ in range(2):
        assert set_aside(folder(tmp_path / "foo"), OWNER) == tmp_path / "foo.damaged-3"
    assert (theirs / "precious").exists() and (tmp_path / "foo.damaged-2").is_symlink()


def test_a_damaged_database_goes_aside_with_its_journal(tmp_path):
    store = tmp_path / "a b*.db"
    for _ in range(2):
        database(store)
        (tmp_path / "a b*.db-journal").write_text("j")
        aside = set_aside(store, OWNER)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["a b*.db.damaged-1", "a b*.db.damaged-1-journal"]
    assert has_our_header(aside)
    (tmp_path / "a b*.db.damaged-1").write_text("a note of the user's")
    assert set_aside(database(store), OWNER).name == "a b*.db.damaged-2"
    assert (tmp_path / "a b*.db.damaged-1").read_text() == "a note of the user's"
