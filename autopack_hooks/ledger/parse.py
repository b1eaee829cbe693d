"""Text -> Ledger. Total: any text gives a Ledger, in time that grows with its length; what is wrong is kept as facts.

A section ends at the next heading of the same or a higher level, or at the next entry heading. Code fences,
indented code and HTML hide what is in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autopack_hooks.ledger import dialect as roles
from autopack_hooks.ledger.dialect import Dialect
from autopack_hooks.ledger.headings import HeadingParts, parse_heading
from autopack_hooks.ledger.model import Entry, Ledger, Meta, Placed, Quoted, Row, Section
from autopack_hooks.ledger.tables import find_rows
from autopack_hooks.markdown import Blocks, Heading, scan_blocks
from autopack_hooks.text import SourceText

_FIELD = re.compile(r"\s{0,3}(?:[-*+]\s+)?\*\*([A-Za-z][\w /-]{0,40}?)\s*(?::\*\*|\*\*\s*:)[ \t]*(.*)$")
_META_FIELD = re.compile(r"[A-Za-z][\w -]*")
_SUMMARY = re.compile(r"\*\*Summary\*\*\s*:\s*(.*)$")
_RULE = re.compile(r" {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)$")


def parse_ledger(source: SourceText, name: str, dialect: Dialect, others: Sequence[Dialect] = ()) -> Ledger:
    """Parse ``source`` as the ledger ``name``; headings with an id of one of the dialects ``others`` are foreign."""
    blocks = scan_blocks(source.text, source.lines)
    covered = {n for block in blocks.opaque for n in range(block.start, block.end + 1)}
    rows, swallowed = find_rows(source, covered, dialect)
    outline = _Outline(source, dialect, others)
    for heading in blocks.headings:
        outline.add(heading)
    sections = outline.sections(covered, rows)
    metas, summary = _blocks(source, blocks)
    return Ledger(
        name, source.path, dialect, source, blocks, _entries(sections, rows), sections, rows, metas, summary,
        outline.foreign, outline.stray, list(_quoted(source, blocks, dialect)), swallowed,
    )  # fmt: skip


class _Outline:
    """Walks the headings in order and keeps which section is open."""

    def __init__(self, source: SourceText, dialect: Dialect, others: Sequence[Dialect]) -> None:
        self.source = source
        self.dialect = dialect
        self.others = [other for other in others if other.prefix != dialect.prefix]
        self.foreign: list[tuple[Heading, str]] = []
        self.stray: list[Heading] = []
        self._spans: list[tuple[Heading, HeadingParts, int, int]] = []
        self._open: tuple[Heading, HeadingParts | None] | None = None
        self._body_end = 0

    def add(self, heading: Heading) -> None:
        parts = parse_heading(heading.text, heading.level, self.dialect)
        foreign = None if parts else self._foreign_id(heading)
        if parts or foreign or (self._open and heading.level <= self._open[0].level):
            self._close(heading.line - 1)
        elif self._open and not self._body_end:
            self._body_end = heading.line - 1
        if parts or foreign:
            self._open = (heading, parts)
            if foreign:
                self.foreign.append((heading, foreign))
        elif self._open is None and heading.level == self.dialect.level:
            self.stray.append(heading)

    def _foreign_id(self, heading: Heading) -> str | None:
        for other in self.others:
            parts = parse_heading(heading.text, heading.level, other)
            if parts and parts.form != "malformed":
                return parts.entry_id
        return None

    def _close(self, end: int) -> None:
        if self._open and self._open[1]:
            self._spans.append((self._open[0], self._open[1], end, self._body_end or end))
        self._open, self._body_end = None, 0

    def sections(self, covered: set[int], rows: Sequence[Row]) -> list[Section]:
        self._close(len(self.source.lines))
        cut = {row.line: row.column for row in rows}
        return [self._section(*span, covered, cut) for span in self._spans]

    def _section(
        self, heading: Heading, parts: HeadingParts, end: int, body_end: int, covered: set[int], cut: dict[int, int]
    ) -> Section:
        lines = self.source.lines
        fields: dict[str, Placed] = {}
        for number in range(heading.line + 1, body_end + 1):
            match = _FIELD.match(lines[number - 1]) if number not in covered and number not in cut else None
            if match:
                fields.setdefault(match[1], Placed(match[2].strip(), number, match.start(2) + 1))
        said = {role: Placed(text, heading.line, heading.column) for role, text in (
            (roles.TITLE, parts.title), (roles.DATE, parts.date), (roles.STATUS, parts.status)) if text}  # fmt: skip
        for key, value in fields.items():
            role = self.dialect.roles.get(key.lower())
            if role and value.text:
                said.setdefault(role, value)
        if parts.category:
            fields.setdefault("Category", Placed(parts.category, heading.line, heading.column))
        own = _canonical_lines(lines, heading.line, end, cut)
        return Section(
            parts.entry_id,
            heading.line,
            end,
            heading.level,
            heading.column,
            heading.text,
            parts.form,
            said,
            fields,
            own,
        )


def _canonical_lines(lines: Sequence[str], first: int, last: int, cut: dict[int, int]) -> tuple[str, ...]:
    """Lines without trailing blanks, without INDEX rows, and without the blank lines and rules that end a section."""
    own = []
    for number in range(first, last + 1):
        text = lines[number - 1]
        if number in cut:
            text = text[: cut[number] - 1]
            if not text.strip():
                continue
        own.append(text.rstrip())
    while own and (not own[-1] or _RULE.match(own[-1])):
        own.pop()
    return tuple(own)


def _entries(sections: Sequence[Section], rows: Sequence[Row]) -> dict[str, Entry]:
    parts: dict[str, list[Section | Row]] = {}
    everything: list[Section | Row] = [*sections, *rows]
    for part in sorted(everything, key=lambda part: (part.line, part.column)):
        if part.entry_id is not None:
            parts.setdefault(part.entry_id, []).append(part)
    return {entry_id: Entry(entry_id, tuple(found)) for entry_id, found in parts.items()}


def _quoted(source: SourceText, blocks: Blocks, dialect: Dialect) -> list[Quoted]:
    found = []
    for block in blocks.opaque:
        if block.kind != "fence":
            continue
        for number in range(block.start + 1, block.end + 1):
            line = source.lines[number - 1]
            if dialect.prefix not in line:
                continue
            match = _ATX.match(line)
            parts = parse_heading(match[2].rstrip().rstrip("#"), len(match[1]), dialect) if match else None
            if match and parts and parts.form != "malformed":
                found.append(Quoted(parts.entry_id, number, match.start(1) + 1, block.start, block.closed))
    return found


def _blocks(source: SourceText, blocks: Blocks) -> tuple[list[Meta], Placed | None]:
    metas = []
    for block in blocks.opaque:
        if block.kind == "html" and re.match(r" {0,3}<!--\s*META\b", source.lines[block.start - 1]):
            metas.append(_meta(source, block.start, block.end))
    for number, line in enumerate(source.lines[:200], 1):
        match = _SUMMARY.match(line)
        if match and number > 1 and "SUMMARY" in source.lines[number - 2]:
            return metas, Placed(match[1].strip(), number, match.start(1) + 1)
    return metas, None


def _meta(source: SourceText, first: int, last: int) -> Meta:
    fields: dict[str, Placed] = {}
    for number in range(first + 1, last + 1):
        line = source.lines[number - 1]
        if line.strip().startswith("-->"):
            break
        name, colon, value = line.partition(":")
        if colon and _META_FIELD.fullmatch(name.strip()):
            column = len(line) - len(value.lstrip()) + 1
            fields.setdefault(name.strip(), Placed(value.strip(), number, column))
    column = source.lines[first - 1].index("<") + 1
    return Meta(first, column, fields)
