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
from autopack_hooks.ledger.model import IndexRow, Placed

_ROW = re.compile(r" {0,3}\|")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_DELIMITER_CELL = re.compile(r":?-+:?")
_PIPE = re.compile(r"(?<!\\)(?:\\\\)*\|")
# The start of a line that a table above it takes in: of no other block (heading, quote, list, rule, fence, HTML).
_PROSE = re.compile(r"(?![-*_]{3}|[-+*]\s|\d{1,9}[.)]\s|```|~~~)[^\s#>|<]")


def split_row(line: str, number: int, start: int = 0) -> tuple[tuple[Placed, ...], tuple[int, ...]]:
    """The cells of ``line[start:]`` (stripped) and the columns, from 1, of its unescaped pipes."""
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
        cells.append(Placed(raw.strip(), number, a + len(raw) - len(raw.lstrip()) + 1))
    return tuple(cells), tuple([pipe + 1 for pipe in pipes])


def _pipes(line: str, start: int) -> list[int]:
    """The offsets of the unescaped pipes of ``line`` from ``start`` on."""
    if "\\" in line:
        return [match.end() - 1 for match in _PIPE.finditer(line, start)]
    found = []
    at = line.find("|", start)
    while at >= 0:
        found.append(at)
        at = line.find("|", at + 1)
    return found


def find_rows(source: SourceText, covered: set[int], dialect: Dialect) -> tuple[list[IndexRow], list[int]]:
    """The INDEX rows of ``source`` in document order, and the lines of prose that the INDEX table swallows.

    ``covered`` holds the numbers of the lines in code, HTML and the like, which are looked at for nothing.
    """
    rows: list[IndexRow] = []
    swallowed: list[int] = []
    if not dialect.columns:
        return rows, swallowed
    for first, last in _runs(source, covered):
        header = _index_header(source, first, last, dialect)
        if header is not None:
            rows.extend(_read(source, n, 0, "index", header, dialect) for n in range(first + 2, last + 1))
            if last < len(source.lines) and last + 1 not in covered and _PROSE.match(source.lines[last]):
                swallowed.append(last + 1)
        elif not (last > first and _is_delimiter(source.lines[first])):
            stray = (_read(source, n, 0, "outside", dialect.columns, dialect) for n in range(first, last + 1))
            rows.extend(row for row in stray if _is_entry_row(row))
    glued = _glued(source, covered, dialect)
    return sorted([*rows, *glued], key=lambda row: (row.line, row.column)), swallowed


def _runs(source: SourceText, covered: set[int]) -> Iterator[tuple[int, int]]:
    """First and last line of each unbroken run of table lines."""
    first = 0
    for number, line in enumerate(source.lines, 1):
        inside = "|" in line and number not in covered and _ROW.match(line) is not None
        if inside and not first:
            first = number
        elif not inside and first:
            yield first, number - 1
            first = 0
    if first:
        yield first, len(source.lines)


def _index_header(source: SourceText, first: int, last: int, dialect: Dialect) -> tuple[Column, ...] | None:
    """The columns of a table, as its header orders them, when it is the dialect's INDEX."""
    if last == first or not _is_delimiter(source.lines[first]):
        return None
    known = {column.header.lower(): column for column in dialect.columns}
    cells, _ = split_row(source.lines[first - 1], first)
    columns = tuple(known.get(cell.text.lower(), Column(cell.text)) for cell in cells)
    return columns if any(column.role == ID for column in columns) else None


def is_index(lines: str, dialect: Dialect) -> bool:
    """Whether ``lines`` are the header of an INDEX and the rule below it."""
    return _index_header(SourceText.from_text("", lines), 1, 2, dialect) is not None


def _is_delimiter(line: str) -> bool:
    """Whether ``line`` is the row of hyphens under a table's header."""
    if "-" not in line or line.strip(" \t|:-"):
        return False
    cells = line.strip().removeprefix("|").removesuffix("|").split("|")
    return all(_DELIMITER_CELL.fullmatch(cell.strip()) for cell in cells)


def _read(
    source: SourceText, number: int, start: int, place: str, columns: Sequence[Column], dialect: Dialect
) -> IndexRow:
    line = source.lines[number - 1]
    cells, pipes = split_row(line, number, start)
    values: dict[str, Placed] = {}
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


def _glued(source: SourceText, covered: set[int], dialect: Dialect) -> Iterator[IndexRow]:
    """Rows that start in the middle of a line of prose."""
    pattern = re.compile(rf"\|\s*[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[^|]*\|\s*{dialect.id_expression}\s*\|")
    for number, line in enumerate(source.lines, 1):
        if "|" in line and number not in covered and not _ROW.match(line):
            match = pattern.search(line)
            if match:
                place = "glued" if line[: match.start()].strip() else "outside"
                row = _read(source, number, match.start(), place, dialect.columns, dialect)
                if _is_entry_row(row):
                    yield row


class IndexTable(NamedTuple):
    """An INDEX table: its columns, the line of its header, and that of its last row (or of the rule below the header)."""

    columns: tuple[Column, ...]
    header: int
    last: int


def index_tables(source: SourceText, covered: set[int], dialect: Dialect) -> list[IndexTable]:
    """The INDEX tables of ``source`` in document order."""
    tables = []
    for first, last in _runs(source, covered):
        header = _index_header(source, first, last, dialect)
        if header is not None:
            tables.append(IndexTable(header, first, last))
    return tables
