"""An index of a ledger in another file, as people keep one beside their decisions: tables or lists, by id, link or number."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from autopack_hooks.core.globs import files_matching
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DATE, FILES, ID, LETTER, OTHER, STATUS, TITLE, VERSIONS, Column
from autopack_hooks.ledger.model import (  # fmt: skip
    Document,
    IndexFile,
    Ledger,
    Listing,
    ListingGroup,
    PlacedText,
    opaque_lines,
)
from autopack_hooks.ledger.tables import split_row
from autopack_hooks.markdown.assemble import Structure
from autopack_hooks.markdown.reader import read
from autopack_hooks.markdown.structure import Table

LINK = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\(\s*<?([^()\s>]*)>?[^()]*\)")
_PATH = re.compile(r"`([^`\s]+\.md)`")
ITEM = re.compile(r"(\s*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)(\S.*)$")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(\S.*)$")
_NUMBER = re.compile(rf"#?([0-9]{{1,9}}{LETTER}?)\.?")
_MARKS = "*_`[]~ "
_HEADERS = {
    TITLE: ("title", "decision", "name", "adr title", "decision title", "subject"),
    STATUS: ("status", "state"),
    DATE: ("date",),
    ID: ("id", "#", "no", "no.", "nr", "nr.", "num", "number", "\u2116"),
}


def parse_index(source: SourceText, ledger: Ledger) -> IndexFile:
    """Read ``source`` as the index of ``ledger``. Total: any text gives an index."""
    structure = read(source.text)
    document = Document(ledger.name, ledger.dialect, source, structure, (), ())
    if source.fault:
        return IndexFile(document)
    hidden = opaque_lines(structure).union(range(1, structure.front + 1))
    references = References(ledger, source.path)
    listings, groups = _tables(source, structure, references)
    inside = {n for table in structure.tables for n in range(table.start, table.end + 1)} | hidden
    items, lists = _lists(source, inside, references, len(groups))
    taken = inside | {n for item in items for n in range(item.line, item.end + 1)}
    rest = _elsewhere(source, taken, references)
    return IndexFile(document, sorted([*listings, *items, *rest], key=lambda found: found[1:3]), [*groups, *lists])


@dataclass(frozen=True)
class References:
    """What in an index file refers to entries of ``ledger``; ``path`` is the index file."""

    ledger: Ledger
    path: str

    def named(self, text: str) -> str | None:
        """Return the id that a text starts with, in any way to write it."""
        match = self._id.match(text.lstrip(_MARKS))
        return self._known(match[1]) if match else None

    def numbered(self, text: str) -> str | None:
        """Return the id of a text that is nothing but its number."""
        link = LINK.fullmatch(text.strip(_MARKS[:4] + " "))
        match = _NUMBER.fullmatch((link[1] if link else text).strip(_MARKS))
        return self._known(match[1]) if match and self.ledger.dialect.ids != VERSIONS else None

    def linked(self, text: str) -> Iterator[str]:
        """Yield the ids of the files of entries that links, and paths in backticks, lead to."""
        for match in [*LINK.finditer(text), *_PATH.finditer(text)]:
            for path in self.paths(match[match.lastindex or 1]):
                entry_id = self._of_file(path)
                if entry_id:
                    yield entry_id
                    break

    def paths(self, target: str) -> list[str]:
        """Return what a target may mean: a path from the folder of the index, or from the root."""
        target = target.partition("#")[0]
        if "%" in target:
            from urllib.parse import unquote  # 2 ms that hardly any ledger needs

            target = unquote(target)
        if not target or "://" in target:
            return []
        return [posixpath.normpath(posixpath.join(posixpath.dirname(self.path), target)), target.lstrip("/")]

    def _of_file(self, path: str) -> str | None:
        dialect = self.ledger.dialect
        number = dialect.file_number(path) if dialect.entries == FILES else None
        if number is None or not (path in self._files or files_matching(self.ledger.path, [path])):
            return None
        return dialect.make_id(number)

    @cached_property
    def _files(self) -> set[str]:
        return {document.path for document in self.ledger.documents}

    @cached_property
    def _id(self) -> re.Pattern[str]:
        dialect = self.ledger.dialect
        if dialect.ids == VERSIONS:
            return re.compile(rf"[vV]?({dialect.id_expression})(?![\w-])")
        return re.compile(rf"(?i:{re.escape(dialect.prefix)})[-_ ]?([0-9]+(?:\.[0-9]+|{LETTER})*)(?![\w-]|\.\w)")

    @cached_property
    def _by_rank(self) -> dict[object, str]:
        dialect = self.ledger.dialect
        return {dialect.rank(entry_id): entry_id for entry_id in reversed(list(self.ledger.entries))}

    def _known(self, number: str) -> str:
        """Return the id of an entry with this number (or version), else the id that it would have."""
        dialect = self.ledger.dialect
        written = number if dialect.ids == VERSIONS else f"{dialect.prefix}-{number}"
        return self._by_rank.get(dialect.rank(written)) or dialect.normal(written)


def columns_of(header: Sequence[PlacedText], prefix: str) -> tuple[Column, ...]:
    """Return the columns of a table by the names that people give them."""
    roles = {name: role for role, names in _HEADERS.items() for name in names}
    own = prefix.lower()
    roles |= (
        dict.fromkeys((own, f"{own} #", f"{own} id", f"{own}-id", f"{own} no.", f"{own} number"), ID) if own else {}
    )
    names = [cell.text.strip(_MARKS) for cell in header]
    columns: list[Column] = []
    for name in names:
        role = roles.get(name.lower(), OTHER)
        columns.append(Column(name, OTHER if any(column.role == role for column in columns) else role))
    return tuple(columns)


def _tables(
    source: SourceText, structure: Structure, references: References
) -> tuple[list[Listing], list[ListingGroup]]:
    listings: list[Listing] = []
    groups: list[ListingGroup] = []
    for table in structure.tables:
        columns = columns_of(split_row(source.lines[table.start - 1], table.start)[0], references.ledger.dialect.prefix)
        found = list(_rows(source, table, columns, len(groups), references))
        if found or any(column.role == ID for column in columns):
            listings += found
            groups.append(ListingGroup(columns, table.start, _last(source, table)))
    return listings, groups


def _last(source: SourceText, table: Table) -> int:
    """Return the last line of a table that is a row: text right below it only looks like one."""
    lines = range(table.start + 2, table.end + 1)
    return next((number - 1 for number in lines if "|" not in source.lines[number - 1]), table.end)


def _rows(
    source: SourceText, table: Table, columns: Sequence[Column], group: int, references: References
) -> Iterator[Listing]:
    """Yield the rows of a table that list an entry: by id, by number where that is the column's, by link, by number."""
    at = next((i for i, column in enumerate(columns) if column.role == ID), None)
    numbers = range(table.start + 2, _last(source, table) + 1)
    rows = [(number, split_row(source.lines[number - 1], number)[0]) for number in numbers]
    found: list[tuple[str | None, int, tuple[PlacedText, ...]]] = []
    for number, cells in rows:
        own = cells[at or 0].text if len(cells) > (at or 0) else ""
        entry_id = references.named(own) or (references.numbered(own) if at is not None else None)
        entry_id = entry_id or next((i for cell in cells for i in references.linked(cell.text)), None)
        found.append((entry_id, number, cells))
    known = any(entry_id for entry_id, _, _ in found)
    for entry_id, number, cells in found:
        first = cells[0] if cells else PlacedText("", number, 1)
        entry_id = entry_id or (references.numbered(first.text) if known else None)
        if entry_id:
            yield Listing(entry_id, number, first.column, number, group, cells)


