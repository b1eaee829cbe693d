"""Text -> Ledger. Total: any text gives a Ledger, in time that grows with its length; what is wrong is kept as facts.

A section ends at the next entry heading, at a heading above the entries' level, or at one that the dialect names. Code
fences, indented code and HTML hide what is in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import FILES, TABLE, VERSIONS, Dialect
from autopack_hooks.ledger.guess import guess_heading
from autopack_hooks.ledger.headings import HeadingParts, parse_heading
from autopack_hooks.ledger.model import (  # fmt: skip
    Document,
    FencedHeading,
    Meta,
    PlacedText,
    Section,
    StrayHeading,
    Unclaimed,
    opaque_lines,
)
from autopack_hooks.ledger.sections import Page, count_text, file_section, find_definitions, heading_section
from autopack_hooks.ledger.tables import find_rows
from autopack_hooks.ledger.versions import is_unreleased
from autopack_hooks.markdown.assemble import Structure
from autopack_hooks.markdown.reader import read
from autopack_hooks.markdown.structure import FENCE, HTML_BLOCK, Heading

_META = re.compile(r" {0,3}<!--\s*META\b")
_META_FIELD = re.compile(r"[A-Za-z][\w -]*")
_SUMMARY = re.compile(r"\*\*Summary\*\*\s*:\s*(.*)$")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)$")


def parse_document(source: SourceText, name: str, dialect: Dialect, others: Sequence[Dialect] = ()) -> Document:
    """Parse ``source`` as a file of the ledger ``name``.

    Headings with an id of one of the dialects ``others`` are foreign.
    """
    structure = read(source.text)
    headings = [heading for heading in structure.headings if not heading.nested]
    hidden = opaque_lines(structure).union(range(1, structure.front + 1))
    rows, swallowed = find_rows(source, structure, hidden, dialect)
    definitions = find_definitions(structure) if dialect.links else {}
    definitions = {n: found for n, found in definitions.items() if _names_version(found[0], dialect)}
    tables = structure.tables if TABLE in dialect.fields else ()
    page = Page(source, dialect, hidden, {row.line: row.column for row in rows}, structure.front, definitions, tables)
    outline = _Outline(page, others)
    if dialect.entries == FILES:
        number = dialect.file_number(source.path)
        sections = [] if number is None else [file_section(page, number, headings)]
    else:
        sections = outline.sections(headings)
    metas, summary = _metas(source, structure), _summary(source)
    return Document(
        name, dialect, source, structure, sections, rows, metas, summary, outline.foreign, outline.stray,
        outline.unclaimed, list(_quoted(source, structure, dialect)), swallowed, dict(definitions.values()),
    )  # fmt: skip


def _names_version(label: str, dialect: Dialect) -> bool:
    loose = {text.lower() for text in dialect.loose}
    return label.lower() in loose or dialect.id_pattern.fullmatch(label.removeprefix("v")) is not None


class _Outline:
    """Walks the headings in order and keeps which section is open: an entry's, or one that is of no entry."""

    def __init__(self, page: Page, others: Sequence[Dialect]) -> None:
        self.page = page
        self.dialect = page.dialect
        self.others = [other for other in others if _can_be_foreign(other, page.dialect)]
        self.prefixes = frozenset(other.prefix.upper() for other in others)
        self.foreign: list[tuple[Heading, str]] = []
        self.stray: list[StrayHeading] = []
        self.unclaimed: list[Unclaimed] = []
        self._found: list[Section] = []
        self._open: tuple[Heading, HeadingParts | None] | None = None
        self._unnamed: Heading | None = None
        self._below: list[Heading] = []

    def sections(self, headings: Sequence[Heading]) -> list[Section]:
        for heading in headings:
            self._add(heading)
        self._close(len(self.page.source.lines))
        return self._found

    def _add(self, heading: Heading) -> None:
        parts = parse_heading(heading.text, heading.level, self.dialect)
        foreign = None if parts else self._foreign_id(heading)
        if not parts and not foreign:
            parts = guess_heading(heading.text, heading.level, self.dialect, self.prefixes)
        if parts or foreign:
            self._close(heading.line - 1)
            self._open = (heading, parts)
            if foreign:
                self.foreign.append((heading, foreign))
        elif self._is_loose(heading):
            self._close(heading.line - 1)
            self._open = (heading, None)
        elif heading.level < self.dialect.level:
            self._add_section(heading)
        else:
            self._add_part(heading)

    def _add_section(self, heading: Heading) -> None:
        """Add a section that is of no entry; before the first entry such sections are part of the file's head."""
        self._close(heading.line - 1)
        begun = self._found or self.foreign
        self._unnamed = heading if begun and not self.dialect.names_section(heading.text) else None

    def _add_part(self, heading: Heading) -> None:
        """Add a heading that ends nothing: it belongs to what is open."""
        entries_level = heading.level == self.dialect.level
        if self._open:
            self._below.append(heading)
            opener, parts = self._open
            if entries_level and opener.level >= heading.level:
                self.stray.append(StrayHeading(heading, parts.entry_id if parts else None))
        elif entries_level and self._unnamed is None and not self.dialect.names_section(heading.text):
            self.stray.append(StrayHeading(heading, None))

    def _is_loose(self, heading: Heading) -> bool:
        if self.dialect.ids == VERSIONS and heading.level in self.dialect.levels and not (self._found or self._open):
            return is_unreleased(heading.text, self.dialect.loose)  # stands above the versions
        return heading.level == self.dialect.level and heading.text.strip("[] ").lower() in (
            text.lower() for text in self.dialect.loose
        )

    def _foreign_id(self, heading: Heading) -> str | None:
        for other in self.others:
            parts = parse_heading(heading.text, heading.level, other)
            if parts and parts.form != "malformed":
                return parts.entry_id
        return None

    def _close(self, end: int) -> None:
        heading, parts = self._open or (None, None)
        if heading and parts:
            self._found.append(heading_section(self.page, heading, parts, self._below, end))
        if self._unnamed and (count := count_text(self.page, self._unnamed.line + 1, end)):
            self.unclaimed.append(Unclaimed(self._unnamed, end, count))
        self._open, self._unnamed, self._below = None, None, []


