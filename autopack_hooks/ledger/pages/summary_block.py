"""The block that a README or an index page can carry: a table of the ledgers, kept right by the fixer.

It stands between ``<!-- AUTOPACK:BEGIN summary -->`` and ``<!-- AUTOPACK:END -->``, each on a line of its own.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

from autopack_hooks.core.edits import Edit
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.cells import as_cell
from autopack_hooks.ledger.dialect import STATUS
from autopack_hooks.ledger.model import Entry, Ledger
from autopack_hooks.ledger.pages.sot_block import SOT_MARK, sot_edits
from autopack_hooks.markdown.reader import read
from autopack_hooks.markdown.structure import HTML_BLOCK

MARK = "AUTOPACK:BEGIN"
MARKS = (MARK, SOT_MARK)
"""What a page with a block has in its text."""
_BEGIN = re.compile(r" {0,3}<!--\s*AUTOPACK:BEGIN\s+summary\s*-->\s*$")
_OTHER = re.compile(r" {0,3}<!--\s*AUTOPACK:BEGIN\b.*-->\s*$")
_END = re.compile(r" {0,3}<!--\s*AUTOPACK:END\s*-->\s*$")
_WORD = re.compile(r"[^\W\d_][\w-]*(?: [^\W\d_][\w-]*)?")
_TITLE_LENGTH = 80
_DAWN = datetime(1, 1, 1, tzinfo=UTC)


def summary_edits(source: SourceText, ledgers: Sequence[Ledger]) -> tuple[list[Edit], list[str]]:
    """Return what brings the blocks of the page ``source`` up to date, those of the older tool (sot_block.py) included.

    And a line for each block that cannot be understood.
    """
    older, unknown = sot_edits(source, ledgers)
    edits, faults = _table_edits(source, ledgers)
    return [*older, *edits], [*unknown, *faults]


def _table_edits(source: SourceText, ledgers: Sequence[Ledger]) -> tuple[list[Edit], list[str]]:
    if MARK not in source.text:
        return [], []
    lines = summary_table(ledgers, PurePosixPath(source.path).parent)
    wanted = source.newline.join(["", *lines, "", ""])
    edits, faults = [], []
    for begin, end in _blocks(source):
        if not end:
            faults.append(f"line {begin}: a generated block needs `AUTOPACK:BEGIN summary` and `AUTOPACK:END`")
            continue
        start, stop = source.offset(begin + 1), source.offset(end)
        if source.text[start:stop] != wanted:
            edits.append(Edit(start, stop, wanted))
    return edits, faults


def _blocks(source: SourceText) -> Iterator[tuple[int, int]]:
    """Yield the lines of each block's two comments; 0 for the second where the block is not understood. Not in code."""
    opaque = read(source.text).opaque
    code = {n for block in opaque if block.kind != HTML_BLOCK for n in range(block.start, block.end + 1)}
    begin = 0
    for number, line in enumerate(source.lines, 1):
        if number in code or "AUTOPACK:" not in line:
            continue
        if _END.match(line) and begin:
            yield begin, number
            begin = 0
        elif _OTHER.match(line):
            if begin:
                yield begin, 0
            begin = number if _BEGIN.match(line) else 0
            if not begin:
                yield number, 0
    if begin:
        yield begin, 0


def summary_table(ledgers: Iterable[Ledger], folder: PurePosixPath) -> list[str]:
    """Return the lines of the table, with links that are right on a page in ``folder``."""
    lines = ["| Ledger | Entries | Latest | Status |", "|---|---|---|---|"]
    for ledger in ledgers:
        entries = list(ledger.entries.values())
        place = ledger.path if not any(c in ledger.path for c in "*?[") else f"{PurePosixPath(ledger.path).parent}/"
        link = os.path.relpath(place, folder).replace(os.sep, "/").replace(" ", "%20")
        latest = _latest(ledger) if entries else ""
        lines.append(f"| [{ledger.name}]({link}) | {len(entries)} | {latest} | {_statuses(entries)} |")
    return lines


def _latest(ledger: Ledger) -> str:
    newest = max(ledger.entries.values(), key=lambda entry: (entry.date or _DAWN, ledger.dialect.rank(entry.entry_id)))
    title = newest.title if len(newest.title) <= _TITLE_LENGTH else newest.title[:_TITLE_LENGTH].rstrip() + "..."
    day = f", {newest.date:%Y-%m-%d}" if newest.date else ""
    return as_cell(f"{newest.entry_id}{day}: {title}".replace("`", "").replace("[", "(").replace("]", ")"))


def _statuses(entries: Iterable[Entry]) -> str:
    """Return how many entries have which status, by its first words, the most frequent one first."""
    said = (entry.value(STATUS) for entry in entries)
    found = Counter(match.group().capitalize() for status in said if status and (match := _WORD.search(status.text)))
    return ", ".join(f"{word} {count}" for word, count in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
