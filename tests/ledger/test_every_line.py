"""Every line of a ledger is of an entry, of the text above the first one, of a named section, or reported."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.rules.headings import foreign, unclaimed
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DIALECTS, HEADINGS, Dialect
from autopack_hooks.ledger.model import Document, Ledger
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.ledger.tables import index_tables

LINES = [
    "",
    "",
    "text",
    "more text",
    "- item",
    "```",
    "<!-- open",
    "-->",
    "<!-- remark -->",
    "---",
    "===",
    "**Status**: Open",
    "# Top",
    "## Notes",
    "## INDEX (all)",
    "## Unreleased",
    "### Positive",
    "### RFC-2119 words",
    "#### Deeper",
    "> ### Quoted",
    "[1.0.0]: https://example.com",
    "| a | b |",
]
LEVELS = ("#", "##", "###")


def headings(dialect: Dialect) -> list[str]:
    """Return headings of entries: right ones, slips, and those of other ledgers."""
    ids = ["1.0.0", "[1.1.0]"] if not dialect.prefix else [f"{dialect.prefix}-{n:03}" for n in (1, 2, 3)]
    slips = ["1.0"] if not dialect.prefix else [f"{dialect.prefix[:-1]}-004", f"{dialect.prefix} 5"]
    rests = [" | 2026-01-01 | Title", ": Title", " - 2026-01-01"]
    named = [f"{level} {name}{rest}" for level in LEVELS for name in [*ids, *slips] for rest in rests]
    return [*named, "### DBG-009 | 2026-01-01 | Other", "### DEC-009 | 2026-01-01 | Other"]


def parsed(text: str, dialect: str) -> Document:
    return parse_document(SourceText.from_text("x.md", text), "x", DIALECTS[dialect], list(DIALECTS.values()))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    dialect = draw(st.sampled_from([dialect for dialect in DIALECTS.values() if dialect.entries == HEADINGS]))
    columns = [column.header for column in dialect.columns]
    cells = [{"date": "2026-01-01", "id": f"{dialect.prefix}-001"}.get(column.role, "x") for column in dialect.columns]
    table = [f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), cells)] if columns else []
    line = st.sampled_from(LINES) | st.sampled_from(headings(dialect))
    blocks = draw(st.lists(line.map(lambda text: [text]) | st.just(["", *table, ""]), max_size=20))
    text = "\n".join(text for block in blocks for text in block)
    return parsed(text, dialect.name)


def accounted(document: Document) -> set[int]:
    """Return the lines of entries, generated blocks, the head, named sections, and those that a finding is about.

    The link definitions of versions are one block, wherever they stand.
    """
    dialect, end = document.dialect, len(document.source.lines)
    tops = [h for h in document.structure.headings if not h.nested and h.level <= dialect.level]
    entries = {section.line for section in document.sections}
    others = {heading.line for heading, _ in document.foreign}
    loose = {h.line for h in tops if h.text.strip("[] ") in dialect.loose and h.level == dialect.level}
    parts = [h for h in tops if h.level < dialect.level or h.line in loose]
    starts = sorted({*entries, *others, *(h.line for h in parts)})
    named = loose | {h.line for h in parts if dialect.names_section(h.text)}
    known = set(range(1, min([*entries, *others], default=end + 1)))
    for start, after in pairwise([*starts, end + 1]):
        known |= set(range(start, after)) if start in named | others else set()
    for section in document.sections:
        known |= set(range(section.first, section.end + 1))
    for heading, last, _ in document.unclaimed:
        known |= set(range(heading.line, last + 1))
    for table in index_tables(document.source, document.structure, dialect):
        known |= set(range(table.header, table.last + 1))
    return known | {row.line for row in document.rows} | {link.line for link in document.links.values()}


@settings(max_examples=400, deadline=None)
@given(documents())
@example(
    parsed(
        "## 1.0.0 | 2026-01-01 | Title\n# 1.0.0 | 2026-01-01 | Title\n\n[1.0.0]: https://example.com",
        "keep-a-changelog",
    )
)
def test_no_line_is_lost(document: Document) -> None:
    headings = {n for h in document.structure.headings for n in (h.line, h.line + 1) if not h.nested}
    for number in set(range(1, len(document.source.lines) + 1)) - accounted(document):
        line = document.source.lines[number - 1]
        # A heading above the entries' level with nothing below it says no more than that.
        assert not line.strip("-=* ") or number in headings


@settings(max_examples=200, deadline=None)
@given(documents())
def test_what_is_of_no_entry_is_reported(document: Document) -> None:
    context = RuleContext([Ledger("x", "x.md", document.dialect, [document])])
    lines = {f.line for rule in (foreign, unclaimed) for f in rule(document, context)}
    assert lines == {heading.line for heading, *_ in (*document.unclaimed, *document.foreign)}


@pytest.mark.parametrize("dialect", [d.name for d in DIALECTS.values() if d.entries != HEADINGS])
def test_a_file_that_is_an_entry_is_all_of_it(dialect: str) -> None:
    text = "# 1. Title\n\n## Notes\n\n# Again\n\ntext\n"
    document = parse_document(SourceText.from_text("0001-x.md", text), "x", DIALECTS[dialect])
    assert [(section.first, section.end) for section in document.sections] == [(1, 8)]
