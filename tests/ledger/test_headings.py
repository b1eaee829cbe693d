"""Entry headings: the canonical form, the forms that people write, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.headings import HeadingParts, parse_heading

BUILD = DIALECTS["build-history"]


def of(
    entry_id: str, form: str = "variant", title: str = "", date: str = "", category: str = "", status: str = ""
) -> HeadingParts:
    return HeadingParts(entry_id, form, title, date, category, status)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("BUILD-208 | 2026-01-16 | Title", of("BUILD-208", "canonical", "Title", "2026-01-16")),
        (
            "BUILD-138 | 2025-12-28T18:30 | Tooling | Title",
            of("BUILD-138", "canonical", "Title", "2025-12-28T18:30", "Tooling"),
        ),
        ("BUILD-1 | 2026-01-16 | A | B | C", of("BUILD-1", "canonical", "B | C", "2026-01-16", "A")),
        ("BUILD-1 | 2026-01-16 | a|b", of("BUILD-1", "canonical", "a|b", "2026-01-16")),
        ("BUILD-1 | 2026-99-16 | Title", of("BUILD-1", "canonical", "Title", "2026-99-16")),
        ("BUILD-170.10 | 2026-01-16 | T", of("BUILD-170.10", "canonical", "T", "2026-01-16")),
        ("BUILD-1 | 2026-01-16", of("BUILD-1", "variant", "", "2026-01-16")),
        ("BUILD-1 | 2026-01-16 |", of("BUILD-1", "variant", "", "2026-01-16")),
        ("BUILD-1: Fix | 2026-01-16 | Title", of("BUILD-1", "variant", "Fix: Title", "2026-01-16")),
        ("BUILD-1 | Title", of("BUILD-1", "variant", "Title")),
        (
            "BUILD-145: Title (2026-01-02) ✅ COMPLETE",
            of("BUILD-145", "variant", "Title", "2026-01-02", status="✅ COMPLETE"),
        ),
        ("BUILD-145: Title (2026-01-02) ✅", of("BUILD-145", "variant", "Title", "2026-01-02")),
        ("BUILD-145: Title ⚠️ IN PROGRESS", of("BUILD-145", "variant", "Title", status="⚠️ IN PROGRESS")),
        ("BUILD-145: Title (2026-01-02, late) more", of("BUILD-145", "variant", "Title more", "2026-01-02, late")),
        ("BUILD-145: Use (not a date) here", of("BUILD-145", "variant", "Use (not a date) here")),
        ("BUILD-153.1: Title", of("BUILD-153.1", "variant", "Title")),
        ("BUILD-146 Phase A P17.x | Title", of("BUILD-146", "variant", "Phase A P17.x | Title")),
        ("BUILD-160", of("BUILD-160")),
        ("BUILD-160:", of("BUILD-160")),
        ("**BUILD-160**", of("BUILD-160")),
        ("BUILD-160 – Title", of("BUILD-160", "variant", "Title")),
        ("BUILD-160 - Title", of("BUILD-160", "variant", "Title")),
        ("BUILD-160- Title", of("BUILD-160", "variant", "Title")),
        ("BUILD-160. Title", of("BUILD-160", "variant", "Title")),
        ("BUILD-160, BUILD-161: Title", of("BUILD-160", "variant", "BUILD-161: Title")),
        ("BUILD-160 (P1) Title", of("BUILD-160", "variant", "(P1) Title")),
        ("BUILD 012 - Faster", of("BUILD-012", "malformed", "Faster")),
        ("BUILD012: Faster", of("BUILD-012", "malformed", "Faster")),
        ("BUILD_12", of("BUILD-12", "malformed")),
        ("BUILD - 12", of("BUILD-12", "malformed")),
        ("BUILD- 12", of("BUILD-12", "malformed")),
        ("BUILD#12", of("BUILD-12", "malformed")),
        ("build-12 | 2026-01-02 | T", of("BUILD-12", "malformed", "T", "2026-01-02")),
        ("Build-12.3: T", of("BUILD-12.3", "malformed", "T")),
    ],
)
def test_forms(text: str, parts: HeadingParts) -> None:
    assert parse_heading(text, 3, BUILD) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BUILD",
        "BUILD-",
        "BUILDS (Reverse Chronological)",
        "Build 2 of 3 servers",
        "build 12",
        "BUILDING-3",
        "BUILD-145-FOLLOWUP",
        "REBUILD-3",
        "BUILD-X",
        "BUILD-145a",
        "BUILD-145_x",
        "BUILD-1.x",
        "The BUILD-145 story",
        "DEC-001 | 2026-01-01 | T",
        "INDEX",
        "12",
        "BUILDER 7",
        "BUILD-1/2",
        "Building 12 things",
        "BUILD-145-146",
        "BUILD 2x faster",
        "BUILD: 3 things",
    ],
)
def test_what_is_no_entry_heading(text: str) -> None:
    assert parse_heading(text, 3, BUILD) is None


@pytest.mark.parametrize(("level", "form"), [(1, None), (2, "variant"), (3, "canonical"), (4, None), (6, None)])
def test_the_level_counts(level: int, form: str | None) -> None:
    parts = parse_heading("BUILD-1 | 2026-01-01 | T", level, BUILD)
    assert (parts.form if parts else None) == form


@given(st.text(st.sampled_from("BUILDbuild-_ .#0123|:()T✅A*\t–"), max_size=40).map("BUILD".__add__) | st.text())
def test_any_heading_is_an_entry_with_an_id_or_none(text: str) -> None:
    parts = parse_heading(text, 3, BUILD)
    assert parts is None or BUILD.id_pattern.fullmatch(parts.entry_id)
