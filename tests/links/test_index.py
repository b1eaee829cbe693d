from __future__ import annotations

from autopack_hooks.core.git import Repo
from autopack_hooks.links.index import Index
from tests.support import GitRepo


def index(repo: GitRepo) -> Index:
    return Index(Repo.discover(repo.root, {}))


def test_modes_and_ids(repo: GitRepo) -> None:
    repo.write("a b/ü.md", "x\n")
    (repo.root / "to").symlink_to("a b")
    repo.git("add", "-A")
    found = index(repo)
    assert found.modes == {"a b/ü.md": "100644", "to": "120000"}
    assert found.oids["a b/ü.md"] == "587be6b4c3f93f93c489c0111bba5596147a26cb"
    assert Index(None).modes == {}


def test_contents_leave_the_shape_as_it_is(repo: GitRepo) -> None:
    repo.write("a.md", "one\n")
    repo.git("add", "-A")
    before = index(repo)
    repo.write("a.md", "two\n")
    assert (index(repo).shape, index(repo).content) == (before.shape, before.content)
    repo.git("add", "-A")
    assert index(repo).shape == before.shape
    assert index(repo).content != before.content


def test_paths_and_modes_are_the_shape(repo: GitRepo) -> None:
    shapes = {index(repo).shape}
    repo.write("a.md", "")
    repo.git("add", "-A")
    shapes.add(index(repo).shape)
    repo.git("update-index", "--chmod=+x", "a.md")
    shapes.add(index(repo).shape)
    repo.git("mv", "a.md", "b.md")
    shapes.add(index(repo).shape)
    assert len(shapes) == 4
