"""Report one cause once: what only follows from another finding is left out, and a run of like findings is joined.

This comes last, after ignores and the baseline: what they silence explains nothing, and whatever followed from it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autopack_hooks.checks.pipeline import HIDDEN_COUNTS
from autopack_hooks.core.findings import Finding

CONFLICT = "LED002"
_CELLS = ("LED011", "LED012", "LED013", "LED034")
"""What the values of a row are reported for: with a cell too many or too few they stand in the wrong columns."""
_HIDING = ("LED008", "LED021")
"""Entries that are there no more, or not to be seen."""
_TAKEN_TWICE = ("LED004", "LED025")
_SHOWN = 3


def root_causes(findings: Sequence[Finding]) -> list[Finding]:
    """Return ``findings`` (in order) without what only follows from others, runs of like ones joined into their first."""
    causes = _Causes(findings)
    return _joined([finding for finding in findings if not causes.explain(finding)])


class _Causes:
    """Hold what is known to cause other findings: whole files, lines, ids."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.conflicts: set[str] = set()
        self.hiding: set[str] = set()
        self.misread: set[tuple[str, int]] = set()
        self.misplaced: set[tuple[str, int]] = set()
        self.taken_twice: set[tuple[str | None, str | None]] = set()
        for finding in findings:
            if finding.code == CONFLICT:
                self.conflicts.add(finding.path)
            elif finding.code in _HIDING:
                self.hiding.add(finding.path)
            elif finding.code == "LED009":
                self.misread.add((finding.path, finding.line))
            elif finding.code == "LED010":
                self.misplaced.add((finding.path, finding.line))
            elif finding.code in _TAKEN_TWICE:
                self.taken_twice.add((finding.ledger, finding.entry_id))

    def explain(self, finding: Finding) -> bool:
        """Return whether ``finding`` only follows from another one."""
        code, path, place = finding.code, finding.path, (finding.path, finding.line)
        if path in self.conflicts:
            return code != CONFLICT
        if code in HIDDEN_COUNTS:
            return path in self.hiding
        if code in _CELLS:
            return place in self.misread
        if code == "LED005":
            return place in self.misplaced or (finding.ledger, finding.entry_id) in self.taken_twice
        return False


def _joined(findings: Iterable[Finding]) -> list[Finding]:
    """Join the rows below each other that no table holds, the entries that one fence swallows, those that one file lost."""
    runs: list[list[Finding]] = []
    begun: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        key = _kind(finding)
        run = begun.get(key) if key else None
        if run and (finding.code in _HIDING or finding.line == run[-1].line + 1):
            run.append(finding)
            continue
        runs.append([finding])
        if key:
            begun[key] = runs[-1]
    return [_first(run) for run in runs]


def _kind(finding: Finding) -> tuple[str, ...] | None:
    """Return what the findings of a run have in common: all but the entry. None for what makes no runs."""
    if not finding.entry_id or finding.code not in (*_HIDING, "LED010"):
        return None
    words = finding.message.replace(finding.entry_id, "", 1)
    return finding.path, finding.code, finding.severity.value, words, str(finding.column)


def _first(run: Sequence[Finding]) -> Finding:
    """Return the first finding of a run, which names the entries of the others."""
    first, *others = run
    ids = list(dict.fromkeys(str(other.entry_id) for other in others))
    if not ids:
        return first
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    message = f"{first.message} (also {', '.join(ids[:_SHOWN])}{more})"
    return first._replace(message=message, fixable=all(finding.fixable for finding in run))
