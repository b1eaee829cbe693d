"""Real repositories whose files moved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack_hooks.core.git import Repo
from autopack_hooks.project.history import History, HistoryChange, basis, parse_raw, read_changes
from tests.support import GitRepo

TEXT = "# Title\n\nenough text to be the same file when it moves\n"


def changes(repo: GitRepo, limit: int = 5000, cache: Path | None = None) -> list[HistoryChange]:
    found = Repo.discover(repo.root, {})
    return read_changes(found, basis(found), limit, cache)


def history(repo: GitRepo, limit: int = 5000) -> History:
    found = Repo.discover(repo.root, {})
    assert found is not None
    tracked = {entry.path: entry.oid for entry in found.index_entries()}
    return History(changes(repo, limit), tracked.__contains__, {oid: path for path, oid in tracked.items()})


def move(repo: GitRepo, old: str, new: str, message: str | None = "move") -> None:
    (repo.root / new).parent.mkdir(parents=True, exist_ok=True)
    repo.git("mv", old, new)
    if message:
        repo.commit(message)


def test_chains_are_followed(repo: GitRepo) -> None:
    repo.write("a.md", TEXT)
    repo.commit()
    for old, new in (("a.md", "b.md"), ("b.md", "d/c.md"), ("d/c.md", "e/with space.md")):
        move(repo, old, new)
    found = history(repo)
    assert {old: found.follow(old) for old in ("a.md", "b.md", "d/c.md", "x.md")} == {
        "a.md": "e/with space.md", "b.md": "e/with space.md", "d/c.md": "e/with space.md", "x.md": None,
    }  # fmt: skip


def test_a_squashed_chain_is_one_rename(repo: GitRepo) -> None:
    repo.write("a.md", TEXT)
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    move(repo, "a.md", "b.md")
    move(repo, "b.md", "c.md")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--squash", "side")
    repo.commit("squash")
    assert history(repo).follow("a.md") == "c.md"


def test_there_and_back_again_ends(repo: GitRepo) -> None:
    repo.write("a.md", TEXT)
    repo.commit()
    for old, new in (("a.md", "b.md"), ("b.md", "a.md"), ("a.md", "b.md")):
        move(repo, old, new)
    repo.git("rm", "-q", "b.md")
    repo.commit()
    found = history(repo)
    assert (found.follow("a.md"), found.follow("b.md")) == (None, None)


def test_the_index_is_the_newest_commit(repo: GitRepo) -> None:
    repo.write("a.md", TEXT)
    repo.commit()
    move(repo, "a.md", "b.md", None)
    assert history(repo).follow("a.md") == "b.md"


def test_a_deleted_file_whose_content_lives_on(repo: GitRepo) -> None:
    repo.write("a.md", TEXT)
    repo.write("empty.md", "")
    repo.commit()
    repo.write("copy.md", TEXT)
    repo.write("other.md", "")
    repo.commit()
    repo.git("rm", "-q", "a.md", "empty.md")
    repo.commit()
    found = history(repo)
    assert (found.follow("a.md"), found.follow("empty.md")) == ("copy.md", None)


def test_folders(repo: GitRepo) -> None:
    for name in ("x", "y", "sub/z"):
        repo.write(f"old/{name}.md", f"{TEXT}{name}\n")
    repo.write("mixed/p.md", f"{TEXT}p\n")
    repo.write("mixed/q.md", f"{TEXT}q\n")
    repo.commit()
    move(repo, "old", "docs/new")
    move(repo, "mixed/p.md", "one/p.md")
    move(repo, "mixed/q.md", "two/q.md")
    found = history(repo)
    assert (found.follow_folder("old"), found.follow_folder("old/sub")) == ("docs/new", "docs/new/sub")
    assert (found.follow_folder("mixed"), found.follow_folder("never")) == (None, None)


def test_names_of_any_kind(repo: GitRepo) -> None:
    names = ['q"uote.md', "new\nline.md", "per%cent#.md", "ünï.md"]
    for number, name in enumerate(names):
        repo.write(name, f"{TEXT}{number * 'word '}\n")
    repo.commit()
    for name in names:
        move(repo, name, f"d/{name}", None)
    repo.commit()
    found = history(repo)
    assert [found.follow(name) for name in names] == [f"d/{name}" for name in names]


def test_the_limit(repo: GitRepo) -> None:
    repo.write("a.md", TEXT)
    repo.commit()
    move(repo, "a.md", "b.md")
    repo.commit("one more")
    assert history(repo, 1).follow("a.md") is None
    assert changes(repo, 0) == []


def test_what_is_cached_equals_what_is_computed(repo: GitRepo, tmp_path: Path) -> None:
    cache = tmp_path / "state/renames.json"
    repo.write("a.md", TEXT)
    repo.commit()
    assert changes(repo, 50, cache) == []
    move(repo, "a.md", "b.md")
    first = changes(repo, 50, cache)
    assert first == changes(repo, 50, cache) == changes(repo, 50, None) != []
    move(repo, "b.md", "c.md")
    assert changes(repo, 50, cache) == changes(repo, 50, None)
    repo.git("reset", "-q", "--hard", "HEAD~1")
    assert changes(repo, 50, cache) == first
    cache.write_text("{ damaged")
    assert changes(repo, 50, cache) == first


@pytest.mark.parametrize(
    "content", ["[]", '{"format": 2}', '{"format": 2, "limit": 50, "basis": ["x", [], false], "changes": 3}']
)
def test_a_foreign_cache_is_thrown_away(repo: GitRepo, tmp_path: Path, content: str) -> None:
    repo.write("a.md", TEXT)
    repo.commit()
    (tmp_path / "renames.json").write_text(content)
    assert changes(repo, 50, tmp_path / "renames.json") == []
    assert json.loads((tmp_path / "renames.json").read_text())["changes"] == []


def test_a_partial_clone_asks_for_exact_renames_only(repo: GitRepo) -> None:
    repo.write("a.md", TEXT)
    repo.write("b.md", f"{TEXT}b\n" * 3)
    repo.commit()
    move(repo, "a.md", "exact.md", None)
    move(repo, "b.md", "edited.md", None)
    repo.write("edited.md", repo.read("edited.md") + "more\n")
    repo.commit()
    repo.git("config", "remote.origin.promisor", "true")
    found = history(repo)
    assert (found.follow("a.md"), found.follow("b.md")) == ("exact.md", None)


def test_more_history_is_seen_although_the_commit_is_the_same(
    new_repo: Callable[..., GitRepo], repo: GitRepo, tmp_path: Path
) -> None:
    repo.write("a.md", TEXT)
    repo.commit()
    move(repo, "a.md", "b.md")
    repo.commit("more")
    shallow = new_repo("shallow")
    shallow.git("fetch", "-q", "--depth=1", f"file://{repo.root}", "main")
    shallow.git("reset", "-q", "--hard", "FETCH_HEAD")
    cache = tmp_path / "renames.json"
    assert changes(shallow, 50, cache) == []
    shallow.git("fetch", "-q", "--unshallow", f"file://{repo.root}", "main")
    assert changes(shallow, 50, cache) == changes(repo) != []


def test_no_commit_no_history(repo: GitRepo) -> None:
    assert changes(repo) == []
    assert read_changes(None, basis(None), 10, None) == []


def test_parse_raw_skips_what_it_does_not_know() -> None:
    assert parse_raw(b"") == []
    assert parse_raw(b"garbage\0more\0") == []
