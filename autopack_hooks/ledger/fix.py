"""Mends a ledger: text in, text out, proved before it is handed on.

Safe mends cannot lose meaning: they write what the renderer is the author of, move rows into their table, and add
rows that are missing. The others change words or order that people chose, or write sections that nobody wrote. A mend
is known by the code and the line of the finding that it answers, so that whoever ignores the finding also keeps the mend
away.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from autopack_hooks.core.conflicts import conflict_lines
from autopack_hooks.core.edits import Edit, apply_edits
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger import dialect as roles
from autopack_hooks.ledger.cells import bars_to_escape, escaped, words
from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.ledger.insert import (  # fmt: skip
    Insertion,
    entry_key,
    has_index,
    key_of,
    main_table,
    new_table,
    place_rows,
    place_sections,
)
from autopack_hooks.ledger.model import Document, IndexRow, Section
from autopack_hooks.ledger.render import (  # fmt: skip
    STUB,
    corrected,
    heading,
    index_row,
    stub_section,
    wrong_cells,
    wrong_values,
)
from autopack_hooks.ledger.siblings import TitleForm, is_odd, title_like
from autopack_hooks.ledger.tables import IndexTable
from autopack_hooks.ledger.versions import definition_edits
from autopack_hooks.markdown.referee import parsers_agree

Wanted = Callable[[str, int], bool]
"""Whether the finding of a code on a line is to be mended; asked only where there is an edit that mends it."""
Choose = Callable[[Document], Wanted]
"""Makes that question for a ledger: what is ignored in it depends on its text."""
Parse = Callable[[SourceText], Document]
_ATX = re.compile(r" {0,3}#{1,6}[ \t]")


@dataclass(frozen=True)
class FixResult:
    """The file after all mends that could be proved, and a line for each kind of them that was refused."""

    document: Document
    refused: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the file's text."""
        return self.document.source.text


def fix_document(
    document: Document,
    parse: Parse,
    choose: Choose,
    *,
    unsafe: bool = False,
    stubs: bool = False,
    titles: TitleForm | None = None,
) -> FixResult:
    """Mend one file of a ledger; what cannot be proved is left as it is.

    A file that is not text, or holds conflict markers, is left alone as a whole.

    Args:
        document: the file.
        parse: reads a text as this file is read.
        choose: makes the question which findings are to be mended.
        unsafe: also write headings in the dialect's form, and sort the rows.
        stubs: also write a section for each row without one.
        titles: the form of title that most files of the folder share, if there is one.
    """
    reason = unfit(document, choose(document))
    if reason:
        return FixResult(document, (reason,))
    refused: list[str] = []
    now = document
    safe = WITH_STUBS if stubs else SAFE
    stages = [safe, *((_headings(titles), ORDER, safe) if unsafe else ())]
    while stages:
        stage = stages.pop(0)
        after = _run(now, stage, parse, choose)
        if after is None and stage is safe:
            # One that cannot be proved is no reason to leave the others.
            stages[:0] = [VALUES, ROWS, *([STUBS] if stubs else [])]
        elif after is None:
            refused.append(f"{stage.what} cannot be mended without touching something else")
        else:
            now = after
    if now is not document and not parsers_agree(now.structure, now.source.text):
        return FixResult(document, ("two Markdown parsers read the fixed text differently",))
    return FixResult(now, tuple(dict.fromkeys(refused)))


def insert_entry(document: Document, parse: Parse, entry_id: str, section: str) -> str | None:
    """Return the text with a new entry's ``section``, its row, and the values of META and SUMMARY.

    None where the section would not be read as that entry, or something else would change.
    """
    source = document.source
    probe = parse(SourceText.from_text(source.path, section)).entries.get(entry_id)
    if probe is None:
        return None
    text = section.replace("\n", source.newline) + source.newline
    edits = place_sections(document, [Insertion(entry_key(document.dialect, probe), text)])
    edits += definition_edits(document, entry_id) if document.dialect.ids == roles.VERSIONS else []
    between = parse(SourceText.from_text(source.path, apply_edits(source.text, edits), bom=source.bom))
    added = between.entries.get(entry_id)
    if not _unchanged(document, between) or added is None or len(added.sections) != 1:
        return None
    line = added.sections[0].line
    values = ("LED015", "LED016", "LED017", "LED018")
    edits = safe_edits(between, lambda code, at: code in values or (code, at) == ("LED007", line))
    after = parse(SourceText.from_text(source.path, apply_edits(between.source.text, edits), bom=source.bom))
    return after.source.text if keeps(between, after) and parsers_agree(after.structure, after.source.text) else None


