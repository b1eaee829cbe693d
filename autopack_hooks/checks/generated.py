"""LED015 to LED019: the META block and the SUMMARY, which say what the entries say or are wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack_hooks.checks.context import Context, finding
from autopack_hooks.findings import Finding
from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.model import Ledger, Placed

_UNIQUE = re.compile(r"(?<!\d)(\d+) unique\b")
_FIRST = re.compile(r"\d+")
_UPDATED = re.compile(r"Last updated:\s*(.*)")


def meta(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """The fields of META against the entries."""
    if not ledger.metas:
        return
    first, *others = ledger.metas
    for other in others:
        message = f"a second META block; the first is on line {first.line}"
        yield finding(ledger, "LED019", other.line, other.column, message, context="META")
    for name in (*ledger.dialect.meta_fields, ledger.dialect.count_field):
        if name not in first.fields:
            yield finding(ledger, "LED015", first.line, first.column, f"META has no {name}", context=name)
    count = first.fields.get(ledger.dialect.count_field)
    if count and count.text != str(len(ledger.entries)):
        message = (
            f"{ledger.dialect.count_field} is {count.text or 'empty'}, but there are {len(ledger.entries)} entries"
        )
        yield finding(ledger, "LED016", count.line, count.column, message, context=ledger.dialect.count_field)
    updated = first.fields.get("Last_Updated")
    if updated:
        yield from _time(ledger, updated, "Last_Updated")


def summary(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """The counts and the time of the generated summary."""
    said = ledger.summary
    if said is None:
        return
    match = _UNIQUE.search(said.text) or _FIRST.match(said.text)
    number = match and (match[1] if match.lastindex else match.group())
    if match and int(str(number)[:9]) != len(ledger.entries):
        message = f"the SUMMARY counts {number}, but there are {len(ledger.entries)} entries"
        yield finding(ledger, "LED018", said.line, said.column + match.start(), message, context="count")
    updated = _UPDATED.search(said.text)
    if updated:
        yield from _time(ledger, Placed(updated[1].rstrip(), said.line, said.column + updated.start(1)), "Last updated")


def _time(ledger: Ledger, said: Placed, name: str) -> Iterator[Finding]:
    if not parse_date(said.text):
        message = f"{name}: {said.text[:40]!r} is no time; write it as 2026-01-03T00:00:00Z"
        yield finding(ledger, "LED017", said.line, said.column, message, context=name)
