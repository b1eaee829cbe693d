"""Mending a ledger: what is wrong becomes right, and everything else stays."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.fix import FixResult, Wanted, fix_document, insert_entry
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.parse import parse_document
from tests.ledger.writing import EDITS, Edit, Page, edited, pages, parse, source
from tests.support import LEDGER

FEW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROW_2 = "| 2026-01-02 | BUILD-002 | Second | Adds the second thing | 2 |\n"
SECTION_2 = "### BUILD-002 | 2026-01-02 | Second\n\n**Status**: Complete\n\nAdds the second thing.\n\n"


def fix(text: str, *, unsafe: bool = False, stubs: bool = True, ignored: tuple[str, ...] = ()) -> FixResult:
    """``text`` mended."""
    choose = partial(partial, lambda document, code, line: code not in ignored)
    return fix_document(parse(source(text)), parse, choose, unsafe=unsafe, stubs=stubs)


def became(result: FixResult, text: str) -> bool:
    """Whether ``result`` is ``text``, with nothing refused."""
    return (result.text, result.refused) == (text, ())


SAFE = {
    "count": (LEDGER.replace("Total_Builds: 3", "Total_Builds: 9"), LEDGER),
    "empty count": (LEDGER.replace("Total_Builds: 3", "Total_Builds:"), LEDGER),
    "unreadable time": (LEDGER.replace("2026-01-03T00:00:00Z", "last Friday"), LEDGER),
    "older time": (LEDGER.replace("2026-01-03T00:00:00Z", "2025-12-31T10:00:00Z"), LEDGER),
    "missing field": (
        LEDGER.replace("Format_Version: 2.0\n", ""),
        LEDGER,
    ),
    "missing row": (
        LEDGER.replace(ROW_2, ""),
        LEDGER.replace(ROW_2, ROW_2.replace("| 2 |", "|  |")),
    ),
    "missing section": (
        LEDGER.replace(SECTION_2, ""),
        LEDGER.replace(
            SECTION_2,
            "### BUILD-002 | 2026-01-02 | Adds the second thing\n\n<!-- autopack: stub -->\n\n",
        ),
    ),
    "missing last section": (
        LEDGER[: LEDGER.index("\n### BUILD-001")],
        LEDGER[: LEDGER.index("### BUILD-001")]
        + "### BUILD-001 | 2026-01-01 | Adds the first thing\n\n<!-- autopack: stub -->\n",
    ),
    "bar in backticks": (
        LEDGER.replace("Adds the second thing | 2", "Uses `a | b` | 2"),
        LEDGER.replace("Adds the second thing | 2", "Uses `a \\| b` | 2"),
    ),
    "tight bars": (
        LEDGER.replace("Adds the second thing | 2", "Takes |x - y| first | 2"),
        LEDGER.replace("Adds the second thing | 2", "Takes \\|x - y\\| first | 2"),
    ),
    "row below the table": (
        LEDGER.replace(ROW_2, "").replace("## BUILDS", f"{ROW_2}\n## BUILDS"),
        LEDGER.replace("## BUILDS", "\n## BUILDS"),
    ),
    "row glued to a sentence": (
        LEDGER.replace(ROW_2, "").replace("Adds the first thing.\n", f"Adds the first thing.{ROW_2}"),
        LEDGER,
    ),
    "same row twice": (LEDGER.replace(ROW_2, ROW_2 * 2), LEDGER),
    "prose under the table": (
        LEDGER.replace("\n\n## BUILDS", "\nAnd so on.\n\n## BUILDS"),
        LEDGER.replace("\n\n## BUILDS", "\n\nAnd so on.\n\n## BUILDS"),
    ),
    "no table below its heading": (
        "# L\n\n## INDEX\n\n## BUILDS\n\n### BUILD-001 | 2026-01-01 | First\n\nAdds it.\n",
        "# L\n\n## INDEX\n\n| Timestamp | BUILD-ID | Phase | Summary | Files Changed |\n|---|---|---|---|---|\n"
        "| 2026-01-01 | BUILD-001 | First | Adds it |  |\n\n## BUILDS\n\n### BUILD-001 | 2026-01-01 | First\n\nAdds it.\n",
    ),
    "summary": (
        "**SUMMARY**\n**Summary**: 7 build entries (4 unique builds) documented | Last updated: 2025-01-01 15:44\n\n"
        + LEDGER,
        "**SUMMARY**\n**Summary**: 3 build entries (3 unique builds) documented | Last updated: 2026-01-03T00:00:00Z\n\n"
        + LEDGER,
    ),
    "parts of one number": (
        "**SUMMARY**\n**Summary**: 9 build entries (9 unique builds) documented\n\n"
        + LEDGER.replace("BUILD-003", "BUILD-002.1").replace("Total_Builds: 3", "Total_Builds: 4 (3 unique)"),
        "**SUMMARY**\n**Summary**: 3 build entries (2 unique builds) documented\n\n"
        + LEDGER.replace("BUILD-003", "BUILD-002.1").replace("Total_Builds: 3", "Total_Builds: 3 (2 unique)"),
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", SAFE)
def test_mended(name: str, newline: str) -> None:
    before, after = (text.replace("\n", newline) for text in SAFE[name])
    done = fix(before)
    assert became(done, after)
    assert became(fix(after), after)


NO_OPS = {
    "right as it is": LEDGER,
    "a later hour of the newest day": LEDGER.replace("2026-01-03T00:00:00Z", "2026-01-03T21:30:00Z"),
    "order is a matter of taste": LEDGER.replace(ROW_2, "").replace(
        "| 2026-01-03 | BUILD-003", ROW_2 + "| 2026-01-03 | BUILD-003"
    ),
    "another heading form": LEDGER.replace("### BUILD-002 | 2026-01-02 | Second", "## BUILD-002: Second (2026-01-02)"),
    "too few cells": LEDGER.replace("| Adds the second thing | 2 |", "| Adds the second thing |"),
    "which bar splits is not sure": LEDGER.replace("Adds the second thing | 2", "One | two | three | 2"),
    "different rows of one id": LEDGER.replace(ROW_2, ROW_2 + ROW_2.replace("second", "other")),
    "an id that a fence swallows": LEDGER.replace(
        "### BUILD-002 | 2026-01-02 | Second", "```\n### BUILD-002 | 2026-01-02 | Second"
    ).replace("second thing.\n", "second thing.\n```\n"),
    "no index at all": "# L\n\n### BUILD-001 | 2026-01-01 | First\n\nx\n",
    "blanks and tabs": LEDGER.replace("first thing.\n", "first thing.  \n\ttab\n\n\n"),
    "no newline at the end": LEDGER.rstrip("\n"),
    "empty": "",
    "nothing but prose": "Some prose.\n",
}


@pytest.mark.parametrize("name", NO_OPS)
def test_left_alone(name: str) -> None:
    assert became(fix(NO_OPS[name]), NO_OPS[name])


UNFIT = {
    "conflict": (LEDGER.replace("Complete\n", "<<<<<<< a\n=======\n>>>>>>> b\n", 1), "conflict markers"),
    "binary": (LEDGER.replace("second", "sec\0ond"), "NUL"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_garbage_is_left_as_it_was_with_a_reason(name: str) -> None:
    text, reason = UNFIT[name]
    document = parse(SourceText.from_bytes("x.md", text.replace("Total_Builds: 3", "Total_Builds: 9").encode()))
    done = fix_document(document, parse, lambda document: lambda code, line: True, unsafe=True)
    assert done.text == document.source.text
    assert len(done.refused) == 1 and reason in done.refused[0]


UNSAFE = {
    "heading": (
        LEDGER.replace("### BUILD-002 | 2026-01-02 | Second", "## BUILD-002: Second (2026-01-02) \u2705 DONE"),
        LEDGER.replace(
            "### BUILD-002 | 2026-01-02 | Second", "### BUILD-002 | 2026-01-02 | Second\n\n**Status**: \u2705 DONE"
        ),
    ),
    "malformed heading": (LEDGER.replace("### BUILD-002 |", "### BUILD 002 |"), LEDGER),
    "order": (NO_OPS["order is a matter of taste"], LEDGER),
    "sub-headings that would end the section": (
        text := LEDGER.replace(
            "### BUILD-002 | 2026-01-02 | Second", "## BUILD-002: Second (2026-01-02)\n\n### Detail"
        ),
        text,
    ),
    "no date": (text := LEDGER.replace("### BUILD-002 | 2026-01-02 | Second", "### BUILD-002: Second"), text),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_unsafe(name: str) -> None:
    before, after = UNSAFE[name]
    assert became(fix(before, unsafe=True), after)
    assert became(fix(after, unsafe=True), after)


def test_what_cannot_be_proved_is_left_and_the_rest_mended() -> None:
    # The comment is never closed, so a section behind it would be none.
    text = LEDGER.replace(SECTION_2, "").replace("Total_Builds: 3", "Total_Builds: 9")
    text = text[: text.index("### BUILD-001")] + "<!--\n"
    done = fix(text)
    assert done.text == text.replace("Total_Builds: 9", "Total_Builds: 3")
    assert done.refused == ("missing sections cannot be mended without touching something else",)


@pytest.mark.parametrize("code", ["LED006", "LED007", "LED009", "LED010", "LED016"])
def test_what_is_ignored_is_not_mended(code: str) -> None:
    broken = {
        "LED006": "missing section",
        "LED007": "missing row",
        "LED009": "tight bars",
        "LED010": "row below the table",
        "LED016": "count",
    }
    before = SAFE[broken[code]][0]
    assert became(fix(before, ignored=(code,)), before)
    assert fix(before).text != before


@pytest.mark.parametrize("name", ["missing section", "missing last section"])
def test_a_section_that_nobody_wrote_is_written_on_request_alone(name: str) -> None:
    before, after = SAFE[name]
    assert became(fix(before, stubs=False), before) and became(fix(before), after)
    assert became(fix(before, stubs=False, unsafe=True), before)
    both = before.replace("Total_Builds: 3", "Total_Builds: 9")
    assert became(fix(both, stubs=False), before), "what else is wrong is mended"


@st.composite
def broken_pages(draw: st.DrawFn) -> str:
    """A ledger with lines taken out, doubled or moved."""
    page = edited(draw(pages()), draw(EDITS), "m")
    lines = page.text.split("\n")
    for kind, at, other in draw(
        st.lists(st.tuples(st.sampled_from("dmc"), st.integers(0, 60), st.integers(0, 60)), max_size=5)
    ):
        if kind == "d" and lines:
            del lines[at % len(lines)]
        elif kind == "m" and lines:
            lines.insert(other % len(lines), lines.pop(at % len(lines)))
        elif lines:
            lines.insert(other % len(lines), lines[at % len(lines)])
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


@FEW
@given(broken_pages(), st.booleans())
def test_any_ledger_keeps_its_entries_and_comes_to_rest(text: str, unsafe: bool) -> None:
    done = fix(text, unsafe=unsafe)
    assert fix(done.text, unsafe=unsafe).text == done.text
    before, after = parse(source(text)), parse(source(done.text))
    assert before.entries.keys() == after.entries.keys()
    if not unsafe:
        for entry_id, entry in before.entries.items():
            if entry.sections:
                assert [s.lines for s in entry.sections] == [s.lines for s in after.entries[entry_id].sections]


@FEW
@given(pages(), EDITS)
def test_a_new_entry_is_the_only_difference(page: Page, edits: list[Edit]) -> None:
    text = edited(page, edits, "m").text
    document = parse(source(text))
    section = "### BUILD-900 | 2026-02-01 | New\n\n**Status**: Planned\n"
    added = insert_entry(document, parse, "BUILD-900", section)
    assert added is not None
    after = parse(source(added))
    assert {**document.entries, "BUILD-900": after.entries["BUILD-900"]}.keys() == after.entries.keys()
    assert all(entry.content_hash == after.entries[i].content_hash for i, entry in document.entries.items())
    assert section.rstrip() in added


LOG = """\
# Decisions