def _unchanged(before: Document, after: Document) -> bool:
    """Return whether every entry of ``before`` is as it was."""
    return all(
        entry_id in after.entries and entry.content_hash == after.entries[entry_id].content_hash
        for entry_id, entry in before.entries.items()
    )


def unfit(document: Document, wanted: Wanted) -> str:
    """Why a ledger is left alone; empty where it is not."""
    fault = document.source.fault
    if fault:
        return f"line {fault.line}: {fault.reason}"
    marked = [line for line in conflict_lines(document.source) if wanted("LED002", line)]
    return f"line {marked[0]}: a merge left conflict markers; resolve the conflict first" if marked else ""


@dataclass(frozen=True)
class FixStep:
    """One kind of mends: what it is called, its edits, and whether it may change the headings of sections."""

    what: str
    edits: Callable[[Document, Wanted], list[Edit]]
    headings: bool = False


def _run(document: Document, stage: FixStep, parse: Parse, choose: Choose) -> Document | None:
    """Return the ledger after one stage; None where it loses something, or does not come to rest."""
    found = stage.edits(document, choose(document))
    if not found:
        return document
    source = document.source
    try:
        text = apply_edits(source.text, found)
    except ValueError:  # two mends want the same place
        return None
    after = parse(SourceText.from_text(source.path, text, bom=source.bom))
    rests = keeps(document, after, headings=stage.headings) and not stage.edits(after, choose(after))
    return after if rests else None


def keeps(before: Document, after: Document, *, headings: bool = False) -> bool:
    """Return whether ``after`` has the same entries, with the same sections and rows; only stubs and rows may be new.

    A row may be corrected to what its section says.
    With ``headings``, headings may be written otherwise, with a status line below them.
    """
    kept = (len(before.foreign), len(before.quoted), len(before.metas)) == (
        len(after.foreign), len(after.quoted), len(after.metas),
    )  # fmt: skip
    if not kept or before.entries.keys() != after.entries.keys():
        return False
    for entry_id, old in before.entries.items():
        new = after.entries[entry_id]
        if old.rows and {words(row) for row in corrected(old)} != {words(row) for row in corrected(new)}:
            return False
        if old.sections and not _same(old.sections, new.sections, headings):
            return False
        if not old.sections and any(STUB not in section.lines for section in new.sections):
            return False
    return _nameless(before) == _nameless(after)


def _same(old: list[Section], new: list[Section], headings: bool) -> bool:
    if len(old) != len(new):
        return False
    if headings:
        return all(
            b.lines[b.line - b.first + 1 :][-len(a.lines) + 1 + a.line - a.first :] == a.lines[a.line - a.first + 1 :]
            and b.lines[: b.line - b.first] == a.lines[: a.line - a.first]
            for a, b in zip(old, new, strict=True)
        )
    return all(a.lines == b.lines for a, b in zip(old, new, strict=True))


def _nameless(document: Document) -> set[tuple[str, ...]]:
    return {words(row) for row in document.rows if row.entry_id is None}


def safe_edits(document: Document, wanted: Wanted) -> list[Edit]:
    """Return what cannot lose meaning: generated values, rows in their table, escaped bars, rows that are missing."""
    return [*value_edits(document, wanted), *row_edits(document, wanted)]


def edits_with_stubs(document: Document, wanted: Wanted) -> list[Edit]:
    """Return what cannot lose meaning, and the sections that only a person can ask for."""
    return [*safe_edits(document, wanted), *stub_edits(document, wanted)]


