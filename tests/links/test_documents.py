"""Documents from the working tree and from the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack_hooks.core.git import Repo
from autopack_hooks.links.cache import LinksCache
from autopack_hooks.links.documents import Documents, content_key
from tests.support import GitRepo


def documents(root: Path, repo: Repo | None = None, *, staged: bool = False) -> Documents:
    oids = {entry.path: entry.oid for entry in repo.index_entries()} if repo else {}
    return Documents(root, repo, oids, LinksCache(None), staged=staged, mentions=True)


def test_the_index_and_the_work_tree(repo: GitRepo) -> None:
    repo.write("x.md", "# Staged\n")
    repo.write("same.md", "# Staged\n")
    repo.git("add", "-A")
    repo.write("x.md", "# Worked on\n\nmore\n")
    found = Repo.discover(repo.root, {})
    staged = documents(repo.root, found, staged=True)
    staged.load(["x.md", "same.md"])
    worktree = documents(repo.root, found)
    assert [lib.links("x.md").anchors for lib in (staged, worktree)] == [{"staged"}, {"worked-on"}]  # type: ignore[union-attr]  # it is there
    assert [lib.lines("x.md") for lib in (staged, worktree)] == [1, 3]
    assert staged.links("same.md") == staged.links("x.md")
    assert [lib.document("none.md") for lib in (staged, worktree)] == [None, None]
    assert [lib.lines("none.md") for lib in (staged, worktree)] == [None, None]


def test_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_bytes(b"ok\n\xff")
    (tmp_path / "folder.md").mkdir()
    found = documents(tmp_path)
    faults = [found.document(path) for path in ("x.md", "folder.md")]
    assert [fault.links if fault else 0 for fault in faults] == [None, None]
    assert [fault.fault[:20] if fault else "" for fault in faults] == ["cannot be read as te", "cannot be read: it i"]
    assert found.source("folder.md") is None


def test_a_blob_that_must_not_be_read_spoils_no_other(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("small.md", "# S\n")
    repo.write("large.md", "# L\n" * 100)
    repo.git("add", "-A")
    read = Repo.read_blobs
    monkeypatch.setattr(Repo, "read_blobs", lambda self, names: read(self, names, 50))
    found = documents(repo.root, Repo.discover(repo.root, {}), staged=True)
    found.load(["large.md", "small.md"])
    large = found.document("large.md")
    assert large and large.links is None and large.fault.startswith("cannot be read: it is larger")
    assert found.links("small.md") is not None


def test_the_key_is_the_blob_id_of_git(repo: GitRepo) -> None:
    repo.write("x.md", "# X\n")
    assert content_key(b"# X\n") == repo.git("hash-object", "x.md").strip()
