"""What META, the SUMMARY and the INDEX should say. The only author of them: checks ask here, and so do fixers.

Everything comes from the entries, nothing from the clock: the same ledger always gives the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from autopack_hooks.core.edits import Edit
from autopack_hooks.ledger import dialect as roles
from autopack_hooks.ledger.cells import as_cell
from autopack_hooks.ledger.dates import looks_like_date, parse_date
from autopack_hooks.ledger.dialect import Column, Dialect
from autopack_hooks.ledger.model import Document, Entry, IndexRow, PlacedText
from autopack_hooks.ledger.wording import COMPARED, agrees

UPDATED = "Last_Updated"
STUB = "<!-- autopack: stub -->"
_UNIQUE = re.compile(r"(?<![0-9])([0-9]+) unique\b")
_COUNTED = re.compile(r"[0-9]++[^|(]*+\((?<![0-9])[0-9]+ unique[^)|]*\)")
_FIRST = re.compile(r"[0-9]+")
_SAID_TIME = re.compile(r"Last updated:\s*(.*)")
_VALUES = {"Format_Version": "2.0"}
_NO_PROSE = re.compile(r"\s*(?:$|[#>|<`~=]|[-*_]{3,}\s*$|(?:[-*+]\s+)?\*\*[\w /-]+(?::\*\*|\*\*\s*:))")
_SENTENCE = re.compile(r"(?<=[.!?])\s")
_SUMMARY_LENGTH = 300


@dataclass(frozen=True)
class LedgerSummary:
    """Count the entries for the generated parts, and date the newest one (in UTC).

    ``unique`` counts whole numbers: BUILD-170 and BUILD-170.1 are one.
    """

    count: int
    unique: int
    newest: datetime | None

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> LedgerSummary:
        """Return the summary of some entries."""
        known = list(entries)
        dates = [entry.date for entry in known]
        unique = {whole_number(entry.entry_id) for entry in known}
        return cls(len(known), len(unique), max((date for date in dates if date), default=None))

    @property
    def time(self) -> str | None:
        """Return the newest entry's date as META has it."""
        return self.newest.strftime("%Y-%m-%dT%H:%M:%SZ") if self.newest else None

    def accepts(self, said: str) -> bool:
        """Return whether a time is that of the newest entry: most entries tell the day only, META may tell the hour."""
        time = parse_date(said)
        if time is None or self.newest is None:
            return time is not None
        return time.date() == self.newest.date() and time.replace(microsecond=0) >= self.newest.replace(microsecond=0)


def whole_number(entry_id: str) -> str:
    """Return an id without the dotted parts of its number, and without its leading zeros."""
    head, _, tail = entry_id.rpartition("-")
    number = re.match("[0-9]*", tail)
    return f"{head}-{number.group().lstrip('0') if number else ''}"


class WrongValue(NamedTuple):
    """A generated value that does not say what the entries say.

    ``code`` is that of the finding; empty for a time that can be read but is not the newest entry's, which is no fault
    that a check tells. ``current`` is what stands there (for a missing field, its block). ``wanted`` is what should.
    """

    code: str
    name: str
    current: PlacedText
    wanted: str | None
    edit: Edit | None


def wrong_values(document: Document, expected: LedgerSummary | None = None) -> Iterator[WrongValue]:
    """Yield the values of META and SUMMARY that are wrong by ``expected`` (default: those of the ledger's own entries)."""
    expected = expected or LedgerSummary.of(document.entries.values())
    yield from _wrong_meta(document, expected)
    yield from _wrong_summary(document, expected)


def _wrong_meta(document: Document, expected: LedgerSummary) -> Iterator[WrongValue]:
    if not document.metas:
        return
    meta, dialect = document.metas[0], document.dialect
    wanted = {**_VALUES, UPDATED: expected.time, dialect.count_field: str(expected.count)}
    last = max((field.line for field in meta.fields.values()), default=meta.line)
    for name in (*dialect.meta_fields, dialect.count_field):
        if name and name not in meta.fields:
            value = wanted.get(name)
            edit = _new_line(document, last, f"{name}: {value}") if value else None
            yield WrongValue("LED015", name, PlacedText("", meta.line, meta.column), value, edit)
    count = meta.fields.get(dialect.count_field)
    if count and _COUNTED.match((said := _before_end(count)).text):
        yield from _wrong_counts(document, expected, "LED016", dialect.count_field, said)
    elif count and said.text != str(expected.count):
        yield _replace(document, "LED016", dialect.count_field, said, str(expected.count))
    if UPDATED in meta.fields:
        yield from _wrong_time(document, expected, UPDATED, _before_end(meta.fields[UPDATED]))


