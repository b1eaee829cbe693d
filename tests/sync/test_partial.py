"""A text that is read in part says what it says as a whole, whatever was changed in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import BUILD_HISTORY, DEBUG_LOG, DECISION_LOG, KEEP_A_CHANGELOG, Dialect
from autopack_hooks.ledger.excerpt import Grain
from autopack_hooks.ledger.model import Document, Entry
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.sync.cache import Snapshot
from autopack_hooks.sync.partial import PartialReader
from autopack_hooks.sync.records import Record, _record

OTHERS = [BUILD_HISTORY, DEBUG_LOG]


class Counted:
    """Parses as ``dialect`` and counts the characters."""

    def __init__(self, dialect: Dialect = BUILD_HISTORY) -> None:
        self.dialect = dialect
        self.characters = 0

    def __call__(self, text: str) -> Document:
        self.characters += len(text)
        return parse_document(SourceText.from_text("L.md", text), "l", self.dialect, OTHERS)


def record(entry: Entry) -> Record:
    return _record(entry, "l", "p")


LINES = [
    "",
    "",
    "",
    "text",
    "  indented",
    "- item",
    "  - more",
    "> quote",
    "1. one",
    "```",
    "~~~",
    "````",
    "<!-- open",
    "-->",
    "<!-- closed -->",
    "<!-- META",
    "<div>",
    "</div>",
    "<pre>",
    "</pre>",
    "<?x",
    "    code",
    "===",
    "---",
    "***",
    "# Top",
    "## Notes",
    "#### Below",
    "##",
    "**Status**: Open",
    "[1.0.0]: https://example.com",
    "### DBG-001 | 2026-01-01 | Foreign",
    "## [1.1.0] - 2026-01-01",
    "## Unreleased",
    "### ADR-1: One",
    "BUILD-003 | 2026-01-03 | Underlined",
    " ### BUILD-004 | 2026-01-04 | Indented",
    "### BUILD 5",
    "| Timestamp | BUILD-ID | Phase |",
    "|---|---|---|",
    "| 2026-01-01 | BUILD-001 | Row |",
    "x | 2026-01-02 | BUILD-002 | Glued |",
    "| ADR | Title |",
    "| --> | BUILD-006 | x |",
    "|",
]
HEADINGS = [
    *(f"### BUILD-{n:03} | 2026-01-0{n} | Title" for n in range(1, 8)),
    "## BUILD-001 | 2026-01-01 | Again -->",
    "## [1.0.0] - 2026-01-02",
    "## [0.9.0] - 2026-01-01",
    "### ADR-2: Two",
]
ROWS = [f"| 2026-01-0{n} | BUILD-{n:03} | {word} | {n} | - |" for n in range(1, 8) for word in ("One", "Two")]
INDEX = ["| Timestamp | BUILD-ID | Phase | Summary | Files Changed |", "|---|---|---|---|---|"]
line = st.sampled_from(LINES) | st.sampled_from(HEADINGS) | st.sampled_from(ROWS)
section = st.tuples(st.sampled_from(HEADINGS), st.lists(st.sampled_from(LINES), max_size=4)).map(
    lambda made: [made[0], "", *made[1]]
)
plain = st.tuples(st.sampled_from(HEADINGS), st.sampled_from(["text", "- item", "**Status**: Open", "#### Below"])).map(
    lambda made: [made[0], "", made[1], ""]
)
index = st.lists(st.sampled_from(ROWS), min_size=2, max_size=9).map(lambda rows: ["", *INDEX, *rows, ""])
blocks = st.lists(st.one_of(plain, plain, plain, section, index, line.map(lambda text: [text])), max_size=9)


@st.composite
def pages(draw: st.DrawFn) -> list[str]:
    """The lines of a ledger, or of what was one once."""
    top = draw(st.sampled_from([[], ["---", "a: b", "---"], ["---", "# a: b"], ["# Ledger", ""], ["<!-- META", "-->"]]))
    head = draw(st.one_of(st.just([]), index, index, st.lists(line, max_size=3)))
    return [*top, *head, *(text for block in draw(blocks) for text in block)]


@st.composite
def edited(draw: st.DrawFn, page: list[str]) -> list[str]:
    """``page`` with some lines put in, taken out, or moved."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(page)))
        end = min(len(page), start + draw(st.integers(0, 4)))
        kind = draw(st.sampled_from(["replace", "replace", "delete", "insert", "move", "twice"]))
        run = page[start:end]
        if kind in ("replace", "insert"):
            new = draw(st.one_of(plain, section, st.lists(line, min_size=1, max_size=2)))
            page = [*page[:start], *new, *page[start if kind == "insert" else end :]]
        else:
            page = [*page[: end if kind == "twice" else start], *page[end:]]
        if kind in ("move", "twice"):
            to = draw(st.integers(0, len(page)))
            page = [*page[:to], *run, *page[to:]]
    return page


