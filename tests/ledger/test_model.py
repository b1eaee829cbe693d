"""Entries: what they say, and their hash."""

from __future__ import annotations

import pytest

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.model import Entry
from tests.ledger.parsing import parse_ledger

HEAD = "| Timestamp | BUILD-ID | Phase | Summary | Files Changed |\n|---|---|---|---|---|\n"


def entry(text: str, entry_id: str = "BUILD-1") -> Entry:
    ledger = parse_ledger(SourceText.from_text("x.md", text), "build_history", DIALECTS["build-history"])
    return ledger.entries[entry_id]


def row(summary: str, date: str = "2026-01-02", phase: str = "P") -> str:
    return f"{HEAD}| {date} | BUILD-1 | {phase} | {summary} | 3 |\n"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("### BUILD-1 | 2026-01-01 | Heading\n\n**Title**: Field\n", "Heading"),
        ("## BUILD-1\n\n**Title**: Field\n", "Field"),
        ("## BUILD-1\n\n- **Title:** Field\n", "Field"),
        (row("Lead: more") + "\n## BUILD-1\n", "Lead"),
        (row("**Bold lead** and more"), "Bold lead"),
        (row("**Unclosed"), "**Unclosed"),
        (row("First sentence. Second."), "First sentence"),
        (row("v1.2 is out"), "v1.2 is out"),
        (row("x" * 200), "x" * 117 + "..."),
        (row(""), "BUILD-1"),
        ("## BUILD-1\n", "BUILD-1"),
        ("## BUILD-1\n\n### Part\n\n**Title**: not ours\n", "BUILD-1"),
        ("## BUILD-1\n\n```\n**Title**: code\n```\n", "BUILD-1"),
    ],
)
def test_the_title_comes_from_heading_fields_and_row_in_that_order(text: str, title: str) -> None:
    assert entry(text).title == title


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (row("x", "2026-01-09") + "\n### BUILD-1 | 2026-01-01 | T\n\n**Date**: 2026-01-05\n", "2026-01-01"),
        (row("x", "2026-01-09") + "\n## BUILD-1: T\n\n**Date**: 2026-01-05\n", "2026-01-05"),
        (row("x", "2026-01-09") + "\n## BUILD-1: T\n\n**Completed**: 2026-01-05T10:00Z\n", "2026-01-05"),
        (row("x", "2026-01-09") + "\n## BUILD-1: T\n", "2026-01-09"),
        (row("x", "2026-01-09") + "\n## BUILD-1: T\n\n**Date**: 2026-99-05\n", "2026-01-09"),
        (row("x", "soon") + "\n## BUILD-1: T\n", None),
    ],
)
def test_the_date_is_the_first_readable_one(text: str, day: str | None) -> None:
    date = entry(text).date
    assert (date.date().isoformat() if date else None) == day


BASE = "# X\n\n" + row("s") + "\n### BUILD-1 | 2026-01-01 | T\n\n**Status**: Open\n\nText\n"


@pytest.mark.parametrize(
    "change",
    [
        ("2026-01-01", "2026-01-03"),
        ("| T", "| U"),
        ("Open", "Closed"),
        ("Text", "Texts"),
        ("| s |", "| t |"),
        ("| 3 |", "| 4 |"),
        ("Text", "Te\n\nxt"),
        ("### BUILD", "## BUILD"),
        ("Text", "  Text"),
        ("Text\n", "Text\n\n### BUILD-1\n"),
    ],
)
def test_every_change_of_an_entry_changes_its_hash(change: tuple[str, str]) -> None:
    assert entry(BASE).content_hash != entry(BASE.replace(*change)).content_hash


@pytest.mark.parametrize(
    "text",
    [
        BASE.replace("\n", "\r\n"),
        BASE.replace("\n", "\r"),
        BASE.replace("Text", "Text  "),
        BASE.replace("Open", "Open\t"),
        BASE + "\n\n\n",
        BASE.rstrip("\n"),
        BASE + "\n---\n",
        BASE + "\n---\n\n## BUILD-2\n\nother\n",
        BASE.replace("# X\n", "# X\n\n<!-- META\nTotal_Builds: 9\n-->\n\n## BUILD-0\n\nother\n\n## Y\n"),
        BASE.replace("| s |", "|   s   |"),
    ],
)
def test_what_is_not_of_the_entry_leaves_its_hash(text: str) -> None:
    assert entry(text).content_hash == entry(BASE).content_hash
