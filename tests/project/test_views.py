"""Views of files, and the files of a ledger that is given as a pattern."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.git import Repo
from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.project.loader import read_ledgers
from autopack_hooks.project.views import GitView, WorktreeView
from autopack_hooks.project.workspace import LedgerFile, Workspace
from tests.support import GitRepo

FILES = ["a.md", "docs/adr/0001-a.md", "docs/adr/0002-b.md", "docs/adr/deep/0003-c.md", "docs/adr/x.txt", "docs/b.md"]


@pytest.fixture
def filled(repo: GitRepo) -> GitRepo:
    for name in FILES:
        repo.write(name, name)
    repo.write(".gitignore", "*.tmp.md\n")
    repo.commit()
    return repo


def opened(repo: GitRepo) -> Repo:
    found = Repo.discover(repo.root, os.environ)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("docs/adr/*.md", ["docs/adr/0001-a.md", "docs/adr/0002-b.md"]),
        ("docs/adr/**/*.md", ["docs/adr/0001-a.md", "docs/adr/0002-b.md", "docs/adr/deep/0003-c.md"]),
        ("docs/*/0001-?.md", ["docs/adr/0001-a.md"]),
        ("docs/adr/[0]*.md", ["docs/adr/0001-a.md", "docs/adr/0002-b.md"]),
        ("**/*.md", [name for name in FILES if name.endswith(".md")]),
        ("*.md", ["a.md"]),
        ("docs/none/*.md", []),
        ("none/*.md", []),
    ],
)
def test_every_view_finds_the_same_committed_files(filled: GitRepo, pattern: str, expected: list[str]) -> None:
    repo = opened(filled)
    for view in (WorktreeView(filled.root, repo), WorktreeView(filled.root), GitView(repo), GitView(repo, "HEAD")):
        assert view.find(pattern) == expected, view


def test_new_and_removed_files_are_where_they_are(filled: GitRepo) -> None:
    repo = opened(filled)
    pattern = "docs/adr/*.md"
    filled.write("docs/adr/0004-new.md", "new")
    filled.write("docs/adr/0005-ignored.tmp.md", "ignored")
    (filled.root / "docs/adr/0001-a.md").unlink()
    files = ["docs/adr/0002-b.md", "docs/adr/0004-new.md"]
    committed = ["docs/adr/0001-a.md", "docs/adr/0002-b.md"]
    assert WorktreeView(filled.root, repo).find(pattern) == files
    assert GitView(repo).find(pattern) == GitView(repo, "HEAD").find(pattern) == committed
    filled.git("add", "-A")
    assert GitView(repo).find(pattern) == files
    assert GitView(repo, "HEAD").find(pattern) == committed


def test_before_the_first_commit_and_outside_of_git(repo: GitRepo, tmp_path: Path) -> None:
    repo.write("docs/adr/0001-a.md", "a")
    found = opened(repo)
    assert GitView(found, "HEAD").find("docs/adr/*.md") == []
    assert WorktreeView(repo.root, found).find("docs/adr/*.md") == ["docs/adr/0001-a.md"]
    plain = tmp_path / "plain"
    (plain / "docs").mkdir(parents=True)
    (plain / "docs/0001-a.md").write_text("a")
    (plain / ".git-is-not-here").mkdir()
    assert WorktreeView(plain).find("docs/*.md") == ["docs/0001-a.md"]


def test_names_that_git_would_quote(repo: GitRepo) -> None:
    names = ["docs/adr/0001-größe.md", "docs/adr/0002 [x].md", 'docs/adr/0003-"q".md']
    for name in names:
        repo.write(name, "x")
    repo.commit()
    found = opened(repo)
    for view in (WorktreeView(repo.root, found), GitView(found), GitView(found, "HEAD")):
        assert view.find("docs/adr/*.md") == sorted(names)
        assert all(data == b"x" for data in view.read(view.find("docs/adr/*.md")).values())


def test_a_file_that_is_a_ledger_of_its_own_is_not_one_of_the_pattern(filled: GitRepo) -> None:
    files = [
        LedgerFile("all", "docs/adr/*.md", DIALECTS["madr"]),
        LedgerFile("one", "docs/adr/0002-b.md", DIALECTS["decision-log"]),
        LedgerFile("none", "docs/none.md", DIALECTS["decision-log"]),
    ]
    found = read_ledgers(files, WorktreeView(filled.root))
    assert {file.name: list(contents) for file, contents in found.items()} == {
        "all": ["docs/adr/0001-a.md"], "one": ["docs/adr/0002-b.md"], "none": [],
    }  # fmt: skip


def test_the_view_of_a_workspace_leaves_out_what_git_ignores(filled: GitRepo) -> None:
    filled.write("docs/adr/0006.tmp.md", "x")
    assert "docs/adr/0006.tmp.md" not in Workspace.open(os.environ, str(filled.root)).worktree.find("docs/adr/*.md")


def test_a_commit_is_read_once_and_the_index_again(filled: GitRepo) -> None:
    found = opened(filled)
    commit, index = GitView(found, str(found.head())), GitView(found)
    before = commit.read(["docs/b.md", "none.md"])
    assert before == index.read(["docs/b.md", "none.md"]) == {"docs/b.md": b"docs/b.md", "none.md": None}
    filled.write("docs/b.md", "other")
    filled.git("add", "docs/b.md")
    (found.git_dir / "objects").rename(found.git_dir / "elsewhere")
    assert commit.read(["none.md", "docs/b.md"]) == before
    (found.git_dir / "elsewhere").rename(found.git_dir / "objects")
    assert index.read(["docs/b.md"]) == {"docs/b.md": b"other"}


@pytest.fixture
def linked(repo: GitRepo) -> GitRepo:
    repo.write("kept/a.md", "a")
    (repo.root / "docs").mkdir()
    for name, target in {
        "docs/a.md": "../kept/a.md",
        "folder": "kept",
        "out.md": "/etc/hostname",
        "lost.md": "x",
    }.items():
        (repo.root / name).symlink_to(target)
    repo.commit()
    return repo


def test_every_view_follows_links_inside(linked: GitRepo) -> None:
    repo = opened(linked)
    for view in (WorktreeView(linked.root, repo), WorktreeView(linked.root), GitView(repo), GitView(repo, "HEAD")):
        expected = {"docs/a.md": b"a", "folder/a.md": b"a", "folder/none.md": None, "none/none.md": None}
        assert view.read([*expected]) == expected
        assert view.read(["docs/a.md", "none.md"]) == {"docs/a.md": b"a", "none.md": None}
        assert view.find("docs/*.md") == ["docs/a.md"]


@pytest.mark.parametrize("path", ["out.md", "lost.md"])
def test_no_view_reads_what_a_link_leads_out_to(linked: GitRepo, path: str) -> None:
    repo = opened(linked)
    for view in (WorktreeView(linked.root, repo), GitView(repo), GitView(repo, "HEAD")):
        with pytest.raises(UsageError, match=rf"^{path}.*: cannot be read: it "):
            view.read(["docs/a.md", path])
    assert GitView(repo, "HEAD", strict=False).read(["docs/a.md", path]) == {"docs/a.md": b"a", path: None}


@pytest.mark.parametrize("rev", [None, "", "HEAD"])
def test_every_view_is_bounded(filled: GitRepo, rev: str | None) -> None:
    repo = opened(filled)
    view = WorktreeView(filled.root, repo) if rev is None else GitView(repo, rev)
    assert view.read(["a.md"], 4) == {"a.md": b"a.md"}
    with pytest.raises(UsageError, match=r"b\.md.*MB"):
        view.read(["a.md", "docs/b.md"], 4)


def test_what_a_sparse_checkout_leaves_out_is_read_from_the_index(filled: GitRepo) -> None:
    filled.git("sparse-checkout", "set", "--no-cone", "/a.md")
    view = WorktreeView(filled.root, opened(filled))
    assert view.read(["docs/b.md", "none.md"]) == {"docs/b.md": b"docs/b.md", "none.md": None}
    assert view.find("docs/adr/*.md") == ["docs/adr/0001-a.md", "docs/adr/0002-b.md"]
    (filled.root / "a.md").unlink()
    assert view.read(["a.md"]) == {"a.md": None}, "a real deletion is one"
