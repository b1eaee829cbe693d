"""Reading through the cache: a warm answer is the cold one, whatever changes in between."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings

from autopack_hooks.core.git import Repo
from autopack_hooks.links.cache import FactsCache
from autopack_hooks.links.index import Index
from autopack_hooks.links.library import Library
from autopack_hooks.links.seen import Seen
from tests.links.helpers import TEXTS, facts_of
from tests.support import GitRepo


def library(
    root: Path, cache: Path | None, repo: Repo | None = None, *, staged: bool = False
) -> tuple[Library, FactsCache]:
    facts = FactsCache(cache, mentions=True)
    return Library(Seen(root, repo, Index(repo)), facts, staged=staged), facts


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=TEXTS, second=TEXTS)
def test_a_warm_run_equals_a_cold_one(tmp_path: Path, first: str, second: str) -> None:
    for text in (first, second, first):
        (tmp_path / "x.md").write_bytes(text.encode())
        cold, _ = library(tmp_path, None)
        warm, facts = library(tmp_path, tmp_path / "cache")
        assert warm.facts("x.md") == cold.facts("x.md") == facts_of(text, "x.md", mentions=True)
        facts.save()


def test_the_index_and_the_work_tree(repo: GitRepo) -> None:
    repo.write("x.md", "# Staged\n")
    repo.write("same.md", "# Staged\n")
    repo.git("add", "-A")
    repo.write("x.md", "# Worked on\n\nmore\n")
    found = Repo.discover(repo.root, {})
    staged, _ = library(repo.root, None, found, staged=True)
    staged.load(["x.md", "same.md"])
    worktree, _ = library(repo.root, None, found)
    assert [lib.facts("x.md").anchors for lib in (staged, worktree)] == [{"staged"}, {"worked-on"}]  # type: ignore[union-attr]  # it is there
    assert [lib.lines("x.md") for lib in (staged, worktree)] == [1, 3]
    assert staged.facts("same.md") == staged.facts("x.md")
    assert [lib.document("none.md") for lib in (staged, worktree)] == [None, None]
    assert [lib.lines("none.md") for lib in (staged, worktree)] == [None, None]


def test_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_bytes(b"ok\n\xff")
    (tmp_path / "folder.md").mkdir()
    found, _ = library(tmp_path, None)
    faults = [found.document(path) for path in ("x.md", "folder.md")]
    assert [fault.facts if fault else 0 for fault in faults] == [None, None]
    assert [fault.fault[:20] if fault else "" for fault in faults] == ["is no UTF-8 text: li", "cannot be read: Is a"]
    assert found.source("folder.md") is None
