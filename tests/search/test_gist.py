"""What an entry says in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.search.gist import gist, plain
from tests.search.helpers import BUILDS, entry_of, files_ledger, ledger_of, section


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("**Decision**: Rows live in `src/store.py`.\n\n**Context**: Two writers.", "Rows live in src/store.py."),
        ("**Context**: Two writers.\n\n**Decision**: One door.", "One door."),
        ("#### Context\n\nTwo writers.\n\n#### Decision\n\nOne door\nfor all.\n\nMore.", "One door for all."),
        ("#### Root Cause\n\nA counter.\n\n#### Fix\n\n- Keep it.\n- Test it.", "Keep it."),
        ("**Decision**:\n- one\n- two\n\nAfter.", "one"),
        ("#### Decision\n\nThree things, because:\n\n- one\n- two\n\nAfter.", "Three things, because: one; two"),
        ("#### Decision\n\nWe take it because\n* it fits\n* it is small\n", "We take it because it fits; it is small"),
        ("We take it, because 1) it fits, 2) it is small.", "We take it, because 1) it fits, 2) it is small."),
        ("| a | b |\n|---|---|\n| c | d |\n\n> quoted\n\nThe first text.", "The first text."),
        ("The first text.\n\nThe second.", "The first text."),
        ("```\nx = 1\n```\n", "x = 1"),
        ("**Date**: 2026-01-01\n", ""),
        ("#### Added\n\n#### Fixed\n\n- A slow start\n- Another\n", "A slow start"),
        ("#### Nothing\n", ""),
        ("", ""),
    ],
)
def test_gist(body: str, wanted: str) -> None:
    assert gist(entry_of(body)) == wanted


def test_the_row_speaks_for_an_entry_without_a_text() -> None:
    index = "## INDEX\n\n| Timestamp | BUILD-ID | Phase | Summary | Files Changed |\n|---|---|---|---|---|\n"
    row = "| 2026-01-01 | BUILD-001 | One | **Smaller** image | 1 |\n"
    assert gist(ledger_of(BUILDS, [index + row]).entries["BUILD-001"]) == "Smaller image"


def test_a_decision_in_a_file() -> None:
    text = (
        "# 1. Use it\n\nDate: 2026-01-01\n\n## Status\n\nAccepted\n\n## Context\n\nWhy.\n\n## Decision\n\nWe use it.\n"
    )
    assert gist(files_ledger("nygard", {"0001-a.md": text}).entries["ADR-0001"]) == "We use it."


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a **bold** and *soft* `O_EXCL` of `_check()`", "a bold and soft O_EXCL of _check()"),
        ("[text](url.md) and ![image](x.png) and [ref][1]", "text and image and ref"),
        ("snake_case_name stays, 3 * 4 too", "snake_case_name stays, 3 * 4 too"),
    ],
)
def test_plain(text: str, wanted: str) -> None:
    assert plain(text) == wanted


@given(st.text(max_size=2_000))
def test_a_gist_is_one_line_and_short(body: str) -> None:
    found = gist(ledger_of(BUILDS, [section("BUILD-001", "T", body.replace("###", ""))]).entries["BUILD-001"])
    assert len(found) <= 300 and "\n" not in found
