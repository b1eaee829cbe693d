"""From a scan to what its faults most likely mean, and to the rows of a fix plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from autopack_hooks.core.git import CACHE_FOLDER
from autopack_hooks.links.library import Library
from autopack_hooks.links.model import MENTION
from autopack_hooks.links.runner import Run
from autopack_hooks.links.scan import Scan
from autopack_hooks.links.suggest import Judged, Suggester

if TYPE_CHECKING:
    from autopack_hooks.links.history import History
    from autopack_hooks.links.plan import PlanRow

HISTORY_CACHE = "renames.json"


def judge(run: Run, result: Scan, *, mentions: bool) -> list[Judged]:
    """What each fault of ``result`` most likely means; git's history is asked where a target is missing.

    Prose is never changed, so for ``mentions`` suggestions are made only when asked.
    """
    suggester = Suggester(run.context, lambda: _history(run))
    judged = []
    for item in result.broken:
        if item.fault:
            wanted = mentions or item.link.form != MENTION
            judged.append(Judged(item, suggester.suggest(item) if wanted else []))
    return judged


def _history(run: Run) -> History:
    from autopack_hooks.links.history import History, read_changes  # only where a target is missing

    workspace = run.workspace
    cache = workspace.state_dir / CACHE_FOLDER / HISTORY_CACHE
    changes = read_changes(workspace.repo, run.seen.history(), workspace.config.links.history, cache)
    return History(changes, run.tree.exists, run.by_content())


def plan_rows(run: Run, judged: Iterable[Judged]) -> list[PlanRow]:
    """The rows of a fix plan."""
    from autopack_hooks.links.plan import make_rows  # only where a plan is wanted

    return make_rows(judged, lambda path: _hash(run.library, path), run.library.source)


def _hash(library: Library, path: str) -> str:
    document = library.document(path)
    return document.key if document else ""