def value_edits(document: Document, wanted: Wanted) -> list[Edit]:
    """Return the values of META and SUMMARY."""
    return [w.edit for w in wrong_values(document) if w.edit and wanted(w.code or "LED017", w.current.line)]


def stub_edits(document: Document, wanted: Wanted) -> list[Edit]:
    """Return a section, marked as a stub, for each entry that has nothing but a row."""
    stubs = []
    quoted = {quote.entry_id for quote in document.quoted}
    for entry in document.entries.values():
        if not entry.sections and entry.entry_id not in quoted:
            text = stub_section(entry, document.dialect, document.source.newline)
            if text and wanted("LED006", entry.rows[0].line):
                stubs.append(Insertion(entry_key(document.dialect, entry), text))
    return place_sections(document, stubs)


def row_edits(document: Document, wanted: Wanted) -> list[Edit]:
    """Return rows that are missing, outside of the table, there twice, split by a bar, or that contradict their section."""
    table = main_table(document)
    edits = list(_corrections(document, wanted))
    items = list(_missing_rows(document, table, wanted))
    seen: set[tuple[str | None, tuple[str, ...]]] = set()
    for row in sorted(document.rows, key=lambda row: row.place != "index"):
        known = (row.entry_id, words(row))
        if row.place == "index" and known in seen and row.entry_id and wanted("LED005", row.line):
            edits.append(_without(document, row))
        elif row.place == "index":
            escapes = list(_escapes(document, row))
            if escapes and wanted("LED009", row.line):
                edits.extend(escapes)
        elif table and _movable(document, row, table) and wanted("LED010", row.line):
            edits.append(_without(document, row))
            key = key_of(document.dialect, row.entry_id, row.values)
            if known not in seen and key:
                text = escaped(document.source.lines[row.line - 1], row)
                items.append(Insertion(key, text if text.endswith("|") else f"{text} |"))
        seen.add(known)
    placed = place_rows(document, table, items) if table else new_table(document, items)
    return [*edits, *_apart(document, placed, wanted)]


def _corrections(document: Document, wanted: Wanted) -> Iterator[Edit]:
    for entry in document.entries.values():
        for row, _, cell, text in wrong_cells(entry):
            if wanted("LED034", row.line):
                at = document.source.offset(cell.line, cell.column)
                yield Edit(at, at + len(cell.text), text)


def _missing_rows(document: Document, table: IndexTable | None, wanted: Wanted) -> Iterator[Insertion]:
    columns = table.columns if table else document.dialect.columns
    for entry in document.entries.values() if has_index(document) else ():
        if not entry.rows and wanted("LED007", entry.sections[0].line):
            yield Insertion(entry_key(document.dialect, entry), index_row(entry, columns, document.dialect))


def _without(document: Document, row: IndexRow) -> Edit:
    """Takes a row away: its whole line, or what stands behind the text that it is glued to."""
    source = document.source
    start = source.offset(row.line, row.column if row.place == "glued" else 1)
    line_end = source.starts[row.line - 1] + len(source.lines[row.line - 1])
    following = source.starts[row.line] if row.line < len(source.lines) else line_end
    return Edit(start, line_end if row.place == "glued" else following, "")


def _escapes(document: Document, row: IndexRow) -> Iterator[Edit]:
    for column in bars_to_escape(document.source.lines[row.line - 1], row):
        at = document.source.offset(row.line, column)
        yield Edit(at, at, "\\")


def _movable(document: Document, row: IndexRow, table: IndexTable) -> bool:
    """Return whether a row without a table would be a whole row of ``table``."""
    line = document.source.lines[row.line - 1]
    cells = len(row.cells) - len(bars_to_escape(line, row))
    headers = [column.header.lower() for column in table.columns]
    fits = headers == [column.header.lower() for column in document.dialect.columns]
    whole = row.place == "outside" or line.rstrip().endswith("|")
    return fits and whole and cells == row.expected and key_of(document.dialect, row.entry_id, row.values) is not None


