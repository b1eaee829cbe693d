"""The fields of an entry: ``Key: value`` in the places where its dialect has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from autopack_hooks.ledger.dates import looks_like_date
from autopack_hooks.ledger.dialect import (
    BOLD,
    DATE,
    FILES,
    FRONT_MATTER,
    OTHER,
    PLAIN,
    SECTIONS,
    STATUS,
    TABLE,
    TITLE,
    Dialect,
)
from autopack_hooks.ledger.model import PlacedText
from autopack_hooks.ledger.tables import split_row
from autopack_hooks.markdown.structure import Heading, Table

_BOLD = re.compile(r"\s{0,3}(?:[-*+]\s+)?\*\*([A-Za-z][\w /-]{0,40}?)\s*(?::\*\*|\*\*\s*:)[ \t]*(.*)$")
_PLAIN = re.compile(r" {0,3}(?:[-*+][ \t]+)?([A-Za-z][\w -]{0,40}?)[ \t]*:[ \t]+(\S.*)$")
_KEY = re.compile(r"([A-Za-z][\w -]*+)[ \t]*+:(?:[ \t]+(.*))?$")
_MARKED = re.compile(r"(\*\*|__|[*_`])(?=\S)(.*\S)\1")


_QUOTE = re.compile(r" {0,3}>[ \t]?(?=\S)")


class Field(NamedTuple):
    """One field as it is written. A key may come several times: each line of a ``Status`` section is a field."""

    key: str
    value: PlacedText


def bold_fields(lines: Sequence[str], numbers: Iterable[int]) -> Iterator[Field]:
    """``**Key**: value`` and ``**Key:** value`` among the lines with these numbers."""
    for number in numbers:
        line = lines[number - 1]
        match = _BOLD.match(line) if "**" in line else None
        if match:
            yield Field(match[1], PlacedText(match[2].strip(), number, match.start(2) + 1))


def plain_fields(lines: Sequence[str], numbers: Iterable[int], dialect: Dialect) -> Iterator[Field]:
    """``Key: value`` among the lines with these numbers, for the keys that the dialect knows: others may be prose."""
    for number in numbers:
        match = _PLAIN.match(lines[number - 1])
        if match and match[1].lower() in dialect.roles:
            yield Field(match[1], PlacedText(match[2].strip(), number, match.start(2) + 1))


def front_matter_fields(lines: Sequence[str], end: int) -> Iterator[Field]:
    """Yield the top level keys of the front matter that is the first ``end`` lines.

    Items of a list are joined by commas.
    """
    key, value, items = "", PlacedText("", 0, 0), [""]
    for number in range(2, end):
        line = lines[number - 1]
        match = _KEY.match(line)
        if match:
            if key:
                yield Field(key, _joined(value, items))
            text = _scalar(match[2] or "")
            key, value, items = match[1].rstrip(), PlacedText(text, number, max(line.find(text), 0) + 1), [text]
        elif key and line.strip():
            items.append(_scalar(line.strip().removeprefix("- ")))
    if key:
        yield Field(key, _joined(value, items))


def _joined(value: PlacedText, items: Sequence[str]) -> PlacedText:
    return value._replace(text=", ".join(filter(None, items)))


def _scalar(text: str) -> str:
    """Return a YAML scalar without its quotes or the comment behind it."""
    text = text.strip()
    if text[:1] in ("'", '"'):
        return text[1:].partition(text[0])[0]
    return re.split(r"\s#|^#", text, maxsplit=1)[0].strip()


def section_fields(
    lines: Sequence[str], headings: Sequence[Heading], end: int, covered: set[int], dialect: Dialect
) -> Iterator[Field]:
    """Yield the text under each of ``headings`` that names a field of the dialect, line by line.

    ``end`` is the last line.
    """
    for index, heading in enumerate(headings):
        if heading.text.strip().lower() in dialect.roles:
            last = headings[index + 1].line - 1 if index + 1 < len(headings) else end
            found: list[Field] = []
            for number in range(heading.line + 1, last + 1):
                line = lines[number - 1]
                text = line.strip().lstrip("*+- ")
                if text and number not in covered and not text.startswith("==="):
                    found.append(Field(heading.text.strip(), _unbold(PlacedText(text, number, line.index(text) + 1))))
            # A quote above the value explains it, as templates do: "> One of proposed, accepted."
            yield from [field for field in found if not field.value.text.startswith(">")] or found


def table_fields(lines: Sequence[str], tables: Iterable[Table], dialect: Dialect) -> Iterator[Field]:
    """Yield the fields of the first table that has some, in rows or across, for the names that the dialect knows."""
    for table in tables:
        numbers = [table.start, *range(table.start + 2, table.end + 1)]
        rows = [(number, split_row(lines[number - 1], number)[0]) for number in numbers]
        found = _table_of_fields(rows, dialect) or _fields_across(rows, dialect)
        if found:
            yield from found
            return


def _table_of_fields(rows: Sequence[tuple[int, Sequence[PlacedText]]], dialect: Dialect) -> list[Field]:
    """Return the fields of a table; none where it is some other table.

    It has two columns and says a status or a date. Where its header names a field, that is the first of them only if a
    value stands beside it: a table of ``Status`` and ``Meaning`` explains words.
    """
    if len(rows[0][1]) != 2:
        return []
    pairs = [Field(_unmarked(c[0]).text.rstrip(": "), _unmarked(c[1])) for _, c in rows if len(c) == 2]
    head, *body = [pair for pair in pairs if pair.key.lower() in dialect.roles or pair is pairs[0]]
    if head.key.lower() in dialect.roles:
        if not _is_value(head, dialect):
            return []
        body.insert(0, head)
    told = {dialect.roles[pair.key.lower()] for pair in body}
    return body if told - {TITLE, OTHER} else []


def _fields_across(rows: Sequence[tuple[int, Sequence[PlacedText]]], dialect: Dialect) -> list[Field]:
    """Return the fields of a table with one row below the names of a status and a date; none where it is some other one."""
    if len(rows) != 2 or len(rows[0][1]) != len(rows[1][1]):
        return []
    names = [_unmarked(cell).text.rstrip(": ") for cell in rows[0][1]]
    pairs = zip(names, map(_unmarked, rows[1][1]), strict=True)
    found = [Field(name, value) for name, value in pairs if name.lower() in dialect.roles]
    said = {dialect.roles[pair.key.lower()]: pair.value.text for pair in found}
    return found if said.get(STATUS) and looks_like_date(said.get(DATE, "")) else []


def quoted_fields(lines: Sequence[str], numbers: Iterable[int], dialect: Dialect) -> Iterator[Field]:
    """``> **Key**: value`` and ``> Key: value`` among the lines with these numbers, for the keys that the dialect knows."""
    for number in numbers:
        quote = _QUOTE.match(lines[number - 1])
        rest = lines[number - 1][quote.end() :] if quote else ""
        match = (_BOLD.match(rest) or _PLAIN.match(rest)) if quote else None
        if quote and match and match[1].lower() in dialect.roles:
            yield Field(match[1], PlacedText(match[2].strip(), number, quote.end() + match.start(2) + 1))


def _is_value(field: Field, dialect: Dialect) -> bool:
    """Return whether the header of a table reads as a field and its value."""
    role, text = dialect.roles[field.key.lower()], field.value.text
    if role == DATE:
        return looks_like_date(text)
    words = re.sub(r"^[^\w]+", "", text).casefold()
    return role == STATUS and any(words.startswith(known.casefold()) for known in dialect.statuses)


def _unbold(value: PlacedText) -> PlacedText:
    """Return a value that begins in bold, of which the first mark is gone, without the second one: ``Done** (by us)``."""
    start, mark, rest = value.text.partition("**")
    return value._replace(text=start.rstrip() + rest) if mark and "**" not in rest else value


def _unmarked(cell: PlacedText) -> PlacedText:
    """Return a cell without the marks around all of its text."""
    match = _MARKED.fullmatch(cell.text)
    return PlacedText(match[2], cell.line, cell.column + len(match[1])) if match else cell


def find_fields(
    lines: Sequence[str], near: Sequence[int], below: Sequence[Heading], end: int, front: int, covered: set[int],
    tables: Iterable[Table], dialect: Dialect,
) -> list[Field]:  # fmt: skip
    """Return the fields of one entry, place by place as the dialect lists them.

    ``near`` are the numbers of the lines between its heading and the next one (code and INDEX rows left out), ``tables`` the
    tables there, ``below`` are the headings inside it, ``end`` is its last line, ``front`` the length of the front matter.
    """
    found: list[Field] = []
    for place in dialect.fields:
        if place == BOLD:
            found.extend(bold_fields(lines, near))
        elif place == PLAIN:
            found.extend(plain_fields(lines, near, dialect))
        elif place == FRONT_MATTER:
            found.extend(front_matter_fields(lines, front))
        elif place == SECTIONS:
            found.extend(section_fields(lines, below, end, covered, dialect))
        elif place == TABLE:
            found.extend(table_fields(lines, tables, dialect))
    if dialect.entries == FILES:
        found.extend(quoted_fields(lines, near, dialect))
    return found