def _wrong_summary(document: Document, expected: LedgerSummary) -> Iterator[WrongValue]:
    summary = document.summary
    if summary is None:
        return
    yield from _wrong_counts(document, expected, "LED018", "count", summary)
    time = _SAID_TIME.search(summary.text)
    if time:
        said = PlacedText(time[1].rstrip(), summary.line, summary.column + time.start(1))
        yield from _wrong_time(document, expected, "Last updated", said)


def _wrong_counts(
    document: Document, expected: LedgerSummary, code: str, name: str, text: PlacedText
) -> Iterator[WrongValue]:
    """Yield the numbers that are wrong in ``9 entries``, ``9 entries (8 unique)``, or ``8 unique`` alone."""
    unique, first = _UNIQUE.search(text.text), _FIRST.match(text.text)
    counted = None if unique and not _COUNTED.match(text.text) else first
    for match, wanted, what in ((counted, expected.count, name), (unique, expected.unique, f"{name} unique")):
        number = match[match.lastindex or 0] if match else ""
        if match and int(number[:9]) != wanted:
            said = PlacedText(number, text.line, text.column + match.start())
            yield _replace(document, code, what, said, str(wanted))


def _wrong_time(document: Document, expected: LedgerSummary, name: str, said: PlacedText) -> Iterator[WrongValue]:
    if not expected.accepts(said.text):
        code = "" if parse_date(said.text) else "LED017"
        yield _replace(document, code, name, said, expected.time)


def value_places(document: Document) -> dict[str, PlacedText]:
    """Return where the generated values of META and SUMMARY stand, right or wrong, by a name for each."""
    found = {}
    if document.metas:
        fields = document.metas[0].fields
        for name in (document.dialect.count_field, UPDATED):
            if name in fields:
                found[f"META {name}"] = _before_end(fields[name])
    said = document.summary
    if said:
        count, time = _COUNTED.match(said.text) or _FIRST.match(said.text), _SAID_TIME.search(said.text)
        if count:
            found["SUMMARY count"] = PlacedText(count[0], said.line, said.column)
        if time:
            found["SUMMARY time"] = PlacedText(time[1].rstrip(), said.line, said.column + time.start(1))
    return found


def _before_end(value: PlacedText) -> PlacedText:
    """Return a value without the end of the comment that it stands in."""
    return value._replace(text=value.text.split("-->", 1)[0].rstrip())


def _replace(document: Document, code: str, name: str, said: PlacedText, wanted: str | None) -> WrongValue:
    at = document.source.offset(said.line, said.column)
    blank = "" if said.text or document.source.text[at - 1 : at].isspace() else " "
    return WrongValue(code, name, said, wanted, Edit(at, at + len(said.text), blank + wanted) if wanted else None)


def _new_line(document: Document, line: int, text: str) -> Edit | None:
    """Return a new line below ``line``, unless the comment ends on that."""
    if "-->" in document.source.lines[line - 1] or line >= len(document.source.lines):
        return None
    at = document.source.offset(line + 1)
    return Edit(at, at, text + document.source.newline)


def index_row(entry: Entry, columns: Sequence[Column], dialect: Dialect) -> str:
    """Return the INDEX row that an entry without one should have, for a table of ``columns``."""
    fields = {name.lower(): value.text for section in entry.sections for name, value in section.fields.items()}
    label = _label_column(columns)
    cells = []
    for column in columns:
        if column.role == roles.ID:
            text = entry.entry_id
        elif column.role == roles.DATE:
            text = _said_date(entry)
        elif column.role == roles.TITLE or column is label:
            text = entry.title
        elif column.role == roles.SUMMARY:
            text = lead(entry) or entry.title
        else:
            said = entry.value(column.role) if column.role != roles.OTHER else None
            text = said.text if said else fields.get(column.header.lower(), "")
        cells.append(as_cell(text))
    return "| " + " | ".join(cells) + " |"


class WrongCell(NamedTuple):
    """A cell of the INDEX ``row`` that contradicts the entry's section, which says ``wanted`` of the ``role``."""

    row: IndexRow
    role: str
    current: PlacedText
    wanted: str


def wrong_cells(entry: Entry) -> Iterator[WrongCell]:
    """Yield the cells of an entry's row that say another date, title or status than each of its sections.

    Of several rows nobody knows which one is meant, and in one with too many or too few cells which cell says what.
    """
    rows = entry.rows
    if len(rows) != 1 or rows[0].place != "index" or len(rows[0].cells) != rows[0].expected:
        return
    for role in COMPARED:
        cell = rows[0].values.get(role)
        values = [section.values[role].text for section in entry.sections if role in section.values]
        if cell and cell.text and values and not any(agrees(role, cell.text, value) for value in values):
            yield WrongCell(rows[0], role, cell, as_cell(values[0]))


