"""Where the program was installed from: a checkout, a URL, or the release."""

from __future__ import annotations

import json
import os

import pytest

from autopack_hooks.install import origin
from autopack_hooks.install.origin import Origin
from tests.support import GitRepo

ENV = dict(os.environ)


@pytest.fixture
def checkout(repo: GitRepo) -> GitRepo:
    repo.write(origin.MANIFEST, "[]\n")
    repo.write("autopack_hooks/__init__.py", "")
    repo.commit("start")
    return repo


def test_a_checkout_is_named_by_its_folder_and_commit(checkout: GitRepo) -> None:
    assert origin._of_checkout(checkout.root, ENV) == Origin(
        str(checkout.root), checkout.git("rev-parse", "HEAD").strip()
    )


def test_a_commit_that_origin_has_is_fetched_from_there(checkout: GitRepo) -> None:
    checkout.git("remote", "add", "origin", "https://user:secret@example.com/autopack-hooks.git")
    assert origin._of_checkout(checkout.root, ENV) == Origin(
        str(checkout.root), checkout.git("rev-parse", "HEAD").strip()
    )
    checkout.git("update-ref", "refs/remotes/origin/main", "HEAD")
    found = origin._of_checkout(checkout.root, ENV)
    assert found and found.repo == "https://example.com/autopack-hooks.git"


def test_another_repository_around_the_package_is_not_its_checkout(repo: GitRepo) -> None:
    repo.commit("start")
    repo.write(".venv/lib/autopack_hooks/__init__.py", "")
    assert origin._of_checkout(repo.root / ".venv/lib", ENV) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"url": "https://me:secret@example.com/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            Origin("https://example.com/x.git", "abc"),
        ),
        (
            {"url": "ssh://git@example.com/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            Origin("ssh://git@example.com/x.git", "abc"),
        ),
        ({"url": "https://example.com/x-1.0.whl", "archive_info": {}}, None),
        ({"url": "file:///nowhere/at/all", "dir_info": {"editable": True}}, None),
        ({"url": 3}, None),
        ([], None),
    ],
)
def test_an_installed_url(data: object, expected: Origin | None) -> None:
    assert origin._of_url(json.dumps(data), ENV) == expected


def test_an_editable_installation_is_its_checkout(checkout: GitRepo) -> None:
    text = json.dumps({"url": checkout.root.as_uri(), "dir_info": {"editable": True}})
    assert origin._of_url(text, ENV) == origin._of_checkout(checkout.root, ENV) is not None
    assert origin._of_url("", ENV) is None