| ADR | Title | Status | Date |
|---|---|---|---|
| ADR-001 | Use Markdown | Accepted | 2026-01-01 |
| ADR-002 | Use SQLite | Accepted | 2026-01-02 |

### ADR-001: Use Markdown

**Status**: Accepted
**Date**: 2026-01-01

### ADR-002: Use SQLite

**Status**: Accepted
**Date**: 2026-01-02
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LOG, LOG),
        (LOG.replace("| ADR-002 | Use SQLite | Accepted | 2026-01-02 |\n", ""), LOG),
        (LOG.replace("| ADR-001 | Use Markdown | Accepted | 2026-01-01 |\n", ""), LOG),
        (
            LOG[: LOG.index("\n### ADR-002")],
            LOG[: LOG.index("### ADR-002")] + "### ADR-002: Use SQLite\n\n<!-- autopack: stub -->\n",
        ),
    ],
)
def test_a_log_with_the_oldest_entry_first(before: str, after: str) -> None:
    def parse_log(source: SourceText) -> Document:
        return parse_document(source, "log", DIALECTS["decision-log"])

    def choose(document: Document) -> Wanted:
        return lambda code, line: True

    done = fix_document(parse_log(source(before)), parse_log, choose, unsafe=True, stubs=True)
    assert became(done, after)


LOG = (
    "# D\n\n## INDEX\n\n| Timestamp | DEC-ID | Decision | Status | Impact |\n|---|---|---|---|---|\n"
    "| 2026-01-02 | DEC-002 | Use B | \u2705 Accepted | all |\n| 2026-01-01 | DEC-001 | Use A | Accepted | few |\n\n"
    "## DECISIONS\n\n### DEC-002 | 2026-01-02 | Use B\n\n**Status**: Accepted\n\n### DEC-001 | 2026-01-01 | Use A\n"
)


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        ("### DEC-002 | 2026-01-02", "### DEC-002 | 2026-03-05", "| 2026-03-05 | DEC-002 | Use B | \u2705 Accepted | all |"),
        ("### DEC-002 | 2026-01-02 | Use B", "### DEC-002 | 2026-01-02 | Use `c|d`",
         "| 2026-01-02 | DEC-002 | Use `c\\|d` | \u2705 Accepted | all |"),
        ("**: Accepted", "**: Superseded by DEC-001", "| 2026-01-02 | DEC-002 | Use B | Superseded by DEC-001 | all |"),
        ("| \u2705 Accepted |", "|Rejected|", "| 2026-01-02 | DEC-002 | Use B |Accepted| all |"),
    ],
)  # fmt: skip
def test_a_row_says_what_its_section_says(old: str, new: str, row: str) -> None:
    dialect = DIALECTS["architecture-decisions"]

    def read(text: SourceText) -> Document:
        return parse_document(text, "architecture", dialect)

    before = LOG.replace(old, new)
    done = fix_document(read(source(before)), read, lambda document: lambda code, line: True)
    changed = {line for line in done.text.splitlines() if line not in before.splitlines()}
    assert (changed, done.refused) == ({row}, ())
    left = fix_document(read(source(before)), read, lambda document: lambda code, line: code != "LED034")
    assert left.text == before
