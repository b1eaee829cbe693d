"""LED020: ids in the text that no entry has."""

from __future__ import annotations

import pytest

from autopack_hooks.checks.context import RuleContext
from autopack_hooks.config.model import CheckConfig
from tests.checks.helpers import SECTION, Place, check_ledgers, findings, ledger, places


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("see BUILD-9", [(5, 5)]),
        ("see BUILD-9, BUILD-8 and BUILD-9", [(5, 5), (5, 14)]),
        ("(BUILD-9)", [(5, 2)]),
        ("BUILD-9's", [(5, 1)]),
        ("BUILD-9.", [(5, 1)]),
        ("**BUILD-9**", [(5, 3)]),
        ("[x](BUILD-9)", [(5, 5)]),
        ("BUILD-1.1", [(5, 1)]),
        ("BUILD-9/BUILD-8", [(5, 1)]),
        ("see BUILD-1", []),
        ("see BUILD-01", [(5, 5)]),
        ("`BUILD-9`", []),
        ("`` `BUILD-9` ``", []),
        ("` BUILD-9", [(5, 3)]),
        ("`a` BUILD-9 `b`", [(5, 5)]),
        ("BUILD-9-NOTES and BUILD-9_x and BUILD-9x", []),
        ("BUILD-9.md and docs/BUILD-9 and a-BUILD-9", []),
        ("docs/BUILD-9/x.md", []),
        ("REBUILD-9", []),
        ("DEC-9 and OTHER-9", []),
        ("build-9", []),
        ("    BUILD-9", []),
    ],
)
def test_references(line: str, expected: list[Place]) -> None:
    assert places(f"{SECTION}\n{line}\n", "LED020") == expected


def test_an_id_of_another_ledger_is_looked_up_there() -> None:
    both = RuleContext(
        [ledger(SECTION + "\nDEC-1 and DEC-2\n"), ledger("### DEC-1 | 2026-01-01 | T\n", "architecture")]
    )
    assert [f.message for f in check_ledgers(both, CheckConfig())] == ["DEC-2 is not an entry of architecture"]


def test_nothing_is_said_of_a_ledger_that_cannot_be_read() -> None:
    both = RuleContext([ledger(SECTION + "\nDEC-2\n"), ledger(b"\xff", "architecture")])
    assert [f.code for f in check_ledgers(both, CheckConfig())] == ["LED001"]


def test_a_removed_entry_is_told_once_as_that() -> None:
    found = findings(SECTION + "\nBUILD-2\n", previous={"build_history": ["BUILD-2"]})
    assert [f.code for f in found] == ["LED021"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("BUILD-9 `BUILD-8` BUILD-7", [1, 19]),
        ("`BUILD-9", [2]),
        ("``BUILD-9` BUILD-8", [3, 12]),
        ("``a`BUILD-9`` BUILD-8", [15]),
        ("`a``BUILD-9` BUILD-8", [14]),
        ("```BUILD-9` `BUILD-8`", [4, 14]),
        ("`a\nBUILD-9`\nBUILD-8", [1]),
        ("`\u00e4 BUILD-9` \u00e4 BUILD-8", [15]),
        ("- `a\n  BUILD-9` BUILD-8", [12]),
    ],
)
def test_code_spans_are_left_out(text: str, columns: list[int]) -> None:
    assert [f.column for f in findings(SECTION + "\n" + text) if f.code == "LED020"] == columns
