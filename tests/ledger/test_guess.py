"""Headings that start with nearly an id, and those that only look like it."""

from __future__ import annotations

import pytest

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DIALECTS, Dialect
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.parse import parse_document


def parsed(text: str, dialect: str, *others: Dialect) -> Document:
    """Return a text as a ledger beside those of every other dialect."""
    return parse_document(SourceText.from_text("x.md", text), "x", DIALECTS[dialect], [*DIALECTS.values(), *others])


def guessed(heading: str, dialect: str) -> list[str]:
    """Return the ids that a ledger takes from a heading which is not in order."""
    return [section.entry_id for section in parsed(f"{heading}\n", dialect).sections if section.form == "malformed"]


@pytest.mark.parametrize(
    ("heading", "dialect", "entry_id"),
    [
        ("### BUID-004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### BULD-4 | 2026-01-04 | T", "build-history", "BUILD-4"),
        ("## BUIDL-004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### BUILDS-004 | T", "build-history", "BUILD-004"),
        ("### BILDS-170.10 | 2026-01-04 | T", "build-history", "BUILD-170.10"),
        ("### Buid-004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### GUILD-7 | 2026-01-04 | T", "build-history", "BUILD-7"),
        ("### BUID 004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### BUID004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### BUID-004", "build-history", "BUILD-004"),
        ("### BUID-104: Lost", "build-history", "BUILD-104"),
        ("### BUILD 004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### BUILD004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### build-004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### Build-004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### build 004", "build-history", "BUILD-004"),
        ("### Build 4 | 2026-01-04 | T", "build-history", "BUILD-4"),
        ("### BUILD\u2013004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### BUILD\u2011004: T", "build-history", "BUILD-004"),
        ("### BUILD_004 | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### **BUID-004** | 2026-01-04 | T", "build-history", "BUILD-004"),
        ("### **BUILD-7** | 2026-01-04 | T", "build-history", "BUILD-7"),
        ("### [BUILD-7] T", "build-history", "BUILD-7"),
        ("### `BUILD-7`: T", "build-history", "BUILD-7"),
        ("### DCE-004 | 2026-01-04 | T", "architecture-decisions", "DEC-004"),
        ("### DGB-004 | 2026-01-04 | T", "debug-log", "DBG-004"),
        ("### ARD-004: Use X", "decision-log", "ADR-004"),
        ("### AD-4 - Use X", "decision-log", "ADR-4"),
    ],
)
def test_nearly_an_id(heading: str, dialect: str, entry_id: str) -> None:
    assert guessed(heading, dialect) == [entry_id]


@pytest.mark.parametrize(
    ("heading", "dialect"),
    [
        ("### RFC-2119 words", "build-history"),
        ("### RFC-2119 words", "architecture-decisions"),
        ("### RFC-2119: words", "decision-log"),
        ("### Positive", "build-history"),
        ("### Build 2 things", "build-history"),
        ("### Build 2026", "build-history"),
        ("### Building 3 | 2026-01-04 | T", "build-history"),
        ("### GUILD-7", "build-history"),
        ("### GUILD-107: the meeting", "build-history"),
        ("### BUID-4", "build-history"),
        ("### The **BUILD-4** | 2026-01-04", "build-history"),
        ("### [BUID-4] notes", "build-history"),
        ("### BU-004 notes", "build-history"),
        ("### BUID-004-NOTES | x", "build-history"),
        ("### DBG-004 | 2026-01-04 | T", "architecture-decisions"),
        ("### DEC-004 | 2026-01-04 | T", "debug-log"),
        ("### DOC-123 fix the docs", "architecture-decisions"),
        ("### PEP-8: style", "architecture-decisions"),
        ("### SEC-101", "architecture-decisions"),
        ("### API-2: Paging", "decision-log"),
        ("### ISO-8601: dates", "decision-log"),
        ("### UTF-8 | bytes", "build-history"),
        ("#### BUID-004 | 2026-01-04 | T", "build-history"),
        ("# BUID-004 | 2026-01-04 | T", "build-history"),
        ("## v1.2 | 2026-01-04", "keep-a-changelog"),
    ],
)
def test_prose(heading: str, dialect: str) -> None:
    assert guessed(heading, dialect) == []


def test_a_slip_ends_the_entry_above_and_none_is_lost() -> None:
    text = "### BUILD-1 | 2026-01-01 | One\n\nFirst.\n\n### BUID-099 | 2026-01-02 | Lost\n\nSecond.\n"
    entries = parsed(text, "build-history").entries
    lost = {name: "Second." in entry.content for name, entry in entries.items()}
    assert lost == {"BUILD-1": False, "BUILD-099": True}


def test_the_prefix_of_another_ledger_is_not_a_slip() -> None:
    text = "### BUILD-1 | 2026-01-01 | One\n\n### GUILD-1 | 2026-01-02 | Meeting\n"
    assert list(parsed(text, "build-history", Dialect("guilds", "GUILD")).entries) == ["BUILD-1"]
    assert len(parsed(text, "build-history").sections) == 2