def corrected(entry: Entry) -> list[IndexRow]:
    """Return the rows of an entry, as they say what its sections say."""
    wanted = {wrong.current: wrong.current._replace(text=wrong.wanted) for wrong in wrong_cells(entry)}
    return [row._replace(cells=tuple(wanted.get(cell, cell) for cell in row.cells)) for row in entry.rows]


def _label_column(columns: Sequence[Column]) -> Column | None:
    """Return the column behind the id that says in a word what an entry is about, where no column is for the title."""
    if any(column.role == roles.TITLE for column in columns):
        return None
    at = next(i for i, column in enumerate(columns) if column.role == roles.ID) + 1
    return columns[at] if at < len(columns) and columns[at].role == roles.OTHER else None


def _said_date(entry: Entry) -> str:
    said = [s.values[roles.DATE].text for s in entry.sections if roles.DATE in s.values]
    said += [r.values[roles.DATE].text for r in entry.rows if roles.DATE in r.values]
    return next((text for text in said if parse_date(text)), said[0] if said and looks_like_date(said[0]) else "")


def lead(entry: Entry) -> str:
    """Return the first sentence of an entry's prose; empty where its sections start with none."""
    for section in entry.sections:
        words: list[str] = []
        for line in section.lines[1:]:
            if _NO_PROSE.match(line) or line.startswith(("    ", "\t")):
                if words or line.lstrip().startswith(("#", "`", "~")):
                    break
                continue
            words.append(line.strip())
        if words:
            text = _SENTENCE.split(" ".join(words), maxsplit=1)[0]
            return text.removesuffix(".") if len(text) <= _SUMMARY_LENGTH else _cut(text)
    return ""


def _cut(text: str) -> str:
    return text[:_SUMMARY_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:") + "..."


def heading(dialect: Dialect, entry_id: str, date: str, title: str, status: str = "") -> str:
    """Return the canonical heading of an entry."""
    number = entry_id.rpartition("-")[2].lstrip("0") or "0"
    form = dialect.headings[0]
    if " | " in form:
        title = title.replace(" | ", " / ")  # which would end the title, or begin it
    text = form.format(id=entry_id, number=number, date=date, title=title, status=status)
    return f"{'#' * dialect.level} {text}"


def new_section(
    dialect: Dialect, entry_id: str, date: str, title: str, status: str, severity: str, line: str | None = None
) -> str:
    """Return the section (or, where entries are files, the file) of a new entry, ending with one newline.

    Args:
        dialect: the dialect of the ledger.
        entry_id: its id.
        date: its date.
        title: its title.
        status: its status.
        severity: its severity; empty for none.
        line: its heading, where that is not the dialect's first form.
    """
    number = entry_id.rpartition("-")[2].lstrip("0") or "0"
    line = line or heading(dialect, entry_id, date, title, status)
    text = dialect.template.format(heading=line, id=entry_id, number=number, date=date, title=title, status=status)
    if severity:
        field = f"**Severity**: {severity}"
        text = re.sub(r"(?m)^(\*\*Status\*\*:.*)$", lambda m: f"{m[1]}\n{field}", text, count=1)
        text = text if field in text else f"{text.rstrip()}\n\n{field}\n"
    return text.rstrip("\n") + "\n"


def new_file(dialect: Dialect, name: str) -> str:
    """Return a ledger without entries."""
    parts = ["# " + name.replace("_", " ").replace("-", " ").title(), ""]
    if dialect.count_field:
        known = {**_VALUES, dialect.count_field: "0"}
        fields = [f"{name}: {known[name]}" for name in (dialect.count_field, *dialect.meta_fields) if name in known]
        parts += ["<!-- META", *fields, "-->", ""]
    if dialect.columns:
        headers = "| " + " | ".join(column.header for column in dialect.columns) + " |"
        parts += ["## INDEX", "", headers, "|" + "---|" * len(dialect.columns), "", "## ENTRIES", ""]
    return "\n".join([*parts, ""]) if len(parts) == 2 else "\n".join(parts)


def stub_section(entry: Entry, dialect: Dialect, newline: str) -> str | None:
    """Return the section that an entry with nothing but a row gets; None where the row tells no date or title."""
    date = _said_date(entry)
    title = " ".join(entry.title.split()).strip("#| ")
    if not title or ("{date}" in dialect.headings[0] and not parse_date(date)):
        return None
    return newline.join([heading(dialect, entry.entry_id, date, title), "", STUB, "", ""])
