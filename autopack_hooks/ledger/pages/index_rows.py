"""Rows for an index in another file: written as its other rows are, at the place that their order gives."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from autopack_hooks.core.edits import Edit, apply_edits
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.cells import as_cell
from autopack_hooks.ledger.dialect import DATE, ID, STATUS, TITLE, Column
from autopack_hooks.ledger.model import Entry, IndexFile, Ledger, Listing
from autopack_hooks.ledger.pages.index_file import ITEM, LINK, References, parse_index
from autopack_hooks.markdown.referee import parsers_agree

_COLUMNS: tuple[Column, ...] = (
    Column("ID", ID),
    Column("Title", TITLE),
    Column("Status", STATUS),
    Column("Date", DATE),
)
_PATH = re.compile(r"`([^`\s]+\.md)`")


def place_of_rows(index: IndexFile) -> int | None:
    """Return the number of the table or list that new rows belong to; None where it is not certain which one that is.

    It is the one that lists all that the others list as well, else the only table without rows. An index that has neither
    gets a table, whose number is 0.
    """
    ids: dict[int, set[str]] = {number: set() for number in range(len(index.groups))}
    for listing in index.listings:
        if listing.group >= 0:
            ids[listing.group].add(listing.entry_id)
    if not any(ids.values()):
        return min(ids, default=0) if len(ids) < 2 else None
    best = max(ids, key=lambda number: len(ids[number]))
    return best if all(own <= ids[best] for own in ids.values()) else None


def with_rows(source: SourceText, ledger: Ledger, entry_ids: Sequence[str]) -> str | None:
    """Return the index file ``source`` with rows for those entries of ``ledger`` that it lacks.

    None where it is not certain where they belong, or where the result would not be read as it is meant.
    """
    first = index = parse_index(source, ledger)
    place = place_of_rows(index)
    if source.fault or place is None:
        return None
    missing = [entry_id for entry_id in entry_ids if entry_id not in index.ids]
    for entry_id in missing:
        writer = _Writer(index, ledger, ledger.entries[entry_id])
        text = apply_edits(index.document.source.text, [writer.edit(place)])
        index = parse_index(SourceText.from_text(source.path, text, bom=source.bom), ledger)
    text, structure = index.document.source.text, index.document.structure
    listed = {listing.entry_id for listing in index.listings if listing.group == place}
    headings = [[heading.text for heading in found.document.structure.headings] for found in (first, index)]
    meant = index.ids == first.ids | set(missing) and listed >= set(missing) and headings[0] == headings[1]
    return text if meant and parsers_agree(structure, text) else None


@dataclass(frozen=True)
class _Writer:
    """Writes the row of one entry into an index."""

    index: IndexFile
    ledger: Ledger
    entry: Entry

    def edit(self, place: int) -> Edit:
        """Return the edit that adds the row to the table or list with the number ``place``."""
        source, newline = self.index.document.source, self.index.document.source.newline
        rows = [listing for listing in self.index.listings if listing.group == place]
        if not self.index.groups:
            columns, line = _COLUMNS, len(source.lines)
            header = "| " + " | ".join(column.header for column in columns) + " |"
            text = newline.join(["", header, "|" + "---|" * len(columns), self._fresh(columns)])
        elif not rows:
            columns, line = self.index.groups[place].columns, self.index.groups[place].last
            text = self._fresh(columns)
        else:
            line, model, loose = self._where(rows)
            columns = self.index.groups[place].columns
            text = self._like(model, columns) if columns else self._item(model)
            text = f"{text}{newline}" if loose and line < rows[-1].end else f"{newline * loose}{text}"
        return self._below(line, text)

    def _where(self, rows: Sequence[Listing]) -> tuple[int, Listing, bool]:
        """Return the line below which the row goes, the row that it is written like, and whether blank lines part them."""
        rank = self.ledger.dialect.rank
        ranks = [rank(row.entry_id) for row in rows]
        own, falling = rank(self.entry.entry_id), ranks[0] > ranks[-1]
        before = [row for row, other in zip(rows, ranks, strict=True) if (other > own if falling else other < own)]
        known = [row for row in rows if row.entry_id in self.ledger.entries]
        below = before[-1] if before else None
        model = below if below in known else next(iter(known), rows[0])
        loose = any(after.line > row.end + 1 for row, after in pairwise(rows))
        return (below.end if below else rows[0].line - 1), model or rows[0], loose

    def _below(self, line: int, text: str) -> Edit:
        """Return the edit that puts ``text`` below a line."""
        source = self.index.document.source
        if line < len(source.lines):
            at = source.offset(line + 1)
            return Edit(at, at, text + source.newline)
        end = len(source.text)
        begun = source.text and not source.text.endswith(("\n", "\r"))
        return Edit(end, end, f"{source.newline if begun else ''}{text}{source.newline}")

    def _fresh(self, columns: Sequence[Column]) -> str:
        """Return the row for a table without others: the id, or else the title, is a link to the entry's file."""
        linked = ID if any(column.role == ID for column in columns) else TITLE
        cells = []
        for column in columns:
            text = self.entry.entry_id if column.role == ID else self._said(column)
            cells.append(f"[{_label(text)}]({self._target('')})" if column.role == linked else text)
        return "| " + " | ".join(as_cell(cell) for cell in cells) + " |"

    def _like(self, model: Listing, columns: Sequence[Column]) -> str:
        """Return a row of the table that is written like the row ``model``."""
        cells = []
        for column, cell in zip(columns, model.cells, strict=False):
            own = ID if self._is_id(cell.text, model) else column.role
            cells.append(self._text(cell.text, own, model, self._said(column)))
        cells += [""] * (len(columns) - len(cells))
        bars = self.index.document.source.lines[model.line - 1].lstrip().startswith("|")
        row = " | ".join(as_cell(cell) for cell in cells)
        return f"| {row} |" if bars else row

    def _item(self, model: Listing) -> str:
        """Return an item of the list that is written like the item ``model``."""
        line, (cell,) = self.index.document.source.lines[model.line - 1], model.cells
        lead = ITEM.match(line)
        start = lead[1] if lead else "- "
        link = LINK.match(cell.text)
        if link and self._is_id(link[1], model):
            parting = re.match(r"\s*[:\u2013\u2014-]\s*", cell.text[link.end() :])
            text = self._text(link.group(), ID, model, "") + (parting.group() + self.entry.title if parting else "")
        else:
            text = self._text(link.group() if link else cell.text, TITLE, model, self.entry.title)
        number = re.match(r"\s*([0-9]+)(?=[.)])", start)
        if number:
            start = f"{start[: number.start(1)]}{int(number[1]) + 1}{start[number.end(1) :]}"
        return start + text

    def _is_id(self, text: str, model: Listing) -> bool:
        """Return whether a cell holds the id of its row and nothing else."""
        bare = LINK.sub(r"\1", text).strip("*_`[] ")
        return re.fullmatch(rf"(?:{self._prefix}[-_ ]?)?#?0*{re.escape(_number(model.entry_id))}\.?", bare) is not None

    @property
    def _prefix(self) -> str:
        return f"(?i:{re.escape(self.ledger.dialect.prefix)})" if self.ledger.dialect.prefix else ""

    def _text(self, text: str, role: str, model: Listing, said: str) -> str:
        """Return the cell of the new row where the row ``model`` has ``text``."""
        link = LINK.search(text)
        if link and role in (ID, TITLE):
            label = self._words(link[1], role, model, _label(said))
            return f"{text[: link.start()]}[{label}]({self._target(link[2])}){text[link.end() :] if role == ID else ''}"
        path = _PATH.fullmatch(text) or LINK.fullmatch(text)
        if path:
            old = path[path.lastindex or 1]
            new, name = self._target(old), posixpath.basename(old)
            label = posixpath.basename(new) if path[1] == name else self._words(path[1], ID, model, said)
            return f"`{new}`" if path.re is _PATH else f"[{label}]({new})"
        return self._words(text, role, model, said)

    def _words(self, text: str, role: str, model: Listing, said: str) -> str:
        """Return the id as ``text`` has that of ``model``, or ``said``, with the id before it where it stands there."""
        number = re.escape(_number(model.entry_id))
        match = re.search(rf"(?<![0-9])0*{number}(?![0-9])", text)
        if role == ID:
            if match is None:
                return self.entry.entry_id if text == model.entry_id else text
            return text[: match.start()] + _number(self.entry.entry_id).zfill(len(match.group())) + text[match.end() :]
        lead = re.match(rf"[*_`]*(?:{self._prefix}[-_ ]?)?0*{number}[*_`]*(?:\s*[.:\u2013\u2014-]\s*|\s+)", text)
        if role == TITLE and lead and self._prefix:
            return self._words(lead.group(), ID, model, "") + said
        return said

    def _said(self, column: Column) -> str:
        """Return what the entry says of a column: of its role, or in a field of its name."""
        if column.role == TITLE:
            return self.entry.title
        value = self.entry.value(column.role) if column.role in (STATUS, DATE) else None
        fields = {name.lower(): said.text for section in self.entry.sections for name, said in section.fields.items()}
        return value.text if value else fields.get(column.header.lower(), "")

    def _target(self, like: str) -> str:
        """Return the target of a link to the entry, written as the target ``like`` is: from the folder, or from the root."""
        path, folder = self.entry.parts[0].path, posixpath.dirname(self.index.path)
        files = {document.path for document in self.ledger.documents}
        near, root = [*References(self.ledger, self.index.path).paths(like), "", ""][:2]
        if near not in files and root in files:
            return f"/{path}" if like.startswith("/") else path
        target = posixpath.relpath(path, folder or ".").replace(" ", "%20")
        return f"./{target}" if like.startswith("./") else target


def _number(entry_id: str) -> str:
    """Return the number of an id without leading zeros."""
    return entry_id.rpartition("-")[2].lstrip("0") or "0"


def _label(text: str) -> str:
    """Return a text as the label of a link."""
    return re.sub(r"(?<!\\)([\[\]])", r"\\\1", text)