def _lists(
    source: SourceText, hidden: Iterable[int], references: References, count: int
) -> tuple[list[Listing], list[ListingGroup]]:
    """Return the items that start with an id or a link to an entry, and the lists that they are of."""
    covered = set(hidden)
    listings: list[Listing] = []
    groups: list[ListingGroup] = []
    run: list[Listing] = []

    def close() -> None:
        if run:
            listings.extend(run)
            groups.append(ListingGroup((), run[0].line, run[-1].end))
            run.clear()

    for number, line in enumerate(source.lines, 1):
        match = None if number in covered else ITEM.match(line)
        if match:
            entry_id = references.named(match[2]) or _first_link(match[2], references)
            if entry_id:
                text = PlacedText(match[2].rstrip(), number, match.start(2) + 1)
                run.append(Listing(entry_id, number, text.column, number, count + len(groups), (text,)))
        elif run and line.strip() and line[:1].isspace() and number == run[-1].end + 1:
            run[-1] = run[-1]._replace(end=number)
        elif line.strip():
            close()
    close()
    return listings, groups


def _first_link(text: str, references: References) -> str | None:
    """Return the id of the entry that a link at the start of a text leads to."""
    link = LINK.match(text.lstrip("*_`~ "))
    return next(references.linked(link.group()), None) if link else None


def _elsewhere(source: SourceText, taken: Iterable[int], references: References) -> Iterator[Listing]:
    """Yield headings that start with an id, and links in the text: who reads the index finds these entries, too."""
    covered = set(taken)
    for number, line in enumerate(source.lines, 1):
        if number in covered:
            continue
        heading = _HEADING.match(line)
        named = references.named(heading[1]) if heading else None
        for entry_id in dict.fromkeys([*([named] if named else []), *references.linked(line)]):
            yield Listing(entry_id, number, 1, number, -1, (PlacedText(line.strip(), number, 1),))
