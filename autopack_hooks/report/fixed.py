"""What a fixer changed in a file, counted by comparing the entries before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from autopack_hooks.ledger.model import Document, IndexRow
from autopack_hooks.ledger.render import wrong_values
from autopack_hooks.report.summary import plural

_COUNTS = ("LED016", "LED018")
_SHOWN = 20


def changes(before: Document, after: Document) -> str:
    """Return what changed from ``before`` to ``after``: `1 count, 2 rows, 3 stub sections`; empty where nothing did.

    Stub sections are named, so that somebody can write them.
    """
    if before.source.text == after.source.text:
        return ""
    kinds = {
        **_values(before, after),
        "row": _rows(before.rows, after.rows),
        "blank line": int(len(after.swallowed) < len(before.swallowed)),
        "heading": _headings(before, after),
    }
    said = [plural(count, kind) for kind, count in kinds.items() if count > 0]
    if _are_sorted_anew(before.rows, after.rows):
        said.append("the order of the rows")
    stubs = new_stubs(before, after)
    if stubs:
        said.append(f"{plural(len(stubs), 'stub section')} ({named_ids(stubs)})")
    return ", ".join(said or ["layout"])


def named_ids(ids: Sequence[str]) -> str:
    """Return the first of the ``ids``, and how many more there are."""
    more = len(ids) - _SHOWN
    return ", ".join(ids[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def new_stubs(before: Document, after: Document) -> list[str]:
    """Return the ids of the entries that got a section."""
    return [i for i, entry in after.entries.items() if entry.sections and not before.entries[i].sections]


def _values(before: Document, after: Document) -> dict[str, int]:
    """Return how many generated values were corrected, by what they are."""
    left = {(wrong.code, wrong.name) for wrong in wrong_values(after)}
    done = [wrong.code for wrong in wrong_values(before) if (wrong.code, wrong.name) not in left]
    counts = sum(code in _COUNTS for code in done)
    fields = done.count("LED015")
    return {"count": counts, "META field": fields, "time": len(done) - counts - fields}


def _rows(before: Iterable[IndexRow], after: Iterable[IndexRow]) -> int:
    """Return how many rows were added, corrected, moved or joined."""
    old, new = (Counter((row.entry_id, row.text, row.place) for row in rows) for rows in (before, after))
    added = Counter(entry_id for entry_id, _, _ in (new - old).elements())
    removed = Counter(entry_id for entry_id, _, _ in (old - new).elements())
    return (added | removed).total()


def _headings(before: Document, after: Document) -> int:
    old, new = ([section.heading for section in document.sections] for document in (before, after))
    return (Counter(old) - Counter(new)).total()


def _are_sorted_anew(before: Iterable[IndexRow], after: Iterable[IndexRow]) -> bool:
    """Return whether the rows that both have are in another order."""
    old, new = ([row.text for row in rows if row.place == "index"] for rows in (before, after))
    common = set(old) & set(new)
    return [text for text in old if text in common] != [text for text in new if text in common]
