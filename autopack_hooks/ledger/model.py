"""What a ledger says: sections, INDEX rows, and the entries they make up. Values only; nothing here reads files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger import dialect as roles
from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.dialect import Dialect
from autopack_hooks.markdown.assemble import Structure
from autopack_hooks.markdown.structure import Heading

CANONICAL_VERSION = 1
"""Version of the canonical form that the content hash is taken of; changing the form changes the number."""


class PlacedText(NamedTuple):
    """A text and where it stands."""

    text: str
    line: int
    column: int


class IndexRow(NamedTuple):
    """One row of the INDEX.

    ``place`` is ``index``, ``outside`` (no table is around it) or ``glued`` (it starts in the middle of a line).
    ``values`` maps roles to cells. ``entry_id`` is None where the id cell holds no id. ``pipes`` are the columns of
    its unescaped ``|``. ``expected`` is the number of cells that the table's header has. ``path`` is its file.
    """

    path: str
    line: int
    column: int
    cells: tuple[PlacedText, ...]
    pipes: tuple[int, ...]
    place: str
    entry_id: str | None
    values: Mapping[str, PlacedText]
    expected: int

    @property
    def text(self) -> str:
        """Return the row written evenly."""
        return "| " + " | ".join(cell.text for cell in self.cells) + " |"


class Relation(NamedTuple):
    """An entry says that it supersedes another one (``kind`` is a role), or is superseded by it; and where it says so."""

    kind: str
    entry_id: str
    line: int
    column: int


class Section(NamedTuple):
    """One section of an entry: lines ``first`` to ``end`` of the file ``path``, both counted from 1.

    ``line`` is that of its heading: ``first``, but where an entry is a file, which may start with a front matter (or
    have no heading: then ``heading`` is empty). ``form`` is ``canonical``, ``variant`` (understood, but not how the
    dialect writes it) or ``malformed`` (its id had to be guessed, or is not that of the file).
    ``values`` maps roles to what heading and body fields say, the heading first; ``fields`` holds all ``**Key**: value``
    lines before the first sub-heading, and those of the dialect's other places. ``lines`` are the section's own lines
    in canonical form. ``relations`` are what it supersedes and is superseded by.
    """

    entry_id: str
    path: str
    first: int
    line: int
    end: int
    level: int
    column: int
    heading: str
    form: str
    values: Mapping[str, PlacedText]
    fields: Mapping[str, PlacedText]
    lines: tuple[str, ...]
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class Entry:
    """All that a ledger says under one id, in document order."""

    entry_id: str
    parts: tuple[Section | IndexRow, ...]

    @cached_property
    def sections(self) -> list[Section]:
        """Return its sections."""
        return [part for part in self.parts if isinstance(part, Section)]

    @cached_property
    def rows(self) -> list[IndexRow]:
        """Return its INDEX rows."""
        return [part for part in self.parts if isinstance(part, IndexRow)]

    @property
    def place(self) -> Section | IndexRow:
        """Return the part by whose file and line it is found: its first section, else its first row."""
        return (self.sections or self.rows)[0]

    def value(self, role: str) -> PlacedText | None:
        """Return what it says of a role: the sections first, then the rows."""
        return next((values[role] for values in self._values if role in values and values[role].text), None)

    @property
    def title(self) -> str:
        """Return its title; for an entry without one, the lead of its summary, and at last its id."""
        said = self.value(roles.TITLE)
        if said:
            return said.text
        summary = self.value(roles.SUMMARY)
        return (summary and _lead(summary.text)) or self.entry_id

    @property
    def date(self) -> datetime | None:
        """Return its own date in UTC: the first readable one."""
        dates = (parse_date(values[roles.DATE].text) for values in self._values if roles.DATE in values)
        return next((date for date in dates if date), None)

    @property
    def _values(self) -> list[Mapping[str, PlacedText]]:
        """Return what sections say, then what rows say."""
        return [section.values for section in self.sections] + [row.values for row in self.rows]

    @property
    def content(self) -> str:
        r"""Return all its text: sections and rows in document order, newlines as ``\\n``."""
        return "\n\n".join("\n".join(p.lines) if isinstance(p, Section) else p.text for p in self.parts)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hexadecimal) over the canonical form; where the entry stands in its file does not matter."""
        parts = [str(CANONICAL_VERSION), self.entry_id]
        for part in self.parts:
            said = part.lines if isinstance(part, Section) else [cell.text for cell in part.cells]
            parts.append("\n".join(("section" if isinstance(part, Section) else "row", *said)))
        # No line holds a newline, and no text that is synced a NUL, so that this can be read in one way only.
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _lead(summary: str) -> str:
    """Return the bold lead of a summary, or its first sentence or clause, without marks."""
    text = summary.strip()
    if text.startswith("**") and "**" in text[2:]:
        return text[2:].split("**", 1)[0].strip(" :")
    for stop in (": ", ". ", "; "):
        head = text.split(stop, 1)[0]
        if len(head) < len(text) and len(head) <= 120:
            return head
    return text if len(text) <= 120 else text[:117].rstrip() + "..."


