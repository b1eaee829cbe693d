"""Where a ledger's text is cut, and what shows that its spans stand for themselves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import BUILD_HISTORY, MADR
from autopack_hooks.ledger.excerpt import GRAIN, Grain, cut, excerpt, ids_by_span
from autopack_hooks.ledger.parse import parse_document
from tests.ledger.writing import HEAD, Written, pages

EACH = Grain(1, 1)
ROWS = "".join(Written(number, 1, ()).row for number in (1, 2, 3))
TEXT = f"# Ledger\n\n{HEAD}{ROWS}\n{Written(1, 1, ('One.',)).section}\n{Written(2, 1, ('Two.',)).section}"


def kinds(text: str, dialect=BUILD_HISTORY, grain=EACH) -> list[str]:
    return [span.kind for span in cut(text, dialect, grain)]


def ids(text: str) -> list[list[str]] | None:
    spans = cut(text, BUILD_HISTORY, EACH)
    document = parse_document(SourceText.from_text("L.md", text), "l", BUILD_HISTORY)
    return ids_by_span(document, text, spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, ["index", "rows", "rows", "frame", "entries", "entries"]),
        ("", ["frame"]),
        ("text\n", ["frame"]),
        (f"\n\n{HEAD}{ROWS}", ["index", "rows", "rows", "frame"]),
        (f"\n\n{HEAD}{ROWS}text\n", ["frame"]),
        (f"\n{HEAD}{ROWS}\n", ["index", "rows", "rows", "frame"]),
        (f"{HEAD}{ROWS}\n", ["frame"]),
        (f"\ntext\n{HEAD}{ROWS}\n", ["frame"]),
        (f"\n\n| a | b |\n|---|---|\n{ROWS}\n", ["frame"]),
        (f"\n\n| a | b |\n|---|---|\n| c | d |\n| e | f |\n\n{HEAD}{ROWS}\n", ["index", "rows", "rows", "frame"]),
        ("x\n## BUILD-1 | 2026-01-01 | T\n", ["frame", "entries"]),
        ("x\n# BUILD-1 | 2026-01-01 | T\n", ["frame"]),
        ("x\n ## BUILD-1 | 2026-01-01 | T\n", ["frame"]),
        ("x\n## DBG-1 | 2026-01-01 | T\n", ["frame"]),
        ("x\n##BUILD-1\n", ["frame"]),
        ("---\na: b\n---\n## BUILD-1\n", ["frame", "entries"]),
        ("---\n## BUILD-1\n---\n", ["frame"]),
    ],
)
def test_cuts(text, expected):
    assert kinds(text) == expected
    assert excerpt(text, cut(text, BUILD_HISTORY, EACH)) == text


def test_a_file_that_is_one_entry_is_not_cut():
    assert kinds("# One\n\n# Two\n", MADR) == ["frame"]


def test_the_ids_of_each_span():
    assert ids(TEXT) == [["BUILD-001"], ["BUILD-002"], ["BUILD-003"], [], ["BUILD-001"], ["BUILD-002"]]


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("One.", "```"),
        TEXT.replace("One.", "<!-- One."),
        TEXT.replace("One.\n\n", "<div>\n"),
        TEXT.replace("# Ledger", "<!--"),
        TEXT.replace("# Ledger", "~~~"),
    ],
)
def test_what_stays_open_is_seen(text):
    assert ids(text) is None


@settings(max_examples=50, deadline=None)
@given(pages(), st.integers(0, 2000), st.text("ab\n#|` ", max_size=6))
def test_an_edit_moves_no_cut_that_it_does_not_touch(page, at, word):
    before, after = page.text, page.text[:at] + word + page.text[at:]
    place = min(at, len(before))
    line = before.rfind("\n", 0, place) + 1
    starts = {span.start for span in cut(before, BUILD_HISTORY, Grain(2, 2)) if span.kind == "entries"}
    moved = {span.start for span in cut(after, BUILD_HISTORY, Grain(2, 2)) if span.kind == "entries"}
    assert {start for start in starts if start < line} <= moved
    assert {start + len(word) for start in starts if start > place} <= moved


def test_about_as_many_entries_between_two_cuts_as_the_grain_says():
    text = "".join(f"\n## BUILD-{number} | 2026-01-01 | T\n" for number in range(4000))
    assert 4000 / GRAIN.entries / 2 < len(cut(text, BUILD_HISTORY)) < 4000 / GRAIN.entries * 2