@settings(max_examples=400, deadline=None)
@given(st.data(), st.sampled_from([BUILD_HISTORY, BUILD_HISTORY, DECISION_LOG, KEEP_A_CHANGELOG]), st.integers(1, 2))
def test_in_part_and_as_a_whole(data: st.DataObject, dialect: Dialect, apart: int) -> None:
    page = data.draw(pages())
    known = Snapshot(PartialReader("\n".join(page), dialect, Counted(dialect)).read_all()[0].digest)
    for number in range(3):
        text = PartialReader("\n".join(page), dialect, Counted(dialect), Grain(apart, apart), limit=9)
        whole, entries = text.read_all()
        found = text.read_changes(known) if number else None
        if found:
            known, changed = found
            assert known == whole
            assert list(known.digest.hashes) == list(whole.digest.hashes)
            assert {name: record(entry) for name, entry in changed.items()} == {
                name: record(entries[name]) for name in changed
            }
        known = whole
        if known.spans:
            some = data.draw(st.sets(st.sampled_from(sorted(entries)), max_size=2)) if entries else set()
            again = text.entries(some, known.spans)
            assert {name: record(entry) for name, entry in (again or {}).items()} == {
                name: record(entries[name]) for name in some
            }
        page = data.draw(edited(page))


def entry_of(number: int, *lines: str) -> list[str]:
    return [f"### BUILD-{number:03} | 2026-01-01 | Title", "", *(lines or ("text",)), ""]


TABLE = ["# Ledger", "", *INDEX, *ROWS[:6], ""]
SWAPPED = "| BUILD-ID | Timestamp | Phase | Summary | Files Changed |"
TWO = [*TABLE, *entry_of(1), *entry_of(2)]
AGAIN, END = entry_of(1, "again"), entry_of(7)
RULED = ["a: 1", "", *TABLE, *entry_of(5, "---"), *END]
INDENTED = [" ### BUILD-009 | 2026-01-01 | Above the rows", *TABLE[1:], "below", "", *entry_of(1)]


@pytest.mark.parametrize(
    ("before", "after", "certain"),
    [
        pytest.param(TWO, [*TABLE, *entry_of(1, "other"), *entry_of(2)], True, id="a section"),
        pytest.param(TWO, [*TABLE[:6], ROWS[13], *TABLE[6:], *entry_of(1), *entry_of(2)], True, id="a row"),
        pytest.param(TWO, [*TABLE, *entry_of(3), *entry_of(1), *entry_of(2)], True, id="a new section"),
        pytest.param(TWO, [*TWO, *entry_of(3)], True, id="a new section at the end"),
        pytest.param(TWO, [*TABLE, *entry_of(1)], True, id="one section less"),
        pytest.param([*TWO, *AGAIN, *END], [*TABLE, *AGAIN, *entry_of(2), *entry_of(1), *END], True, id="a duplicate moved"),
        pytest.param(TWO, ["# Other", *TWO[1:]], True, id="the title"),
        pytest.param(TWO, [*TABLE[:2], SWAPPED, *TABLE[3:], *entry_of(1), *entry_of(2)], True, id="the header"),
        pytest.param(TWO, [*TABLE, *entry_of(1, "```"), *entry_of(2)], False, id="a fence is opened"),
        pytest.param(TWO, [*TABLE, *entry_of(1, "<div>")[:-1], *entry_of(2)], False, id="HTML is opened"),
        pytest.param(TWO, [*TABLE, *entry_of(1, "<div>"), *entry_of(2)], True, id="HTML ends at a blank line"),
        pytest.param(TWO, [*TABLE, *entry_of(1, "<!-- x"), *entry_of(2)], False, id="a comment is opened"),
        pytest.param([*TABLE, *entry_of(1, "```"), *entry_of(2)], TWO, True, id="a fence is closed"),
        pytest.param([*TABLE, *entry_of(1), *entry_of(2, "```"), ""],
                     [*TABLE, *entry_of(1), *entry_of(2, "```"), *entry_of(3)], False, id="below an open end"),
        pytest.param([*TABLE, *entry_of(1), *entry_of(2, "```")], [*TABLE, *entry_of(1, "new"), *entry_of(2, "```")],
                     True, id="above an open end"),
        pytest.param(TWO, ["<!-- # Ledger", *TWO[1:]], False, id="all of it in a comment"),
        pytest.param(TWO, ["<!-- # Ledger", *TWO[1:5], "| 2026-01-01 --> | BUILD-001 | x |", *TWO[5:]], False,
                     id="a comment ends in a row"),
        pytest.param(INDENTED, [line.replace("below", "other") for line in INDENTED], True, id="a section around rows"),
        pytest.param(["# a", *RULED], ["---", *RULED], False, id="a front matter that ends far below"),
        pytest.param(["---", "a: 1", "---", *TWO], ["---", "a: 2", "---", *TWO], True, id="a front matter"),
    ],
)  # fmt: skip
def test_what_crosses_the_cuts(before: list[str], after: list[str], certain: bool) -> None:
    known, _ = PartialReader("\n".join(before), BUILD_HISTORY, Counted(), Grain(1, 1)).read_all()
    text = PartialReader("\n".join(after), BUILD_HISTORY, Counted(), Grain(1, 1), limit=9)
    whole, entries = text.read_all()
    found = text.read_changes(known)
    assert (found is not None) is certain
    if found:
        assert found[0] == whole and {name: record(e) for name, e in found[1].items()} == {
            name: record(entries[name]) for name in found[1]
        }
