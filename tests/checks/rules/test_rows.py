"""LED009 wrong number of cells, LED010 outside the table, LED011 no id in the id cell, LED014 order."""

from __future__ import annotations

import pytest

from tests.checks.helpers import INDEX, ROW, Place, findings, places


def dated(*days: int) -> str:
    return "".join(f"| 2026-01-{day:02} | BUILD-{i} | P | S | 1 |\n" for i, day in enumerate(days))


def sections(*days: int) -> str:
    return "\n".join(f"### BUILD-{i} | 2026-01-{day:02} | T\n" for i, day in enumerate(days))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("| 2026-01-01 | BUILD-1 | P | S | 1 |", []),
        ("| 2026-01-01 | BUILD-1 | P | S | 1", []),
        (r"| 2026-01-01 | BUILD-1 | P | a \| b | 1 |", []),
        ("| 2026-01-01 | BUILD-1 | P | a `x|y` b | 1 |", [(3, 34)]),
        ("| 2026-01-01 | BUILD-1 | P | a|b | 1 |", [(3, 31)]),
        ("| 2026-01-01 | BUILD-1 | P | |a - b| x | 1 |", [(3, 30)]),
        ("| 2026-01-01 | BUILD-1 | P | S | 1 | more |", [(3, 36)]),
        (r"| 2026-01-01 | BUILD-1 | P | a \\| b | 1 |", [(3, 34)]),
        ("| 2026-01-01 | BUILD-1 | P |", [(3, 1)]),
        ("| 2026-01-01 | BUILD-1 |", [(3, 1)]),
        ("| 2026-01-01 | OPTION-B | P |", [(3, 1)]),
    ],
)
def test_cells(row: str, expected: list[Place]) -> None:
    assert places(INDEX + row + "\n", "LED009") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (INDEX + ROW, []),
        (INDEX + ROW + "\n" + ROW, [(5, 1)]),
        (ROW, [(1, 1)]),
        (INDEX + "\nsum `4787e0da`" + ROW, [(4, 15)]),
        (INDEX + ROW + "prose\n", [(4, 1)]),
        (INDEX + ROW + "\nprose\n", []),
        ("| a | b |\n|---|---|\n" + ROW, []),
        ("```\n" + ROW + "```\n", []),
        ("| 2026-01-01 | x | BUILD-1 |\n", []),
        ("see | BUILD-1 | and | 2026-01-01 |\n", []),
    ],
)
def test_places(text: str, expected: list[Place]) -> None:
    assert places(text, "LED010") == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("BUILD-1", []),
        ("**BUILD-1**", []),
        ("`BUILD-1`", []),
        ("OPTION-B", [(3, 16)]),
        ("DEC-001", [(3, 16)]),
        ("BUILD-1, BUILD-2", [(3, 16)]),
        ("BUILD-", [(3, 16)]),
        ("build-1", [(3, 16)]),
        ("BUILD-1.", [(3, 16)]),
        ("BUILD-1.2", []),
        ("BUILD-١", [(3, 16)]),
    ],
)
def test_id_cells(cell: str, expected: list[Place]) -> None:
    assert places(INDEX + f"| 2026-01-01 | {cell} | P | S | 1 |\n", "LED011") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (INDEX + dated(3, 2, 2, 1), []),
        (INDEX + dated(3, 1, 2, 3), [(5, 1)]),
        (sections(3, 2, 1), []),
        (sections(1, 2), [(3, 5)]),
        (INDEX + dated(1, 2) + "\n" + sections(1, 2), [(4, 1), (8, 5)]),
        ("## BUILD-1\n## BUILD-2\n", []),
    ],
)
def test_order_is_told_once_for_rows_and_once_for_sections(text: str, expected: list[Place]) -> None:
    found = [f for f in findings(text) if f.code == "LED014"]
    assert [(f.line, f.column) for f in found] == expected
    assert {f.severity.value for f in found} <= {"info"}


HEAD = "# D\n\n## INDEX\n\n| Timestamp | DEC-ID | Decision | Status | Impact |\n|---|---|---|---|---|\n"
DECISION = "| 2026-01-02 | DEC-1 | Use SQLite | Accepted | all |\n"
TEXT = "\n### DEC-1 | 2026-01-02 | Use SQLite\n\n**Status**: Accepted\n"


@pytest.mark.parametrize(
    ("row", "section", "expected"),
    [
        (DECISION, TEXT, []),
        (DECISION, TEXT.replace("2026-01-02", "2026-03-05"), [(7, 3)]),
        (DECISION, TEXT.replace("SQLite", "PostgreSQL"), [(7, 24)]),
        (DECISION, TEXT.replace("Accepted", "Rejected"), [(7, 37)]),
        (DECISION, "\n### DEC-1 | 2026-01-03 | Other\n\n**Status**: No\n", [(7, 3), (7, 24), (7, 37)]),
        (DECISION, TEXT.replace("**Status**: Accepted", "Text."), []),
        (DECISION.replace("Accepted", ""), TEXT, []),
        (DECISION.replace("all", ""), TEXT, []),
        (DECISION.replace("| all ", ""), TEXT.replace("2026-01-02", "2026-03-05"), []),
        (DECISION + DECISION.replace("SQLite", "Redis"), TEXT, []),
        (DECISION, TEXT + TEXT.replace("Accepted", "Rejected"), []),
        (DECISION, TEXT.replace("SQLite", "A") + TEXT.replace("SQLite", "B"), [(7, 24)]),
    ],
)
def test_contradictions(row: str, section: str, expected: list[Place]) -> None:
    assert places(HEAD + row + section, "LED034", "architecture") == expected


def test_a_summary_and_a_phase_are_the_row_s_own() -> None:
    row = "| 2026-01-01 | BUILD-1 | Another phase | Another title | 1 |\n"
    assert places(f"{INDEX}{row}\n### BUILD-1 | 2026-01-01 | T\n\nText.\n", "LED034") == []


def test_what_a_contradiction_says() -> None:
    found = findings(HEAD + DECISION + TEXT.replace("Accepted", "Rejected"), "architecture")
    assert [(f.code, f.message, f.fixable) for f in found] == [
        ("LED034", "DEC-1: the status in the row is 'Accepted', in the section 'Rejected'", True)
    ]
