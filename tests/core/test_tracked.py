"""Links in commits and in the index, sparse checkouts, and renames in the index."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.git import Repo
from autopack_hooks.core.tracked import index_links, object_ids, rename_in_index, sparse_files
from tests.support import GitRepo

LINKS = {
    "docs/a.md": "../kept/a.md",
    "two.md": "docs/a.md",
    "linked": "kept",
    "out.md": "../outside.md",
    "absolute.md": "/etc/hostname",
    "nowhere.md": "none.md",
    "loop.md": "loop.md",
}


@pytest.fixture
def linked(repo: GitRepo) -> Repo:
    repo.write("kept/a.md", "a")
    repo.write("plain.md", "docs/a.md")
    (repo.root / "docs").mkdir()
    for name, target in LINKS.items():
        (repo.root / name).symlink_to(target)
    repo.commit()
    found = Repo.discover(repo.root, os.environ)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("docs/a.md", "kept/a.md"),
        ("two.md", "kept/a.md"),
        ("linked/a.md", "kept/a.md"),
        ("linked/none.md", "kept/none.md"),
        ("nowhere.md", "none.md"),
        ("plain.md", None),
        ("none.md", None),
        ("docs/none.md", None),
        ("a\nb.md", None),
    ],
)
def test_links_of_the_index(linked: Repo, path: str, expected: str | None) -> None:
    assert index_links(linked, [path]).get(path) == expected


@pytest.mark.parametrize("path", ["out.md", "absolute.md", "loop.md"])
def test_links_that_cannot_be_followed(linked: Repo, path: str) -> None:
    with pytest.raises(UsageError, match=f"{path}: cannot be read: it is a symbolic link that leads"):
        index_links(linked, [path])
    with pytest.raises(UsageError, match=f"{path} in HEAD: cannot be read: it is a symbolic link that leads"):
        linked.read_blobs([f"HEAD:{path}"])


def test_ids_are_those_of_what_links_lead_to(linked: Repo) -> None:
    names = ["HEAD:docs/a.md", "HEAD:none.md", "HEAD:nowhere.md", "HEAD:linked/a.md", "HEAD:loop.md", "HEAD:out.md"]
    found = object_ids(linked, [*names, "HEAD:plain.md/x", "HEAD:kept/a.md", "HEAD:a\nb"])
    real = found.pop("HEAD:kept/a.md")
    assert found == {"HEAD:docs/a.md": real, "HEAD:linked/a.md": real, "HEAD:out.md": "../outside.md"}
    assert object_ids(linked, []) == {}


def test_blobs_are_bounded(linked: Repo) -> None:
    assert linked.read_blobs(["HEAD:docs/a.md"], 1) == {"HEAD:docs/a.md": b"a"}
    with pytest.raises(UsageError, match=r"plain\.md in HEAD: cannot be read: it is larger than .* MB"):
        linked.read_blobs(["HEAD:docs/a.md", "HEAD:plain.md"], 1)


def test_only_a_sparse_checkout_leaves_files_out(linked: Repo, repo: GitRepo) -> None:
    (repo.root / "plain.md").unlink()
    assert sparse_files(linked, ["plain.md", "kept/a.md"]) == []
    repo.git("checkout", "-q", "plain.md")
    repo.git("sparse-checkout", "set", "--no-cone", "/docs/")
    assert sparse_files(linked, ["plain.md", "kept/a.md", "none.md"]) == ["plain.md", "kept/a.md"]


@pytest.mark.parametrize(
    ("moves", "gone", "there"),
    [
        ({"plain.md": "x/y.md"}, "plain.md", "x/y.md"),
        ({"kept": "stays"}, "kept/a.md", "stays/a.md"),
        ({"plain": "x"}, None, "plain.md"),
        ({"x": "plain.md"}, None, "plain.md"),
    ],
)
def test_renames_in_the_index_may_be_done_twice(
    linked: Repo, moves: Mapping[str, str], gone: str | None, there: str
) -> None:
    for _ in range(2):
        rename_in_index(linked, moves)
        paths = {entry.path for entry in linked.index_entries()}
        assert there in paths and gone not in paths
