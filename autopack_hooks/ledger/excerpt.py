"""A ledger's text cut into spans of which some can be parsed without the others, to the same end.

Cut is at entry headings without indentation, and at the rows of the INDEX above them. Such a heading ends every open
section, list, quote and paragraph, so that what is below it is read as if nothing stood above, unless a fence or HTML
is open there; and of a table's rows any may be missing between the first and the blank line behind the last. So an
excerpt, which is the text of some spans one after another, says of the ids in them what the whole text says; and where
a fence, HTML or whatever else stands in the way, the parse of the excerpt shows it (``ids_by_span``).

Where exactly the cuts are depends on nothing but the line at each, so that an edit moves no cut but those it touches.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple
from zlib import crc32

from autopack_hooks.core.text import front_matter_end
from autopack_hooks.ledger.dialect import FILES, Dialect
from autopack_hooks.ledger.headings import parse_heading
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.tables import is_index


class Grain(NamedTuple):
    """About how many entries, and rows, are between two cuts: of fewer less is parsed again, of more less is compared."""

    entries: int
    rows: int


GRAIN = Grain(entries=16, rows=64)


# A table between blank lines: its header, the rule below it and its first row, and then all other rows.
_TABLE = re.compile(
    r"^[ \t]*\n(?P<header>\|[^\n]*\n\|[-:| \t]+\n)\|[^\n]*\n(?P<rows>(?:\|[^\n]*\n)+)(?=[ \t]*(?:\n|\Z))", re.MULTILINE
)


class Span(NamedTuple):
    """A piece of a text: its place, and a ``digest`` of all that decides what it says.

    ``kind`` is ``entries`` (from one entry heading to another) or ``rows`` (of the INDEX), or else ``frame``: what is
    above the first entry heading that is cut at. Where rows are cut out of that, the part above them is the ``index``
    and ends with the first row. Those with ``always`` are part of every excerpt.
    """

    kind: str
    start: int
    end: int
    digest: str
    always: bool = False


def cut(text: str, dialect: Dialect, grain: Grain = GRAIN) -> list[Span]:
    r"""Return the spans of ``text``, whose newlines are all ``\\n``.

    None overlap, and all together they are the text.
    """
    starts = [] if dialect.entries == FILES else list(_starts(text, dialect, grain.entries))
    if text.startswith("---") and not front_matter_end(text[: min([*starts, len(text)])].split("\n")):
        # It may be a front matter that ends further below.
        starts = []
    spans = _cut_frame(text, min([*starts, len(text)]), dialect, grain.rows)
    for start, end in pairwise([*starts, len(text)]):
        # What a fence leaves open at the end matters where something follows, so the last span is another one then.
        last = end == len(text)
        spans.append(Span("entries", start, end, _digest("last" if last else "entries", text[start:end]), last))
    return spans


def _cut_frame(text: str, end: int, dialect: Dialect, apart: int) -> list[Span]:
    table = next((found for found in _TABLE.finditer(text, 0, end) if is_index(found["header"], dialect)), None)
    if table is None:
        return [Span("frame", 0, end, _digest("frame", text[:end]), True)]
    above, below = table.span("rows")
    # An entry that begins above the rows may end below them, so neither half is the same without the other.
    halves = text[:above], text[below:end]
    return [
        Span("index", 0, above, _digest("index", *halves), True),
        *_cut_rows(table, apart),
        Span("frame", below, end, _digest("below", *halves), True),
    ]


def _cut_rows(table: re.Match[str], apart: int) -> Iterator[Span]:
    start = at = table.start("rows")
    for row in table["rows"].split("\n")[:-1]:
        at += len(row) + 1
        if _chosen(row, apart) or at == table.end("rows"):
            # The header says which cell is the id.
            yield Span("rows", start, at, _digest("rows", table["header"], table.string[start:at]))
            start = at


def _starts(text: str, dialect: Dialect, apart: int) -> Iterator[int]:
    """Yield the offsets of the entry headings to cut at."""
    marks = "|".join("#" * level for level in dialect.levels)
    for match in re.finditer(rf"\n((?P<marks>{marks})[ \t]([^\n]*))", text):
        if _chosen(match[1], apart) and parse_heading(match[3], len(match["marks"]), dialect):
            yield match.start(1)


def _chosen(line: str, apart: int) -> bool:
    """Return whether to cut at a line, as it is with one of ``apart`` lines."""
    # Lines that differ in a number have checksums that differ in few bits; Knuth's multiplier spreads these.
    return crc32(line.encode()) * 2654435761 % 2**32 * apart < 2**32


def _digest(*parts: str) -> str:
    """No text that is cut holds a NUL. 128 bits are more than anybody can make collide."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def excerpt(text: str, spans: Sequence[Span]) -> str:
    """Return the text of ``spans`` alone."""
    return "".join(text[span.start : span.end] for span in spans)


def ids_by_span(document: Document, text: str, spans: Sequence[Span]) -> list[list[str]] | None:
    """Return the ids of which each of ``spans`` says something, in document order; ``document`` is the excerpt of them.

    None where one of them does not stand for itself: then nothing can be said of this text but by parsing all of it.
    """
    heights = (text.count("\n", span.start, span.end) for span in spans)
    lines = list(accumulate(heights, initial=1))
    sections = {section.line for section in document.sections}
    rows = {row.line for row in document.rows if row.place == "index"}
    for span, (line, behind) in zip(spans, pairwise(lines), strict=True):
        # A row that is read as one vouches for those behind it: nothing that hides it can end before the table does.
        if (span.kind == "entries" and line not in sections) or (span.kind == "index" and behind - 1 not in rows):
            return None
    found: list[dict[str, None]] = [{} for _ in spans]
    for part in document.parts:
        if part.entry_id is not None:
            found[bisect_right(lines, part.line, hi=len(spans)) - 1][part.entry_id] = None
    return [list(ids) for ids in found]
