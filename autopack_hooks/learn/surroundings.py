"""The last commit as proposals and replays look at it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.files import write_inside
from autopack_hooks.core.git import CACHE_FOLDER, GitError
from autopack_hooks.core.text import SourceText
from autopack_hooks.learn.matching import MARKDOWN, existence
from autopack_hooks.learn.proposals import Surroundings
from autopack_hooks.ledger.learned import RULES_PATH, LearnedRule, RulesFile, parse_rules, render_rules
from autopack_hooks.project.history import History, basis, read_changes
from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.views import GitView, View
from autopack_hooks.project.workspace import Workspace


def head_view(workspace: Workspace) -> View:
    """Return the last commit; before the first one, and outside git, the files."""
    repo = workspace.repo
    return GitView(repo, "HEAD", strict=False) if repo and repo.head() else workspace.worktree


def look_around(workspace: Workspace) -> Surroundings:
    """Return what the last commit holds. Raises GitError."""
    view = head_view(workspace)
    paths = view.find("**")
    tracked = set(paths)
    documents = [path for path in paths if path.lower().endswith(MARKDOWN)]
    sources: list[SourceText] = []
    with suppress(UsageError):
        found = view.read(documents)
        sources = [SourceText.from_bytes(path, data) for path, data in found.items() if data is not None]
    repo, limit = workspace.repo, workspace.config.links.history
    changes = []
    with suppress(GitError):
        changes = read_changes(repo, basis(repo), limit, workspace.state_dir / CACHE_FOLDER / "renames.json")
    history = History(changes, tracked.__contains__, {})
    return Surroundings(existence(paths), history.follow, sources, load_ledgers(workspace, view).ledgers)


def read_own_rules(workspace: Workspace) -> RulesFile:
    """Return the rules of the work tree. Raises UsageError where the file is not one of ours that can be written again."""
    data = workspace.worktree.read([RULES_PATH])[RULES_PATH]
    found = RulesFile() if data is None else parse_rules(data)
    if found.older:
        raise UsageError(
            f"{RULES_PATH}: it is of an older tool; take its rules over with `learn import {RULES_PATH}` first"
        )
    if found.faults:
        fault = found.faults[0]
        raise UsageError(f"{RULES_PATH}:{fault.line}: {fault.message}")
    return found


def write_rules(workspace: Workspace, rules: Sequence[LearnedRule]) -> bool:
    """Write the file where it changes, and return whether it did. Raises UsageError, OSError."""
    data = render_rules(rules).encode("utf-8")
    if workspace.worktree.read([RULES_PATH])[RULES_PATH] == data:
        return False
    write_inside(workspace.root, RULES_PATH, data, scratch=workspace.scratch)
    return True
