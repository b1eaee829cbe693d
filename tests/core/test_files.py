"""The one door for files: what is read, what is refused, and where is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autopack_hooks.core import files
from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.files import (
    RepositoryFiles,
    UnsafeFile,
    destination,
    read_regular,
    write_atomic,
    write_inside,
    write_named,
)


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


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    for name in ("docs", "kept", ".git"):
        (folder / name).mkdir(parents=True)
    (folder / "kept/a.md").write_text("a")
    (folder / ".git/config").write_text("url = https://secret@host")
    (tmp_path / "outside.md").write_text("secret")
    return folder


def make(root: Path, what: str) -> str:
    path = root / "docs/x.md"
    if what == "fifo":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    else:
        path.symlink_to(what.format(tmp=root.parent))
    return "docs/x.md"


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("fifo", "it is a FIFO, not a file"),
        ("folder", "it is a folder, not a file"),
        ("/dev/zero", "it leads out of the repository"),
        ("{tmp}/outside.md", "it leads out of the repository"),
        ("../../outside.md", "it leads out of the repository"),
        ("../.git/config", "it leads out of the repository"),
        ("nowhere", "it is a symbolic link that leads nowhere"),
        ("x.md", "it is a symbolic link that leads nowhere"),
        ("../kept", "it is a folder, not a file"),
    ],
)
def test_what_must_not_be_read_is_refused(root: Path, what: str, reason: str) -> None:
    with pytest.raises(OSError) as caught:
        RepositoryFiles(root).read(make(root, what))
    assert isinstance(caught.value, UnsafeFile) or what == "x.md"
    assert caught.value.strerror == reason or what == "x.md", "a link to itself may be refused by the system"


@pytest.mark.parametrize(
    "path", ["../outside.md", "docs/../../outside.md", "{tmp}/outside.md", ".git/config", ".", "a/" * 2_000_000 + "a"]
)
def test_a_path_that_leads_out_is_refused(root: Path, path: str) -> None:
    with pytest.raises(UnsafeFile):
        RepositoryFiles(root).read(path.format(tmp=root.parent))


def test_a_device_is_never_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("opened"))
    with pytest.raises(UnsafeFile, match="a device"):
        read_regular("/dev/zero")


@pytest.mark.parametrize("target", ["../kept/a.md", "{root}/kept/a.md", "y.md"])
def test_links_inside_are_followed(root: Path, target: str) -> None:
    (root / "docs/y.md").symlink_to("../kept/a.md")
    assert RepositoryFiles(root).read(make(root, target.replace("{root}", str(root)))) == b"a"
    (root / "linked").symlink_to("kept")
    assert RepositoryFiles(root).read("linked/a.md") == RepositoryFiles(root).read("kept/../kept/a.md") == b"a"


def test_a_root_that_is_reached_by_a_link(root: Path) -> None:
    (root.parent / "alias").symlink_to(root)
    assert RepositoryFiles(root.parent / "alias").read("kept/a.md") == b"a"
    write_inside(root.parent / "alias", "kept/a.md", b"b")
    assert (root / "kept/a.md").read_bytes() == b"b"


def test_what_is_not_there_is_not_there(root: Path) -> None:
    for path in ("docs/none.md", "none/none.md", "kept/a.md/x.md"):
        with pytest.raises((FileNotFoundError, NotADirectoryError)):
            RepositoryFiles(root).read(path)


@pytest.mark.parametrize("size", [0, 1, 5, 6, 100])
def test_what_is_read_is_bounded(root: Path, size: int) -> None:
    (root / "big.md").write_bytes(b"x" * size)
    for read in (lambda: RepositoryFiles(root).read("big.md", 5), lambda: read_regular(root / "big.md", 5)):
        if size <= 5:
            assert read() == b"x" * size
        else:
            with pytest.raises(UnsafeFile, match="MB"):
                read()


def test_a_file_that_grows_while_it_is_read_is_bounded_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "big.md").write_bytes(b"x" * 100)
    monkeypatch.setattr(files, "_check", lambda status, limit, name: 3)
    assert len(read_regular(root / "big.md", 100)) == 100
    with pytest.raises(UnsafeFile, match="MB"):
        read_regular(root / "big.md", 99)


@pytest.mark.parametrize("what", ["{tmp}/outside.md", "../../new.md", "../.git/hooks/post-commit", "/dev/null"])
def test_nothing_is_written_through_a_link_that_leads_out(root: Path, what: str) -> None:
    path = make(root, what)
    before = sorted(root.parent.rglob("*"))
    for write in (lambda: write_inside(root, path, b"x"), lambda: write_named(root, root / path, b"x")):
        with pytest.raises(UsageError, match=r"docs/x\.md: it leads out of the repository"):
            write()
    assert sorted(root.parent.rglob("*")) == before and (root.parent / "outside.md").read_text() == "secret"


def test_a_folder_that_leads_out_is_not_written_to(root: Path) -> None:
    (root / "linked").symlink_to(root.parent)
    for path in ("linked/new.md", "linked/new/new.md", "../new.md"):
        with pytest.raises(UsageError):
            destination(root, path)


def test_a_link_inside_stays_one_and_its_target_is_written(root: Path) -> None:
    path = make(root, "../kept/a.md")
    write_inside(root, path, b"new")
    assert (root / path).is_symlink() and (root / "kept/a.md").read_bytes() == b"new"


def test_a_file_that_the_user_names_may_lie_anywhere(root: Path) -> None:
    write_named(root, root.parent / "outside.md", b"x")
    assert (root.parent / "outside.md").read_bytes() == b"x"


def test_temporary_files_lie_in_the_scratch_folder_and_are_swept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = root / ".git/tmp"
    scratch.mkdir()
    for name, age in (("old.tmp", 4000), ("young.tmp", 0), ("old.json", 4000)):
        (scratch / name).touch()
        now = (scratch / name).stat().st_mtime
        os.utime(scratch / name, (now - age, now - age))
    used = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda old, new: (used.append(old), replace(old, new)))
    write_inside(root, "docs/new/x.md", b"x", scratch=scratch)
    assert Path(used[0]).parent == scratch and sorted(os.listdir(scratch)) == ["old.json", "young.tmp"]
    assert os.listdir(root / "docs/new") == ["x.md"]


def test_on_another_file_system_the_temporary_file_lies_beside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def across(old: str, new: str) -> None:
        if Path(old).parent != Path(new).parent:
            raise OSError(18, "Invalid cross-device link")
        replace(old, new)

    monkeypatch.setattr(os, "replace", across)
    write_inside(root, "docs/x.md", b"x", scratch=root / ".git/tmp")
    assert (root / "docs/x.md").read_bytes() == b"x" and os.listdir(root / "docs") == ["x.md"]
    assert os.listdir(root / ".git/tmp") == []


def test_many_files_are_bounded_together() -> None:
    files.check_total(files.TOTAL_LIMIT)
    with pytest.raises(UsageError, match="1024 MB together"):
        files.check_total(files.TOTAL_LIMIT + 1)


def test_a_folder_that_is_not_there_is_named_and_no_temporary_file(root: Path) -> None:
    with pytest.raises(UsageError, match=r"plan\.json: the folder .*nowhere does not exist"):
        write_named(root, root.parent / "nowhere/plan.json", b"x")
