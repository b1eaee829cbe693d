"""LED001 undecodable text, LED002 conflict markers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack_hooks.checks.context import Context, finding
from autopack_hooks.findings import Finding
from autopack_hooks.ledger.model import Ledger

_MARKER = re.compile(r"(<{7}|>{7}|\|{7}) |(<{7}|>{7}|\|{7}|={7})$")


def undecodable(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """The first byte that is no text."""
    fault = ledger.source.fault
    if fault:
        yield finding(ledger, "LED001", fault.line, fault.column, f"{fault.reason}; save the file as UTF-8")


def conflict_markers(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """Lines that start with a marker; equal signs only between the other two, elsewhere they underline a heading."""
    text = ledger.source.text
    if "<<<<<<<" not in text and ">>>>>>>" not in text:
        return
    inside = False
    for number, line in enumerate(ledger.source.lines, 1):
        match = _MARKER.match(line)
        if not match:
            continue
        kind = (match[1] or match[2])[0]
        if kind == "<":
            inside = True
        if kind in "<>" or inside:
            yield finding(
                ledger, "LED002", number, 1, f"conflict marker {line[:40].rstrip()!r}; resolve the conflict", end=8
            )
        if kind == ">":
            inside = False
