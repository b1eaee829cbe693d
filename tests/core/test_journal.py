"""Changes of several files as one: made, refused, and finished after a kill at every step."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import pytest

from autopack_hooks.core.edits import FileChange
from autopack_hooks.core.errors import Refused, UsageError
from autopack_hooks.core.journal import FOLDER, Journal
from autopack_hooks.core.text import SourceText


def change(path: str, before: str, after: str) -> FileChange:
    return FileChange(SourceText.from_text(path, before), after)


CHANGES = [
    change("a.md", "a", "A"),
    change("new/b.md", "b", "B"),
    change("c.md", "c", "C"),
    FileChange.new("x/d.md", "D"),
]
MOVES = {"b.md": "new/b.md"}


class Killed(BaseException):
    """The process died."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.md").write_text(name)
    return folder


def files(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def journal(root: Path, command: str = "x") -> Journal:
    return Journal(root.parent / "state", root, command)


def left_over(root: Path) -> list[str]:
    return os.listdir(root.parent / "state" / FOLDER)


WHOLE = {"a.md": "A", "new/b.md": "B", "c.md": "C", "x/d.md": "D"}


def test_all_changes_are_made_and_nothing_is_left_over(root: Path) -> None:
    (root / "a.md").write_bytes(b"\xef\xbb\xbfold\r\n")
    read = SourceText.from_bytes("a.md", b"\xef\xbb\xbfold\r\n")
    journal(root).write([FileChange(read, "new\r\n"), *CHANGES[1:]], MOVES)
    assert (root / "a.md").read_bytes() == b"\xef\xbb\xbfnew\r\n"
    assert files(root) == {**WHOLE, "a.md": "\ufeffnew\n"}
    assert left_over(root) == [] and not journal(root).pending()


@pytest.mark.parametrize("step", range(1, 12))
def test_a_killed_command_is_finished_by_the_same(root: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = {name: getattr(os, name) for name in ("replace", "rename")}
    count = 0

    def counted(name: str) -> object:
        def run(*args: str) -> None:
            nonlocal count
            count += 1
            if count == step:
                raise Killed
            real[name](*args)

        return run

    for name in real:
        monkeypatch.setattr(os, name, counted(name))
    monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: None)  # a killed process cleans nothing up
    with contextlib.suppress(Killed):
        journal(root).write(CHANGES, MOVES)
    monkeypatch.undo()
    other = journal(root, "y")
    assert not other.pending(), "another command has nothing to finish"
    if not journal(root).pending():
        assert files(root) in ({"a.md": "a", "b.md": "b", "c.md": "c"}, WHOLE)
    finished = journal(root).finish()
    if finished is None:
        if files(root) != WHOLE:
            journal(root).write(CHANGES, MOVES)
    else:
        assert finished.left == []
    assert files(root) == WHOLE and left_over(root) == []


def test_a_file_that_was_changed_meanwhile_is_left(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal(root).write(CHANGES, MOVES, lambda moves: shutil.copytree(root.parent / "state", root.parent / "kept"))
    shutil.rmtree(root.parent / "state")
    (root.parent / "kept").rename(root.parent / "state")
    (root / "c.md").write_text("of somebody else")
    (root / "x/d.md").unlink()
    finished = journal(root).finish()
    assert finished is not None and finished.left == ["c.md"] and "x/d.md" in finished.done
    assert files(root) == {**WHOLE, "c.md": "of somebody else"}


def test_a_damaged_journal_is_dropped(root: Path) -> None:
    journal(root).write(
        CHANGES, MOVES, lambda moves: next((root.parent / "state" / FOLDER).glob("*.json")).write_text("[1")
    )
    assert not journal(root).pending() and journal(root).finish() is None and left_over(root) == []


@pytest.mark.parametrize(
    "late", [change("c.md", "of yesterday", "new"), FileChange.new("c.md", "new")], ids=["changed", "there already"]
)
def test_nothing_is_written_where_one_file_is_not_as_it_was_read(root: Path, late: FileChange) -> None:
    before = files(root)
    with pytest.raises(Refused, match=r"^c\.md is being changed"):
        journal(root).write([CHANGES[0], late])
    assert files(root) == before


def test_nothing_is_written_where_one_file_leads_out(root: Path) -> None:
    (root / "c.md").unlink()
    (root / "c.md").symlink_to(root.parent / "outside.md")
    (root.parent / "outside.md").write_text("c")
    with pytest.raises(UsageError, match=r"c\.md: it leads out of the repository"):
        journal(root).write([CHANGES[0], change("c.md", "c", "C")])
    assert (root / "a.md").read_text() == "a" and (root.parent / "outside.md").read_text() == "c"
