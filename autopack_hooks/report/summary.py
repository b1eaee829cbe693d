"""The line that ends a report of findings: how many there are, and what to do about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from autopack_hooks.core.findings import Finding, Severity

MANY = 20
"""From this many errors on, nobody mends them before the next commit: accepting the old ones is offered."""


def plural(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def severities(counts: Mapping[str, int]) -> str:
    """Return how many findings there are of each severity, the gravest first."""
    said = [plural(counts[name], name) for name in ("error", "warning") if counts.get(name)]
    return ", ".join([*said, *([f"{counts['info']} info"] if counts.get("info") else [])])


def summary(findings: Sequence[Finding], fixes: Iterable[tuple[int, str]], accept: str) -> str:
    """Return the line about ``findings``; empty where there are none.

    Args:
        findings: what was reported.
        fixes: a number of findings and the command that mends them.
        accept: the command that accepts what is there; only offered where there is much.
    """
    if not findings:
        return ""
    ways = ", ".join(f"{number} by `{command}`" for number, command in fixes if number)
    counts = Counter(finding.severity.value for finding in findings)
    line = severities(counts) + (f"; can be fixed: {ways}" if ways else "")
    if counts[Severity.ERROR.value] >= MANY:
        line += f"; to accept what is there and fail on new ones only, run `{accept}` and commit the file"
    return line