def _apart(document: Document, placed: list[Edit], wanted: Wanted) -> Iterator[Edit]:
    """``placed``, and a blank line between the table and the prose that it swallows."""
    newline = document.source.newline
    swallowed = {document.source.offset(number) for number in document.swallowed if wanted("LED010", number)}
    for edit in placed:
        yield edit._replace(replacement=edit.replacement + newline) if edit.start in swallowed else edit
        swallowed.discard(edit.start)
    yield from (Edit(at, at, newline) for at in swallowed)


def _headings(titles: TitleForm | None) -> FixStep:
    return FixStep("headings", partial(heading_edits, titles=titles), headings=True)


def heading_edits(document: Document, wanted: Wanted, *, titles: TitleForm | None = None) -> list[Edit]:
    """Return headings in the dialect's form; a status in a heading becomes a line of its own below it.

    Titles of files are written in the form ``titles``.
    """
    if document.dialect.entries == FILES:
        return list(_titles(document, wanted, titles))
    edits: list[Edit] = []
    high = [h.line for h in document.structure.headings if h.level <= document.dialect.level]
    for section in document.sections:
        code = {"variant": "LED024", "malformed": "LED003"}.get(section.form)
        # A heading inside would end the section once its own heading is of the dialect's level.
        inside = bisect_right(high, section.line) < bisect_right(high, section.end)
        found = list(_canonical_heading(document, section)) if code and not inside else []
        if code and found and wanted(code, section.line):
            edits.extend(found)
    return edits


def _titles(document: Document, wanted: Wanted, form: TitleForm | None) -> Iterator[Edit]:
    source, dialect = document.source, document.dialect
    for section in document.sections:
        line = source.lines[section.line - 1]
        title = section.values[roles.TITLE].text if roles.TITLE in section.values else ""
        code = "LED026" if section.form == "malformed" else "LED024" if is_odd(section, form) else ""
        if code and title and wanted(code, section.line) and _ATX.match(line):
            text = (
                f"{'#' * section.level} {title_like(section, form)}"
                if form
                else heading(dialect, section.entry_id, "", title)
            )
            at = source.starts[section.line - 1]
            yield Edit(at, at + len(line), text)


def _canonical_heading(document: Document, section: Section) -> Iterator[Edit]:
    source, dialect = document.source, document.dialect
    line = source.lines[section.line - 1]
    title = section.values[roles.TITLE].text if roles.TITLE in section.values else ""
    date = section.values[roles.DATE].text if roles.DATE in section.values else ""
    if not title or not parse_date(date) or not _ATX.match(line) or " | " in title:
        return
    said = section.values.get(roles.STATUS)
    status = said.text if said and said.line == section.line else ""
    text = heading(dialect, section.entry_id, date, title)
    if status:
        text += f"{source.newline * 2}**Status**: {status}"
    at = source.starts[section.line - 1]
    yield Edit(at, at + len(line), text)


def order_edits(document: Document, wanted: Wanted) -> list[Edit]:
    """Return the rows of the INDEX by date and id; a row without a date stays below the one that it is below."""
    table = main_table(document)
    if table is None:
        return []
    lines = range(table.header + 2, table.last + 1)
    known = {row.line: key_of(document.dialect, row.entry_id, row.values) for row in document.rows}
    first = next((key for key in map(known.get, lines) if key), None)
    if first is None:
        return []
    keys, above = {}, first
    for number in lines:
        above = keys[number] = known.get(number) or above
    ordered = sorted(lines, key=keys.__getitem__, reverse=document.dialect.newest_first)
    source = document.source
    edits = [
        Edit(source.starts[old - 1], source.starts[old - 1] + len(source.lines[old - 1]), source.lines[new - 1])
        for old, new in zip(lines, ordered, strict=True)
        if source.lines[old - 1] != source.lines[new - 1]
    ]
    return edits if edits and wanted("LED014", table.header) else []


SAFE = FixStep("META and INDEX", safe_edits)
WITH_STUBS = FixStep("META, INDEX and sections", edits_with_stubs)
VALUES = FixStep("the values of META and SUMMARY", value_edits)
ROWS = FixStep("the rows of the INDEX", row_edits)
STUBS = FixStep("missing sections", stub_edits)
ORDER = FixStep("the order of the rows", order_edits)
