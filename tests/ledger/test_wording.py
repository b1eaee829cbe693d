"""What a row says and what its section says: the same in other words, or a contradiction."""

from __future__ import annotations

import pytest

from autopack_hooks.ledger.dialect import DATE, STATUS, TITLE
from autopack_hooks.ledger.wording import agrees

LONG = "Documentation Consolidation V2 - Implementation Summary"


@pytest.mark.parametrize(
    ("role", "row", "section", "same"),
    [
        (DATE, "2026-01-02", "2026-01-02", True),
        (DATE, "2026-01-02", "2026-01-02T15:30", True),
        (DATE, "2026-01-02T10:00", "2026-01-02T15:30", True),
        (DATE, "2026-01-02", "2026-01-02T23:30-05:00", True),
        (DATE, "2026-01-03", "2026-01-02T23:30-05:00", True),
        (DATE, "2026-02-30", "2026-01-02", True),
        (DATE, "soon", "2026-01-02", True),
        (DATE, "2026-01-03", "2026-01-02", False),
        (DATE, "2025-01-02", "2026-01-02T00:00Z", False),
        (TITLE, "Use SQLite", "Use SQLite", True),
        (TITLE, "use  sqlite.", "Use SQLite", True),
        (TITLE, "**Use** `SQLite`", "Use [SQLite](https://sqlite.org)", True),
        (TITLE, "[Use SQLite](#dec-1)", "_Use_ SQLite", True),
        (TITLE, r"Use a\|b", "Use a | b", True),
        (TITLE, "Use A / B", "Use A | B", True),
        (TITLE, "\u201cUse\u201d SQLite \u2013 now", '"Use" SQLite - now', True),
        (TITLE, LONG[:50], LONG, True),
        (TITLE, "Use SQL...", "Use SQLite", True),
        (TITLE, "Use SQL\u2026", "Use SQLite", True),
        (TITLE, "Use SQLite for everything", "Use SQLite\u2026", True),
        (TITLE, "Use SQL", "Use SQLite", False),
        (TITLE, "Use SQLite", "Use PostgreSQL", False),
        (TITLE, "Use C", "Use C++", False),
        (TITLE, "Version 1.2", "Version 12", False),
        (TITLE, LONG[:45] + " Plans and more", LONG, False),
        (STATUS, "Accepted", "accepted", True),
        (STATUS, "\u2705 Accepted", "Accepted", True),
        (STATUS, "**Accepted**", "\u2705 Accepted (2026-01-02)", True),
        (STATUS, "Resolved (BUILD-47)", "Resolved (BUILD-47 Complete)", True),
        (STATUS, "Complete - all tests", "COMPLETE", True),
        (STATUS, "Complete", "Completed", True),
        (STATUS, "Superseded", "Superseded by [DEC-2](#dec-2)", True),
        (STATUS, "~~Accepted~~ Superseded", "Superseded by DEC-2", True),
        (STATUS, "\u2705", "Accepted", True),
        (STATUS, "Accepted", "Superseded", False),
        (STATUS, "\u2705 Resolved (BUILD-042)", "\u26a0\ufe0f Identified - will be fixed", False),
        (STATUS, "Superseded by DEC-2", "Superseded by DEC-3", False),
        (STATUS, "In progress", "In review", False),
        (STATUS, "Not accepted", "Accepted", False),
    ],
)
def test_agreement(role: str, row: str, section: str, same: bool) -> None:
    assert agrees(role, row, section) is same
    assert agrees(role, section, row) is same
