"""The links of the report: which documents hold broken ones, and which targets are missed most."""

from __future__ import annotations

from collections import Counter

from autopack_hooks.links import categories as c
from autopack_hooks.links.runner import open_run
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.report.html import CountedName, LinkSummary, Ranking

_TOP = 12


def link_summary(workspace: Workspace) -> LinkSummary:
    """Return what `links --deep` finds in the files as they are, without paths in backticks. Raises FatalError."""
    job = open_run(workspace, deep=True, staged=False, mentions=False)
    result = job.scan()
    judged = job.judge(result, mentions=False)
    missing = (c.MISSING_FILE, c.UNTRACKED, c.BROKEN_SYMLINK)
    levels = Counter(item.level for item in judged)
    return LinkSummary(
        len(result.documents),
        len(judged),
        levels["high"],
        levels["medium"],
        _ranking(Counter(item.broken.category.replace("_", " ") for item in judged)).shown,
        _ranking(Counter(item.broken.source for item in judged)),
        _ranking(Counter(item.broken.verdict.path for item in judged if item.broken.category in missing)),
    )


def _ranking(counts: Counter[str]) -> Ranking:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
    return Ranking([CountedName(name, count) for name, count in ranked], len(counts))
