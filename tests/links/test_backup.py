from __future__ import annotations

from pathlib import Path

import pytest

from autopack_hooks.core.errors import Refused, UsageError
from autopack_hooks.links.backup import latest_backup, restore_backup, save_backup

BEFORE = {"a.md": b"old a\r\n", "d/b.md": b"old b\n"}
AFTER = {"a.md": b"new a\r\n", "d/b.md": b"new b\n"}


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    state, root = tmp_path / "state", tmp_path / "root"
    write(root, AFTER)
    path = save_backup(state, "20260101", BEFORE, AFTER)
    assert latest_backup(state) == path
    assert restore_backup(path, root) == ["a.md", "d/b.md"]
    assert {name: (root / name).read_bytes() for name in BEFORE} == BEFORE
    with pytest.raises(UsageError, match="no backup"):
        latest_backup(state)


def test_a_file_that_changed_since_is_not_overwritten(tmp_path: Path) -> None:
    state, root = tmp_path / "state", tmp_path / "root"
    write(root, {**AFTER, "d/b.md": b"my own work\n"})
    path = save_backup(state, "20260101", BEFORE, AFTER)
    with pytest.raises(Refused, match=r"d/b\.md changed since"):
        restore_backup(path, root)
    assert (root / "a.md").read_bytes() == AFTER["a.md"]


def test_two_in_one_second(tmp_path: Path) -> None:
    first = save_backup(tmp_path, "20260101", BEFORE, AFTER)
    second = save_backup(tmp_path, "20260101", BEFORE, AFTER)
    assert first != second and latest_backup(tmp_path) == second


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 damaged"])
def test_a_damaged_backup_says_so(tmp_path: Path, content: bytes) -> None:
    path = save_backup(tmp_path, "20260101", BEFORE, AFTER)
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not a backup"):
        restore_backup(path, tmp_path)


def test_a_damaged_member_says_so(tmp_path: Path) -> None:
    path = save_backup(tmp_path, "20260101", {"a.md": b"text " * 100}, {"a.md": b""})
    data = bytearray(path.read_bytes())
    at = data.index(b"files/0") + len(b"files/0")
    data[at : at + 6] = b"\xff" * 6
    path.write_bytes(data)
    with pytest.raises(UsageError, match="not a backup"):
        restore_backup(path, tmp_path)
