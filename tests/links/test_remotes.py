from __future__ import annotations

import pytest

from autopack_hooks.core.git import Repo
from autopack_hooks.links.remotes import own_repository
from tests.support import GitRepo


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/Me/mine.git", "https://github.com/me/mine", "git@github.com:me/mine.git",
        "ssh://git@github.com/me/mine.git", "ssh://git@github.com:22/me/mine", "https://user:secret@github.com/me/mine.git",
    ],
)  # fmt: skip
def test_remotes(repo: GitRepo, url: str) -> None:
    repo.git("remote", "add", "origin", url)
    found = Repo.discover(repo.root, {})
    own = own_repository(found)
    assert own.path_of("https://github.com/me/mine/blob/main/docs/x.md#a") == "docs/x.md#a"
    assert own.path_of("https://github.com/me/other/blob/main/docs/x.md") is None


def test_the_default_branch_is_the_remotes(repo: GitRepo) -> None:
    repo.git("remote", "add", "origin", "https://github.com/me/mine")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk/one")
    own = own_repository(Repo.discover(repo.root, {}))
    assert own.path_of("https://github.com/me/mine/tree/trunk/one/docs") == "docs"
    assert own.path_of("https://github.com/me/mine/tree/main/docs") is None
    assert own.path_of("https://raw.githubusercontent.com/me/mine/refs/heads/trunk/one/a.png") == "a.png"


def test_no_remote_has_no_own_urls(repo: GitRepo) -> None:
    assert own_repository(Repo.discover(repo.root, {})).path_of("https://github.com/me/mine/blob/main/x") is None
    assert own_repository(None).names == ()


def test_without_a_remote_head_the_usual_names_count(repo: GitRepo) -> None:
    repo.git("remote", "add", "origin", "https://github.com/me/mine")
    repo.git("checkout", "-q", "-b", "trunk")
    own = own_repository(Repo.discover(repo.root, {}))
    assert own.branches == ("trunk", "main", "master")
    repo.commit("start")
    repo.git("branch", "master")
    assert own_repository(Repo.discover(repo.root, {})).branches == ("master",)
