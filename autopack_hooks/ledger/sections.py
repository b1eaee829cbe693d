"""Sections of entries, from the headings that the parser found."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DATE, FRONT_MATTER, OTHER, STATUS, TITLE, Dialect
from autopack_hooks.ledger.fields import Field, find_fields, front_matter_fields
from autopack_hooks.ledger.headings import HeadingParts, parse_title
from autopack_hooks.ledger.model import PlacedText, Section
from autopack_hooks.ledger.relations import find_relations
from autopack_hooks.markdown.assemble import Structure
from autopack_hooks.markdown.structure import REFERENCE, Heading, Table

_RULE = re.compile(r" {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$")


@dataclass(frozen=True)
class Page:
    """Share among all sections of one file.

    Its text, the lines that no Markdown text is on (``covered``), the columns at which INDEX rows start (``cut``, by
    line), the length of its front matter, its link definitions by line, its tables.
    """

    source: SourceText
    dialect: Dialect
    covered: set[int]
    cut: Mapping[int, int]
    front: int
    definitions: Mapping[int, tuple[str, PlacedText]]
    tables: Sequence[Table] = ()

    def tables_between(self, first: int, last: int) -> Sequence[Table]:
        """Return the tables that start on the lines ``first`` to ``last``."""
        start = bisect_right(self.tables, first - 1, key=lambda table: table.start)
        return self.tables[start : bisect_right(self.tables, last, key=lambda table: table.start)]


def find_definitions(structure: Structure) -> dict[int, tuple[str, PlacedText]]:
    """Return line -> (label, target) of the link definitions."""
    links = (link for link in structure.links if link.form == REFERENCE and not link.fault)
    return {link.line: (link.text, PlacedText(link.raw, link.line, link.column)) for link in links}


def heading_section(page: Page, heading: Heading, parts: HeadingParts, below: Sequence[Heading], end: int) -> Section:
    """Return the section under ``heading``, up to the line ``end``; ``below`` are the headings inside it."""
    return _section(page, heading.line, heading, parts, below, end)


def file_section(page: Page, number: str, headings: Sequence[Heading]) -> Section:
    """Return a whole file as the section of the entry ``number``; its first level 1 heading is the title."""
    end = len(page.source.lines)
    level = page.dialect.level
    at = next((i for i, heading in enumerate(headings) if heading.level == level), None)
    if at is None:
        return _untitled(page, number, headings)
    parts = parse_title(headings[at].text, number, page.dialect)
    return _section(page, 1, headings[at], parts, headings[at + 1 :], end)


def _untitled(page: Page, number: str, headings: Sequence[Heading]) -> Section:
    """Return a file without a heading for its title as a section; its front matter may have the title."""
    front, dialect, end = page.front, page.dialect, len(page.source.lines)
    known = front_matter_fields(page.source.lines, front) if FRONT_MATTER in dialect.fields else ()
    said = next((value for key, value in known if dialect.roles.get(key.lower()) == TITLE and value.text), None)
    if said is None:
        heading = Heading(front + 1 if front < end else 1, dialect.level, "", 1)
        return _section(page, 1, heading, parse_title("", number, dialect), headings, end)
    parts = parse_title(said.text, number, dialect)
    if parts.form == "variant":
        parts = replace(parts, form="canonical")  # the forms of headings are not those of a field
    return _section(page, 1, Heading(said.line, dialect.level, said.text, said.column), parts, headings, end)


def count_text(page: Page, first: int, last: int) -> int:
    """Return how many of these lines say something: rules, the INDEX and link definitions of versions do not."""
    numbers = (number for number in range(first, last + 1) if number not in page.definitions)
    lines = ((number, page.source.lines[number - 1]) for number in numbers)
    return sum(bool(line.strip()) and not _RULE.match(line) and not _in_index(page, n, line) for n, line in lines)


def _in_index(page: Page, number: int, line: str) -> bool:
    """Return whether a line is a row of the INDEX, or one of the two above its rows."""
    return line.lstrip().startswith("|") and any(number + below in page.cut for below in (0, 1, 2))


def _section(
    page: Page, first: int, heading: Heading, parts: HeadingParts, below: Sequence[Heading], end: int
) -> Section:
    near_end = below[0].line - 1 if below else end
    near = [n for n in range(heading.line + 1, near_end + 1) if n not in page.covered and n not in page.cut]
    tables = page.tables_between(heading.line + 1, near_end)
    found = find_fields(page.source.lines, near, below, end, page.front, page.covered, tables, page.dialect)
    fields: dict[str, PlacedText] = {}
    for key, value in found:
        fields.setdefault(key, value)
    if parts.category:
        fields.setdefault("Category", PlacedText(parts.category, heading.line, heading.column))
    relations = tuple(find_relations(found, page.dialect)) if page.dialect.supersession else ()
    return Section(
        entry_id=parts.entry_id,
        path=page.source.path,
        first=first,
        line=heading.line,
        end=end,
        level=heading.level,
        column=heading.column,
        heading=heading.text,
        form=parts.form,
        values=_values(heading, parts, found, page.dialect),
        fields=fields,
        lines=_canonical_lines(page, first, end),
        relations=relations,
    )


def _values(heading: Heading, parts: HeadingParts, fields: Sequence[Field], dialect: Dialect) -> dict[str, PlacedText]:
    """Role -> what the heading says, else the first field for it that says something."""
    own = ((TITLE, parts.title), (DATE, parts.date), (STATUS, parts.status))
    said = {role: PlacedText(text, heading.line, heading.column) for role, text in own if text}
    for key, value in fields:
        role = dialect.roles.get(key.lower())
        if role == DATE and value.text.startswith("["):  # a day that is a link to what happened on it
            value = PlacedText(value.text[1:], value.line, value.column + 1)
        if role and role != OTHER and value.text:
            said.setdefault(role, value)
    return said


def _canonical_lines(page: Page, first: int, last: int) -> tuple[str, ...]:
    """Return lines without trailing blanks, INDEX rows, and link definitions of versions, which stand together for all of them.

    And without the blank lines and rules that end a section.
    """
    own = []
    numbers = range(first, last + 1)
    if page.cut.keys().isdisjoint(numbers) and page.definitions.keys().isdisjoint(numbers):
        own = [text.rstrip() for text in page.source.lines[first - 1 : last]]
        numbers = range(0)
    for number in numbers:
        text = page.source.lines[number - 1]
        if number in page.cut:
            text = text[: page.cut[number] - 1]
            if not text.strip():
                continue
        if number not in page.definitions:
            own.append(text.rstrip())
    while own and (not own[-1] or _RULE.match(own[-1])):
        own.pop()
    return tuple(own)
