"""Before a push: refuse ids that another writer has claimed at the remote."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from autopack_hooks.core.errors import FINDINGS, OK
from autopack_hooks.core.git import GitError
from autopack_hooks.core.terminal import write_line
from autopack_hooks.project.claims import REMOTE, claimed_by_others, has_remote
from autopack_hooks.project.taken_ids import ids_not_pushed
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import Workspace


def check_pushed(workspace: Workspace) -> int:
    """Print a line for each id of what is pushed that another writer has claimed.

    A remote that cannot be reached does not refuse anything here: the push itself would fail.
    """
    repo = workspace.repo
    if repo is None or workspace.config.ids.claim == "off" or not has_remote(repo):
        return OK
    new: dict[str, set[str]] = {}
    for commit in _commits():
        for file in workspace.ledgers(GitView(repo, commit, strict=False)):
            new.setdefault(file.name, set()).update(ids_not_pushed(repo, file, commit))
    try:
        taken = claimed_by_others(repo, new)
    except GitError as error:
        write_line(f"autopack-hooks: note: the claims of ids were not looked at: {error}", error=True)
        return OK
    for claim in taken:
        advice = f"give yours another one: autopack-hooks renumber {claim.entry_id} NEW"
        line = f"{claim.entry_id} of {claim.ledger} is claimed at {REMOTE} by another writer; {advice}"
        write_line(f"autopack-hooks: error: {line}", error=True)
    return FINDINGS if taken else OK


def _commits() -> Iterator[str]:
    """Yield the commits that are pushed, as pre-commit names one in the environment, or git all of them on stdin."""
    if commit := os.environ.get("PRE_COMMIT_TO_REF"):
        yield commit
        return
    for line in sys.stdin:
        words = line.split()
        if len(words) == 4 and not words[0].startswith("refs/tags/") and words[1].strip("0"):
            yield words[1]
