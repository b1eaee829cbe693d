"""Findings: the values that checks yield. They never print and never exit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple


class Severity(StrEnum):
    """The weight of a finding: only errors make a command fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(NamedTuple):
    """One fault at one place.

    ``path`` is repository-relative with forward slashes; ``line`` and ``column`` count from 1, and
    ``end_line``/``end_column`` (exclusive) are given where a span is known. ``context`` is what identifies
    the finding when lines move (an id, a link target); without it the message does. ``mentions`` is how often a line says
    what is wrong, for findings that are reported once a ledger; 0 for all others.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    severity: Severity = Severity.ERROR
    end_line: int | None = None
    end_column: int | None = None
    fixable: bool = False
    ledger: str | None = None
    entry_id: str | None = None
    context: str = ""
    mentions: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the fixed JSON form of a finding."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line,
            "end_column": self.end_column,
            "message": self.message,
            "fixable": self.fixable,
            "ledger": self.ledger,
            "entry_id": self.entry_id,
        }


def once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings, of those with mentions only the first one of each ledger and context, with the sum of them."""
    groups: dict[tuple[str, str | None, str], list[Finding]] = {}
    for finding in findings:
        if finding.mentions:
            groups.setdefault((finding.code, finding.ledger, finding.context), []).append(finding)
        else:
            yield finding
    for group in groups.values():
        first = min(group, key=lambda f: (f.path, f.line, f.column))
        times = sum(finding.mentions for finding in group)
        yield first._replace(message=f"{first.message}; named {times} times") if times > 1 else first


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by path, place and code, each of them once."""
    return sorted(set(findings), key=lambda f: (f.path, f.line, f.column, f.code, f.message))


def failed(findings: Iterable[Finding]) -> bool:
    """Return whether any of them is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
