"""LED015 to LED019: META and SUMMARY."""

from __future__ import annotations

import pytest

from tests.checks.helpers import SECTION, Place, places

META = "<!-- META\nLast_Updated: 2026-01-03T00:00:00Z\nTotal_Builds: 1\nFormat_Version: 2.0\n-->\n\n"
SUMMARY = "<!-- AUTO-GENERATED SUMMARY -->\n**Summary**: 1 build entries | Last updated: 2026-01-03T00:00:00Z\n\n"


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        (META, "LED015", []),
        (META.replace("Format_Version: 2.0\n", ""), "LED015", [(1, 1)]),
        ("<!-- META\n-->\n\n", "LED015", [(1, 1), (1, 1), (1, 1)]),
        ("", "LED015", []),
        (META, "LED016", []),
        (META.replace("s: 1", "s: 2"), "LED016", [(3, 15)]),
        (META.replace("s: 1", "s: 01"), "LED016", [(3, 15)]),
        (META.replace("s: 1", "s:"), "LED016", [(3, 14)]),
        (META.replace("s: 1", "s: one"), "LED016", [(3, 15)]),
        (META.replace("2026-01-03T00:00:00Z", "last Friday"), "LED017", [(2, 15)]),
        (META.replace("2026-01-03T00:00:00Z", ""), "LED017", [(2, 15)]),
        (META.replace("2026-01-03T00:00:00Z", "2026-02-30"), "LED017", [(2, 15)]),
        (META.replace("2026-01-03T00:00:00Z", "2026-01-03"), "LED017", []),
        (SUMMARY, "LED017", []),
        (SUMMARY.replace("2026-01-03T00:00:00Z", "today"), "LED017", [(2, 46)]),
        (SUMMARY, "LED018", []),
        (SUMMARY.replace("1 build", "7 build"), "LED018", [(2, 14)]),
        (SUMMARY.replace("1 build entries", "9 rows, 1 unique"), "LED018", []),
        (SUMMARY.replace("1 build entries", "9 rows, 2 unique"), "LED018", [(2, 22)]),
        (SUMMARY.replace("1 build entries", "9" * 5000), "LED018", [(2, 14)]),
        (SUMMARY.replace("1 build entries", "many entries"), "LED018", []),
        ("**Summary**: 7 build entries\n\n", "LED018", []),
        (META + META, "LED019", [(7, 1)]),
        (META + "a <!-- META\nx: y\n-->\n", "LED019", []),
        (META + "```\n" + META + "```\n", "LED019", []),
    ],
)
def test_generated_blocks(text: str, code: str, expected: list[Place]) -> None:
    assert places(text + SECTION, code) == expected


def test_an_entry_counts_once_however_often_it_is_written() -> None:
    assert places(META + SECTION + SECTION, "LED016") == []