def _can_be_foreign(other: Dialect, own: Dialect) -> bool:
    """Return whether a heading can hold an id of the dialect ``other`` by mistake."""
    return other.prefix != own.prefix and other.ids != VERSIONS and other.entries != FILES


def _quoted(source: SourceText, structure: Structure, dialect: Dialect) -> list[FencedHeading]:
    found = []
    for block in structure.opaque:
        if block.kind != FENCE:
            continue
        for number in range(block.start + 1, block.end + 1):
            line = source.lines[number - 1]
            if not dialect.prefix or dialect.entries == FILES or dialect.prefix not in line:
                continue
            match = _ATX.match(line)
            parts = parse_heading(match[2].rstrip().rstrip("#"), len(match[1]), dialect) if match else None
            if match and parts and parts.form != "malformed":
                found.append(FencedHeading(parts.entry_id, number, match.start(1) + 1, block.start, block.closed))
    return found


def _metas(source: SourceText, structure: Structure) -> list[Meta]:
    html = (block for block in structure.opaque if block.kind == HTML_BLOCK)
    return [_meta(source, block.start, block.end) for block in html if _META.match(source.lines[block.start - 1])]


def _summary(source: SourceText) -> PlacedText | None:
    for number, line in enumerate(source.lines[:200], 1):
        match = _SUMMARY.match(line)
        if match and number > 1 and "SUMMARY" in source.lines[number - 2]:
            return PlacedText(match[1].strip(), number, match.start(1) + 1)
    return None


def _meta(source: SourceText, first: int, last: int) -> Meta:
    fields: dict[str, PlacedText] = {}
    for number in range(first + 1, last + 1):
        line = source.lines[number - 1]
        if line.strip().startswith("-->"):
            break
        name, colon, value = line.partition(":")
        if colon and _META_FIELD.fullmatch(name.strip()):
            column = len(line) - len(value.lstrip()) + 1
            fields.setdefault(name.strip(), PlacedText(value.strip(), number, column))
    column = source.lines[first - 1].index("<") + 1
    return Meta(first, column, fields)
