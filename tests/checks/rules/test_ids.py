"""LED004 and LED005 duplicates, LED006 and LED007 halves, LED021 removed entries."""

from __future__ import annotations

import pytest

from tests.checks.helpers import INDEX, ROW, SECTION, Place, findings, places


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        (SECTION + SECTION + SECTION, "LED004", [(4, 5), (7, 5)]),
        (SECTION + "## BUILD-1: more\n", "LED004", [(4, 4)]),
        (SECTION + SECTION.replace("BUILD-1 ", "BUILD-1.1 ") + SECTION.replace("BUILD-1", "BUILD-10"), "LED004", []),
        (SECTION + "```\n" + SECTION + "```\n", "LED004", []),
        (INDEX + ROW + ROW, "LED005", [(4, 1)]),
        (INDEX + ROW + "\nx " + ROW, "LED005", [(5, 3)]),
        (INDEX + ROW + ROW.replace("BUILD-1", "BUILD-01"), "LED005", []),
        (INDEX + ROW, "LED006", [(3, 16)]),
        (INDEX + ROW + "\n" + SECTION, "LED006", []),
        (INDEX + ROW + "\n## BUILD-1\n(stub)\n", "LED006", []),
        (INDEX + ROW + "\n```\n" + SECTION + "```\n", "LED006", []),
        (INDEX + "\n" + SECTION, "LED007", []),
        ("## INDEX\n\n" + INDEX + "\n" + SECTION, "LED007", [(6, 5)]),
        (INDEX + ROW + "\n" + SECTION.replace("BUILD-1", "BUILD-2"), "LED007", [(5, 5)]),
        (SECTION, "LED007", []),
    ],
)
def test_ids(text: str, code: str, expected: list[Place]) -> None:
    assert places(text, code) == expected


@pytest.mark.parametrize(
    ("before", "gone"),
    [
        ([], []),
        (["BUILD-1"], []),
        (["BUILD-1", "BUILD-2"], ["BUILD-2"]),
        (["BUILD-1.1", "BUILD-10"], ["BUILD-1.1", "BUILD-10"]),
    ],
)
def test_what_the_last_commit_has_may_not_go(before: list[str], gone: list[str]) -> None:
    found = findings(SECTION, previous={"build_history": before, "debug_log": ["DBG-9"]})
    assert [f.entry_id for f in found if f.code == "LED021"] == gone


def test_what_a_fence_swallows_is_told_once_as_that() -> None:
    found = findings(INDEX + ROW + "\n```\n" + SECTION, previous={"build_history": ["BUILD-1"]})
    assert [f.code for f in found] == ["LED008"]