@dataclass(frozen=True)
class Meta:
    """A META block: its fields by name, and where it starts."""

    line: int
    column: int
    fields: Mapping[str, PlacedText]


@dataclass(frozen=True)
class FencedHeading:
    """Describe what looks like an entry heading on ``line`` inside the fence that opens on ``fence_line``."""

    entry_id: str
    line: int
    column: int
    fence_line: int
    closed: bool


class Unclaimed(NamedTuple):
    """Text that is of no entry: what stands below ``heading`` down to the line ``end``, ``filled`` lines of it are not blank."""

    heading: Heading
    end: int
    filled: int


class StrayHeading(NamedTuple):
    """A heading of the entries' level without an id, and the entry that it is read as a part of, if there is one above."""

    heading: Heading
    entry_id: str | None


def opaque_lines(structure: Structure) -> set[int]:
    """Return the numbers of the lines of code and HTML."""
    return {n for block in structure.opaque for n in range(block.start, block.end + 1)}


def collect_entries(parts: Iterable[Section | IndexRow]) -> dict[str, Entry]:
    """Return id -> entry of all ``parts`` that have an id, in their order."""
    found: dict[str, list[Section | IndexRow]] = {}
    for part in parts:
        if part.entry_id is not None:
            found.setdefault(part.entry_id, []).append(part)
    return {entry_id: Entry(entry_id, tuple(own)) for entry_id, own in found.items()}


@dataclass(frozen=True)
class Document:
    """One parsed file of the ledger ``name``.

    What could not be placed is kept beside sections and rows: headings with another ledger's id (``foreign``),
    headings of the entries' level without one (``stray``), text that is of no entry (``unclaimed``), entry headings inside
    fences (``quoted``), text that a table swallows (``swallowed``, line numbers). ``links`` are the link definitions for
    versions, by label.
    """

    name: str
    dialect: Dialect
    source: SourceText
    structure: Structure
    sections: Sequence[Section]
    rows: Sequence[IndexRow]
    metas: Sequence[Meta] = ()
    summary: PlacedText | None = None
    foreign: Sequence[tuple[Heading, str]] = ()
    stray: Sequence[StrayHeading] = ()
    unclaimed: Sequence[Unclaimed] = ()
    quoted: Sequence[FencedHeading] = ()
    swallowed: Sequence[int] = ()
    links: Mapping[str, PlacedText] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Return its file."""
        return self.source.path

    @cached_property
    def parts(self) -> list[Section | IndexRow]:
        """Return sections and rows in document order."""
        everything: list[Section | IndexRow] = [*self.sections, *self.rows]
        return sorted(everything, key=attrgetter("line", "column"))

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Return id -> entry, of this file alone, in document order."""
        return collect_entries(self.parts)


class Listing(NamedTuple):
    """One place of an index file that lists an entry: a row of a table, an item of a list, a heading or a link in the text.

    ``group`` numbers the table or list that it is of; -1 where it is of neither. ``cells`` are those of the row, or the
    item's text as one. ``end`` is its last line.
    """

    entry_id: str
    line: int
    column: int
    end: int
    group: int
    cells: tuple[PlacedText, ...]


class ListingGroup(NamedTuple):
    """A table or a list of an index file. ``columns`` are those of the table, none for a list; ``last`` is its last line."""

    columns: tuple[roles.Column, ...]
    first: int
    last: int


@dataclass(frozen=True)
class IndexFile:
    """Another file that lists the entries of a ledger; ``document`` is that file, without sections and rows of its own."""

    document: Document
    listings: Sequence[Listing] = ()
    groups: Sequence[ListingGroup] = ()

    @property
    def path(self) -> str:
        """Return its file."""
        return self.document.path

    @cached_property
    def ids(self) -> set[str]:
        """Return the ids that it lists."""
        return {listing.entry_id for listing in self.listings}


@dataclass(frozen=True)
class Ledger:
    """One parsed ledger: its files, in the order of their paths. ``path`` is as configured, and may be a pattern.

    ``index`` is another file that lists its entries, where one is configured and there.
    """

    name: str
    path: str
    dialect: Dialect
    documents: Sequence[Document]
    index: IndexFile | None = None

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Return id -> entry, in document order; the parts of one may stand in several files."""
        if len(self.documents) == 1:
            return self.documents[0].entries
        return collect_entries(part for document in self.documents for part in document.parts)

    @property
    def sections(self) -> list[Section]:
        """Return the sections of all files."""
        return [section for document in self.documents for section in document.sections]

    @property
    def rows(self) -> list[IndexRow]:
        """Return the rows of all files."""
        return [row for document in self.documents for row in document.rows]

    @property
    def quoted(self) -> set[str]:
        """Return the ids of entries that code blocks swallow."""
        return {quote.entry_id for document in self.documents for quote in document.quoted}

    @property
    def faulty(self) -> Document | None:
        """Return the first file that is not text: nothing may be concluded from what such a ledger has not."""
        return next((document for document in self.documents if document.source.fault), None)
