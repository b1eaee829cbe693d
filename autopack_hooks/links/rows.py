"""From a scan to plan rows and findings: suggestions found, fixes written, policy entries judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from autopack_hooks.codes import CODES
from autopack_hooks.findings import Finding
from autopack_hooks.links.history import History, read_changes
from autopack_hooks.links.library import Library
from autopack_hooks.links.plan import Row, make_rows
from autopack_hooks.links.policy import Policy
from autopack_hooks.links.run import CACHE_FOLDER, Run
from autopack_hooks.links.scan import Scan, finding_of
from autopack_hooks.links.suggest import Suggester

HISTORY_CACHE = "renames.json"


def plan_rows(run: Run, result: Scan) -> list[Row]:
    """A row for each fault of ``result``. Asks git's history where a target is missing."""
    suggester = Suggester(run.context, lambda: _history(run))
    return make_rows(result.broken, suggester.suggest, lambda path: _hash(run.library, path), run.library.source)


def _history(run: Run) -> History:
    workspace = run.workspace
    cache = workspace.state_dir / CACHE_FOLDER / HISTORY_CACHE
    changes = read_changes(workspace.repo, workspace.config.links.history, cache)
    return History(changes, run.tree.exists, run.by_content())


def _hash(library: Library, path: str) -> str:
    document = library.document(path)
    return document.key if document else ""


def with_fixes(findings: Iterable[Finding], rows: Sequence[Row]) -> list[Finding]:
    """``findings`` with ``fixable`` where a row has a fix."""
    fixable = {finding_of(row.broken) for row in rows if row.fixable}
    return [replace(finding, fixable=True) if finding in fixable else finding for finding in findings]


def policy_findings(policy: Policy, *, complete: bool) -> list[Finding]:
    """What is wrong with the policy itself; ``complete``: the run looked at everything, so that unused entries are stale."""
    found = []
    for entry in policy.entries:
        if not entry.reason:
            found.append((entry, "LNK030", f"the entry {entry.name!r} of {entry.kind} has no reason"))
    for entry in policy.stale() if complete else ():
        found.append((entry, "LNK031", f"the entry {entry.name!r} of {entry.kind} matches nothing any more; remove it"))
    return [
        Finding(entry.path, entry.line, 1, code, message, CODES[code].severity, context=f"{entry.kind} {entry.name}")
        for entry, code, message in found
    ]
