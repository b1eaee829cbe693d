"""INDEX rows: where they stand, their cells, and the rows that lost their table.

Cells are split as GitHub Flavored Markdown does: at every ``|`` that no backslash escapes, code spans or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dates import looks_like_date
from autopack_hooks.ledger.dialect import DATE, ID, Column, Dialect
from autopack_hooks.ledger.model import IndexRow, PlacedText
from autopack_hooks.markdown.assemble import Structure
from autopack_hooks.markdown.structure import Table

_ROW = re.compile(r" {0,3}\|")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_DELIMITER_CELL = re.compile(r":?-+:?")
_PIPE = re.compile(r"(?<!\\)(?:\\\\)*\|")


def split_row(line: str, number: int, start: int = 0) -> tuple[tuple[PlacedText, ...], tuple[int, ...]]:
    """Return the cells of ``line[start:]`` (stripped) and the columns, from 1, of its unescaped pipes."""
    pipes = _pipes(line, start)
    bounds = [start - 1, *pipes, len(line)]
    spans = [(a + 1, b) for a, b in pairwise(bounds)]
    # The pipes at both ends only enclose the row.
    if pipes and not line[start : pipes[0]].strip():
        spans.pop(0)
    if pipes and len(spans) > 0 and not line[pipes[-1] + 1 :].strip():
        spans.pop()
    cells = []
    for a, b in spans:
        raw = line[a:b]
        cells.append(PlacedText(raw.strip(), number, a + len(raw) - len(raw.lstrip()) + 1))
    return tuple(cells), tuple([pipe + 1 for pipe in pipes])


def _pipes(line: str, start: int) -> list[int]:
    """Return the offsets of the unescaped pipes of ``line`` from ``start`` on."""
    if "\\" in line:
        return [match.end() - 1 for match in _PIPE.finditer(line, start)]
    found = []
    at = line.find("|", start)
    while at >= 0:
        found.append(at)
        at = line.find("|", at + 1)
    return found


def find_rows(
    source: SourceText, structure: Structure, hidden: set[int], dialect: Dialect
) -> tuple[list[IndexRow], list[int]]:
    """Return the INDEX rows of ``source`` in document order, and the lines of prose that the INDEX table swallows.

    Args:
        source: the text.
        structure: what the reader found in it.
        hidden: the lines that hold no Markdown text, in which nothing is a row.
        dialect: how the ledger is written.
    """
    rows: list[IndexRow] = []
    swallowed: list[int] = []
    if not dialect.columns:
        return rows, swallowed
    in_tables: set[int] = set()
    for table in structure.tables:
        last = _last_row(source, table)
        header = _index_header(source, table, dialect)
        if header is not None:
            rows.extend(_read(source, n, 0, "index", header, dialect) for n in range(table.start + 2, last + 1))
            # GitHub ends a table at HTML, which the reader takes for a row.
            if last < table.end and not source.lines[last].lstrip().startswith("<"):
                swallowed.append(last + 1)
        in_tables.update(range(table.start, last + 1))
    rows.extend(_outside(source, hidden | in_tables, dialect))
    return sorted(rows, key=lambda row: (row.line, row.column)), swallowed


def _last_row(source: SourceText, table: Table) -> int:
    """Return the last line that is written as a row; what follows in the table is prose that it swallows."""
    lines = range(table.start + 2, table.end + 1)
    return next((number - 1 for number in lines if not _ROW.match(source.lines[number - 1])), table.end)


def _outside(source: SourceText, known: set[int], dialect: Dialect) -> Iterator[IndexRow]:
    """Yield the rows of entries that stand on no line of a table, or start in the middle of a line of prose."""
    pattern = re.compile(rf"\|\s*[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[^|]*\|\s*{dialect.id_expression}\s*\|")
    for number, line in enumerate(source.lines, 1):
        if "|" not in line or number in known:
            continue
        match = _ROW.match(line) or pattern.search(line)
        if match:
            start = 0 if match.re is _ROW else match.start()
            place = "glued" if line[:start].strip() else "outside"
            row = _read(source, number, start, place, dialect.columns, dialect)
            if _is_entry_row(row):
                yield row


def _index_header(source: SourceText, table: Table, dialect: Dialect) -> tuple[Column, ...] | None:
    """Return the columns of a table, as its header orders them, when it is the dialect's INDEX."""
    line = source.lines[table.start - 1]
    if not _ROW.match(line):
        return None
    return _columns(line, dialect)


def _columns(header: str, dialect: Dialect) -> tuple[Column, ...] | None:
    known = {column.header.lower(): column for column in dialect.columns}
    cells, _ = split_row(header, 0)
    columns = tuple(known.get(cell.text.lower(), Column(cell.text)) for cell in cells)
    return columns if any(column.role == ID for column in columns) else None


def is_index(lines: str, dialect: Dialect) -> bool:
    """Return whether ``lines`` are the header of an INDEX and the rule below it."""
    header, _, rule = lines.partition("\n")
    return _is_delimiter(rule.strip("\n")) and _columns(header, dialect) is not None


def _is_delimiter(line: str) -> bool:
    """Return whether ``line`` is the row of hyphens under a table's header."""
    if "-" not in line or line.strip(" \t|:-"):
        return False
    cells = line.strip().removeprefix("|").removesuffix("|").split("|")
    return all(_DELIMITER_CELL.fullmatch(cell.strip()) for cell in cells)


def _read(
    source: SourceText, number: int, start: int, place: str, columns: Sequence[Column], dialect: Dialect
) -> IndexRow:
    line = source.lines[number - 1]
    cells, pipes = split_row(line, number, start)
    values: dict[str, PlacedText] = {}
    for column, cell in zip(columns, cells, strict=False):
        values.setdefault(column.role, cell)
    at = start + len(line[start:]) - len(line[start:].lstrip()) + 1
    text = values[ID].text.strip("*` ") if ID in values else ""
    link = _LINK.fullmatch(text)
    text = link[1] if link else text.strip("*`[] ")
    entry_id = text if dialect.id_pattern.fullmatch(text) else None
    return IndexRow(source.path, number, at, cells, pipes, place, entry_id, values, len(columns))


def _is_entry_row(row: IndexRow) -> bool:
    return row.entry_id is not None and DATE in row.values and looks_like_date(row.values[DATE].text)


class IndexTable(NamedTuple):
    """An INDEX table: its columns, the line of its header, and that of its last row (or of the rule below the header)."""

    columns: tuple[Column, ...]
    header: int
    last: int


def index_tables(source: SourceText, structure: Structure, dialect: Dialect) -> list[IndexTable]:
    """Return the INDEX tables of ``source`` in document order."""
    tables = []
    for table in structure.tables:
        columns = _index_header(source, table, dialect)
        if columns is not None:
            tables.append(IndexTable(columns, table.start, _last_row(source, table)))
    return tables
