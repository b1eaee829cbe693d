"""Compare the ledgers with those of other branches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autopack_hooks.checks.rules.against import clashes
from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.findings import Finding
from autopack_hooks.project.loader import Loaded, load_ledgers
from autopack_hooks.project.taken_ids import commits
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import Workspace


def find_clashes(workspace: Workspace, loaded: Loaded, refs: Sequence[str]) -> Iterator[Finding]:
    """Yield the ids that the ledgers ``loaded`` and those of ``refs`` took for different entries. Raises UsageError, GitError."""
    repo = workspace.repo
    if not refs:
        return
    if repo is None:
        raise UsageError(f"{workspace.root}: --against needs a git repository")
    for ref in refs:
        (commit,) = commits(repo, [ref])
        parted = repo.merge_base("HEAD", commit)
        theirs = load_ledgers(workspace, GitView(repo, commit))
        before = load_ledgers(workspace, GitView(repo, parted)).ledgers if parted else ()
        others = {ledger.name: ledger for ledger in theirs.ledgers if not ledger.faulty}
        base = {ledger.name: ledger.entries.keys() for ledger in before}
        for ledger in loaded.ledgers:
            if ledger.name in others and not ledger.faulty:
                yield from clashes(ledger, others[ledger.name], base.get(ledger.name, ()), ref)
