"""What a run looked at: the same questions have other answers as soon as anything changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack_hooks.core.git import Repo
from autopack_hooks.links.index import Index
from autopack_hooks.links.seen import Answers, Seen, content_key
from tests.support import GitRepo


def look(repo: GitRepo) -> Seen:
    found = Repo.discover(repo.root, {})
    return Seen(repo.root, found, Index(found))


def asked(repo: GitRepo) -> Answers:
    """Every kind of question, as it comes back from a file."""
    seen = look(repo)
    seen.read("a.md")
    for missing in ("none.md", "a.md/below", "folder"):
        with pytest.raises(OSError):
            seen.read(missing)
    seen.on_disk("none.md"), seen.on_disk("dangling"), seen.exists("dangling"), seen.exists("a.md")
    assert seen.modes.keys() == seen.oids.keys()
    seen.history()
    seen.own()
    answers: Answers = json.loads(json.dumps(seen.answers()))
    return answers


@pytest.fixture
def world(repo: GitRepo) -> GitRepo:
    repo.write("a.md", "a\n")
    repo.write("other.md", "o\n")
    repo.commit()
    (repo.root / "folder").mkdir()
    (repo.root / "dangling").symlink_to("nowhere")
    return repo


CHANGES: dict[str, Callable[[GitRepo], object]] = {
    "a document": lambda repo: repo.write("a.md", "b\n"),
    "a document is gone": lambda repo: (repo.root / "a.md").unlink(),
    "a file where none was": lambda repo: repo.write("none.md", ""),
    "a link that leads nowhere": lambda repo: (repo.root / "none.md").symlink_to("nothing"),
    "where a link leads": lambda repo: repo.write("nowhere", ""),
    "a folder becomes a file": lambda repo: ((repo.root / "folder").rmdir(), repo.write("folder", "")),
    "what is staged": lambda repo: (repo.write("other.md", "new\n"), repo.git("add", "other.md")),
    "what is tracked": lambda repo: repo.git("rm", "-q", "--cached", "other.md"),
    "the commit": lambda repo: repo.commit("next"),
    "the remote": lambda repo: repo.git("remote", "add", "origin", "https://github.com/me/mine"),
    "a partial clone": lambda repo: repo.git("config", "extensions.partialClone", "origin"),
    "a replaced commit": lambda repo: (repo.commit("next"), repo.git("replace", "--graft", "HEAD")),
    "the end of a shallow clone": lambda repo: repo.write(".git/shallow", repo.git("rev-parse", "HEAD")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_another_answer(world: GitRepo, change: str) -> None:
    before = asked(world)
    assert look(world).agrees(before)
    CHANGES[change](world)
    assert not look(world).agrees(before)


@pytest.mark.parametrize(
    "act",
    [
        lambda repo: os.utime(repo.root / "a.md"),
        lambda repo: repo.write("a.md", repo.read("a.md")),
        lambda repo: repo.write("unasked.md", "x\n"),
        lambda repo: repo.write("other.md", "not asked for\n"),
        lambda repo: repo.git("tag", "v1"),
        lambda repo: repo.git("config", "user.name", "b"),
    ],
)
def test_what_nobody_asked_for_changes_nothing(world: GitRepo, act: Callable[[GitRepo], object]) -> None:
    before = asked(world)
    act(world)
    assert look(world).agrees(before)


def test_only_what_was_asked_is_remembered(world: GitRepo) -> None:
    seen = look(world)
    assert seen.answers() == {"git": {}, "exists": {}, "on_disk": {}, "files": {}}
    assert "a.md" in seen.modes
    assert list(seen.answers()["git"]) == ["shape"]
    world.write("a.md", "b\n")
    world.git("add", "a.md")
    assert look(world).agrees(seen.answers())


def test_what_is_staged_belongs_to_the_history(world: GitRepo) -> None:
    seen = look(world)
    assert seen.history() is not None
    world.write("a.md", "b\n")
    assert look(world).agrees(seen.answers())
    world.git("add", "a.md")
    assert not look(world).agrees(seen.answers())


def test_one_answer_for_one_question(world: GitRepo) -> None:
    seen = look(world)
    assert not seen.on_disk("none.md") and not seen.exists("none.md")
    world.write("none.md", "")
    assert not seen.on_disk("none.md") and not seen.exists("none.md")


def test_an_index_that_moved_on_is_not_steady(world: GitRepo) -> None:
    seen = look(world)
    seen.history()
    assert seen.is_steady()
    world.write("other.md", "staged meanwhile\n")
    world.git("add", "other.md")
    assert not seen.is_steady()
    assert look(world).is_steady()


def test_the_key_is_the_blob_id_of_git(world: GitRepo) -> None:
    seen = look(world)
    assert content_key(seen.read("a.md")) == seen.key("a.md") == seen.oids["a.md"]


def test_a_path_from_elsewhere(world: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "settings").write_text("x")
    seen = look(world)
    assert seen.read(str(tmp_path / "settings")) == b"x"
    (tmp_path / "settings").write_text("y")
    assert not look(world).agrees(seen.answers())
