"""The one writer of files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autopack_hooks.core.files import write_atomic


def test_an_atomic_write_keeps_mode_and_link_and_leaves_nothing_behind(tmp_path: Path) -> None:
    target, link = tmp_path / "real", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o750)
    link.symlink_to(target)
    write_atomic(link, b"new")
    assert (target.read_bytes(), target.stat().st_mode & 0o777, link.is_symlink()) == (b"new", 0o750, True)
    assert sorted(os.listdir(tmp_path)) == ["link", "real"]


def test_a_failed_atomic_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        write_atomic(folder, b"new")
    assert os.listdir(tmp_path) == ["folder"]


def test_a_new_file_gets_the_mode_of_the_umask(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write_atomic(tmp_path / "new", b"")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode
