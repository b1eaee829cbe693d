"""The entries of the report: which are open, in force, superseded, new, and most cited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autopack_hooks.report.html import CitedEntry, EntryList, LedgerLine, ListedEntry
from autopack_hooks.search.memory import KnownEntry, Memory

_LISTED, _NEWEST, _CITED, _CITING, _LEDGERS = 30, 6, 15, 12, 40


def entry_parts(memory: Memory) -> dict[str, Any]:
    """Return the fields of the page that come from the entries."""
    entries = memory.entries
    cited = sorted(memory.cited_by.items(), key=lambda item: -len(item[1]))
    known = {entry.entry_id: entry for entry in reversed(entries)}
    return {
        "ledgers": _ledgers(memory),
        "days": _days(memory),
        "problems": _listing([entry for entry in entries if entry.open_problem], _LISTED),
        "in_force": _listing([entry for entry in entries if entry.in_force], _LISTED),
        "superseded": _listing([entry for entry in entries if entry.superseded], _LISTED),
        "newest": _listing(entries, _NEWEST),
        "cited": [CitedEntry(_listed(known[name]), ids[:_CITING], len(ids)) for name, ids in cited[:_CITED]],
        "citations": sum(map(len, memory.cites.values())),
    }


def _ledgers(memory: Memory) -> list[LedgerLine]:
    found = []
    for ledger in memory.ledgers[:_LEDGERS]:
        days = sorted(entry.day for entry in memory.entries if entry.ledger == ledger.name and entry.day)
        first, last = (days[0], days[-1]) if days else ("", "")
        found.append(LedgerLine(ledger.name, ledger.path, len(ledger.entries), first, last))
    return found


def _days(memory: Memory) -> dict[str, list[str]]:
    """Return ledger -> the day of each of its entries."""
    found: dict[str, list[str]] = {ledger.name: [] for ledger in memory.ledgers}
    for entry in memory.entries:
        found[entry.ledger].append(entry.day)
    return found


def _listing(entries: Sequence[KnownEntry], most: int) -> EntryList:
    return EntryList([_listed(entry) for entry in entries[:most]], len(entries))


def _listed(entry: KnownEntry) -> ListedEntry:
    text = entry.gist
    if text.lower().startswith(entry.title.lower()):
        text = text[len(entry.title) :].lstrip(" :.,;-\u2013\u2014")
    elif entry.title.lower().startswith(text.lower().rstrip(".\u2026")):
        text = ""  # it would be read twice
    place = f"{entry.path}:{entry.line}"
    status = entry.status or entry.shown_status
    if entry.superseded_by and not any(name.lower() in status.lower() for name in entry.superseded_by):
        status = f"Superseded by {', '.join(entry.superseded_by)}"
    return ListedEntry(entry.entry_id, entry.title, entry.day, status, text, place)
