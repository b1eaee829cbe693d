"""LED015 to LED019: META and SUMMARY."""

from __future__ import annotations

import pytest

from autopack_hooks.ledger.model import Entry
from autopack_hooks.ledger.render import LedgerSummary
from tests.checks.helpers import SECTION, Place, findings, places

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
        (SUMMARY.replace("1 build entries", "1 build entries (1 unique builds)"), "LED018", []),
        (SUMMARY.replace("1 build entries", "3 build entries (1 unique builds)"), "LED018", [(2, 14)]),
        (SUMMARY.replace("1 build entries", "1 build entries (3 unique builds)"), "LED018", [(2, 31)]),
        (META.replace("s: 1", "s: 1 (1 unique)"), "LED016", []),
        (META.replace("s: 1", "s: 2 (3 unique)"), "LED016", [(3, 15), (3, 18)]),
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


@pytest.mark.parametrize(
    ("ids", "unique"),
    [
        ((), 0),
        (("BUILD-1", "BUILD-2"), 2),
        (("BUILD-170", "BUILD-170.1", "BUILD-170.2.3"), 1),
        (("BUILD-17", "BUILD-170", "BUILD-7.170"), 3),
        (("ADR-0034", "ADR-0034a"), 1),
        (("BUILD-007", "BUILD-7.1"), 1),
    ],
)
def test_unique_are_whole_numbers(ids: tuple[str, ...], unique: int) -> None:
    summary = LedgerSummary.of(Entry(entry_id, ()) for entry_id in ids)
    assert (summary.count, summary.unique) == (len(ids), unique)


def test_messages_agree_with_their_numbers() -> None:
    text = META.replace("s: 1", "s: 2") + SUMMARY.replace("1 build entries", "2 build entries (3 unique)") + SECTION
    assert [finding.message for finding in findings(text)] == [
        "Total_Builds is 2, but there is 1 entry",
        "the SUMMARY counts 2, but there is 1 entry",
        "the SUMMARY counts 3, but there is 1 unique number",
    ]
