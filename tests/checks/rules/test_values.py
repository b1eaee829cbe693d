"""LED012 dates, LED013 status and severity words."""

from __future__ import annotations

import pytest

from tests.checks.helpers import INDEX, Place, places

DBG = "| Timestamp | DBG-ID | Severity | Summary | Status |\n|---|---|---|---|---|\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("### BUILD-1 | 2026-02-30 | T\n", [(1, 15)]),
        ("## BUILD-1: T (2026-02-30)\n", [(1, 16)]),
        ("## BUILD-1: T (2026-1-3)\n", [(1, 16)]),
        ("### BUILD-1 | 2026-02-28 | T\n", []),
        ("### BUILD-1 | T (soon)\n", []),
        ("## BUILD-1\n\n**Date**: 2026-02-30\n", [(3, 11)]),
        ("## BUILD-1\n\n**Date**: last Friday\n", []),
        ("### BUILD-1 | 2026-01-01 | T\n\n**Date**: 2026-02-30\n", []),
        (INDEX + "| 2026-13-01 | BUILD-1 | P | S | 1 |\n", [(3, 3)]),
        (INDEX + "| soon | BUILD-1 | P | S | 1 |\n", [(3, 3)]),
        (INDEX + "|  | BUILD-1 | P | S | 1 |\n", [(3, 4)]),
        (INDEX + "| 2026-01-01 (late) | BUILD-1 | P | S | 1 |\n", []),
        (INDEX + "| soon | no id | P | S | 1 |\n", []),
    ],
)
def test_dates(text: str, expected: list[Place]) -> None:
    assert places(text, "LED012") == expected


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("HIGH", True),
        ("high", True),
        ("🔴 High", True),
        ("**LOW**", True),
        ("LOW (was HIGH)", True),
        ("MEDIUM - later", True),
        ("CRITICAL impact", True),
        ("URGENT", False),
        ("HIGHER", False),
        ("", False),
        ("🔴", False),
        ("P1", False),
        ("HIGH-ish", False),
    ],
)
def test_severities(word: str, known: bool) -> None:
    text = f"{DBG}| 2026-01-01 | DBG-1 | {word} | S | Open |\n"
    assert (places(text, "LED013", "debug_log") == []) is known
    body = f"### DBG-1 | 2026-01-01 | T\n\n**Severity**: {word}\n"
    assert (places(body, "LED013", "debug_log") == []) is (known or not word)


def test_a_dialect_without_words_takes_any() -> None:
    assert places("### BUILD-1 | 2026-01-01 | T\n\n**Status**: Whatever\n", "LED013") == []
