"""The door to git, against real repositories."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.git import GitError, Repo, clean_environment, url_name
from tests.support import GitRepo

ODD = [
    "sp ace.md",
    "ünï.md",
    'quo"te.md',
    "back\\slash.md",
    "tab\there.md",
    "-dash.md",
    ":colon.md",
    "[a]*.md",
    "a/b.md",
]


def discovered(start: Path, **environ: str) -> Repo:
    repo = Repo.discover(start, {**os.environ, **environ})
    assert repo is not None
    return repo


def test_redirecting_variables_are_dropped_and_settings_kept() -> None:
    env = clean_environment(
        {"GIT_DIR": "x", "GIT_INDEX_FILE": "y", "GIT_SSH_COMMAND": "ssh", "PATH": "p", "LANG": "de"}
    )
    assert {"GIT_DIR", "GIT_INDEX_FILE"}.isdisjoint(env)
    assert (env["GIT_SSH_COMMAND"], env["PATH"], env["LC_ALL"]) == ("ssh", "p", "C")


def test_the_root_is_found_from_a_subfolder(repo: GitRepo) -> None:
    inner = repo.root / "a" / "b"
    inner.mkdir(parents=True)
    found = discovered(inner)
    assert found.root == repo.root.resolve()
    assert found.common_dir.resolve() == (repo.root / ".git").resolve()


def test_no_repository_and_a_bare_one_are_none(tmp_path: Path, repo: GitRepo) -> None:
    (tmp_path / "plain").mkdir()
    assert Repo.discover(tmp_path / "plain", os.environ) is None
    repo.git("init", "-q", "--bare", tmp_path / "bare")
    assert Repo.discover(tmp_path / "bare", os.environ) is None


def test_where_git_refuses_so_do_we_with_its_words(repo: GitRepo) -> None:
    (repo.root / ".git/config").write_text("[core\n")
    with pytest.raises(GitError, match="git refuses this repository: bad config line 1"):
        Repo.discover(repo.root, os.environ)


def test_a_repository_of_somebody_else(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = shutil.which("git")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text(f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec "{git}" "$@"\n')
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(GitError, match="dubious ownership"):
        Repo.discover(repo.root, os.environ)
    settings = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": str(repo.root)}
    assert discovered(repo.root, **settings).root == repo.root.resolve()


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        Repo.discover(tmp_path / "none", os.environ)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="not a folder"):
        Repo.discover(tmp_path / "file", os.environ)


def test_without_git_the_error_says_what_to_do(repo: GitRepo) -> None:
    with pytest.raises(GitError, match="install git"):
        Repo.discover(repo.root, {"PATH": str(repo.root)})


def test_before_the_first_commit_there_is_no_head(repo: GitRepo) -> None:
    found = discovered(repo.root)
    assert found.head() is None
    assert found.blob_ids("HEAD", ["a.md"]) == {}
    assert found.read_blobs(["HEAD:a.md", ":a.md"]) == {"HEAD:a.md": None, ":a.md": None}
    assert found.index_entries() == []


def test_a_linked_worktree_is_itself_and_shares_its_state(repo: GitRepo, tmp_path: Path) -> None:
    repo.write("a.md", "one")
    repo.commit()
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "-q", linked)
    # What git gives to hooks there: an absolute GIT_DIR and no GIT_WORK_TREE.
    found = discovered(linked, GIT_DIR=str(repo.root / ".git" / "worktrees" / "linked"))
    assert found.root == linked.resolve()
    assert found.state_dir.resolve() == discovered(repo.root).state_dir.resolve()


def test_a_work_tree_named_by_the_environment_alone(repo: GitRepo, tmp_path: Path) -> None:
    repo.write("a.md", "one")
    repo.commit()
    bare = tmp_path / "dotfiles"
    (repo.root / ".git").rename(bare)
    found = discovered(repo.root, GIT_DIR=str(bare), GIT_WORK_TREE=str(repo.root))
    assert found.root == repo.root.resolve()
    assert found.read_blobs(["HEAD:a.md"]) == {"HEAD:a.md": b"one"}


def test_the_git_dir_of_another_repository_does_not_mislead(new_repo: Callable[..., GitRepo]) -> None:
    here, other = new_repo("here"), new_repo("other")
    found = discovered(here.root, GIT_DIR=str(other.root / ".git"), GIT_INDEX_FILE=str(other.root / ".git" / "index"))
    assert (found.root, found.index_file) == (here.root.resolve(), None)


@pytest.mark.parametrize("name", [".git/next-index-1.lock", "{root}/.git/next-index-1.lock"])
def test_the_index_of_a_running_commit_is_read(repo: GitRepo, name: str) -> None:
    repo.write("a.md", "one")
    repo.commit()
    path = name.format(root=repo.root)
    repo.write("a.md", "two")
    repo.run("git", "read-tree", "HEAD", GIT_INDEX_FILE=path)
    repo.run("git", "add", "a.md", GIT_INDEX_FILE=path)
    inner = repo.root / "sub"
    inner.mkdir()
    found = discovered(inner, GIT_INDEX_FILE=path)
    assert found.read_blobs([":a.md"]) == {":a.md": b"two"}
    assert discovered(repo.root).read_blobs([":a.md"]) == {":a.md": b"one"}
    assert (
        found.blob_ids("", ["a.md"])["a.md"] == found.index_entries()[0].oid != found.blob_ids("HEAD", ["a.md"])["a.md"]
    )


def test_an_index_file_that_is_not_there_is_not_used(repo: GitRepo) -> None:
    repo.write("a.md", "one")
    repo.commit()
    found = discovered(repo.root, GIT_INDEX_FILE=".git/gone.lock")
    assert found.read_blobs([":a.md"]) == {":a.md": b"one"}


def test_odd_file_names_are_read(repo: GitRepo) -> None:
    for name in ODD:
        repo.write(name, f"text of {name}")
    repo.commit()
    found = discovered(repo.root)
    assert {e.path for e in found.index_entries()} == set(ODD)
    for rev in ("HEAD", ""):
        assert set(found.blob_ids(rev, ODD)) == set(ODD)
        blobs = found.read_blobs([f"{rev}:{name}" for name in ODD])
        assert list(blobs.values()) == [f"text of {name}".encode() for name in ODD]


def test_a_name_with_a_newline_reads_as_none_and_spoils_nothing(repo: GitRepo) -> None:
    repo.write("a\nb.md", "x")
    repo.write("c.md", "y")
    repo.commit()
    found = discovered(repo.root)
    assert found.read_blobs(["HEAD:a\nb.md", "HEAD:c.md"]) == {"HEAD:a\nb.md": None, "HEAD:c.md": b"y"}
    assert set(found.blob_ids("HEAD", ["a\nb.md"])) == {"a\nb.md"}


def test_folders_and_strange_names_are_no_blobs(repo: GitRepo) -> None:
    repo.write("a/b.md", b"\n1 blob 2\n")
    repo.write("missing", "x")
    repo.commit()
    names = ["HEAD:a", "HEAD", "HEAD:none", "nosuchref:a/b.md", "HEAD:a b c missing", "", "HEAD:a/b.md"]
    assert list(discovered(repo.root).read_blobs(names).values()) == [None] * 6 + [b"\n1 blob 2\n"]


@pytest.mark.parametrize("ref", ["--all", "-h", "no such", "HEAD:a.md", "", "HEAD~9"])
def test_what_names_no_commit_is_none(repo: GitRepo, ref: str) -> None:
    repo.write("a.md", "x")
    repo.commit()
    assert discovered(repo.root).resolve(ref) is None


def test_ancestors_and_a_shallow_clone_that_cannot_tell(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("one")
    old = discovered(repo.root).head()
    repo.commit("two")
    found = discovered(repo.root)
    new = found.head()
    assert old and new
    assert (found.is_ancestor(old, new), found.is_ancestor(new, old)) == (True, False)
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.root}", tmp_path / "shallow")
    shallow = discovered(tmp_path / "shallow")
    assert shallow.head() == new
    assert shallow.is_ancestor(old, new) is None


def test_a_failing_command_gives_the_reason_of_git(repo: GitRepo) -> None:
    with pytest.raises(GitError, match=r"git cat-file failed: .*nonsense"):
        discovered(repo.root).run("cat-file", "blob", "nonsense")


def test_settings_are_read(repo: GitRepo) -> None:
    repo.git("config", "autopack.x", "two words")
    found = discovered(repo.root)
    assert (found.config("autopack.x"), found.config("autopack.none")) == ("two words", None)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.invalid/Org/Widget.git", "widget"),
        ("https://user:secret@example.invalid:8443/Org/Widget/", "widget"),
        ("git@example.invalid:Widget.git", "widget"),
        ("host:~/Widget", "widget"),
        ("ssh://g@example.invalid:22/~me/Widget.GIT", "widget"),
        ("/srv/git/Widget/.git", "widget"),
        ("../Widget", "widget"),
        ("C:\\src\\Widget", "widget"),
        ("file:///srv/My%20Widget.git\n", "my widget"),
        ("https://example.invalid", ""),
        ("https://example.invalid/", ""),
        ("git@example.invalid:", ""),
        (".", ""),
        ("..", ""),
        ("", ""),
        ("/", ""),
        ("host:a%0ab", ""),
        ("x/widget.github", "widget.github"),
    ],
)
def test_the_name_in_a_url(url, name):
    assert url_name(url) == name
