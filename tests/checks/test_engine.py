"""The run of all rules: order, choice of codes, severities."""

from __future__ import annotations

import pytest

from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.pipeline import LEDGER_FAMILIES, Pipeline
from autopack_hooks.config.model import CheckConfig
from autopack_hooks.core.findings import Finding, Severity
from tests.checks.helpers import SECTION, check_ledgers, findings, ledger
from tests.support import LEDGER

BAD = SECTION + SECTION + "\nBUILD-9\n\n### BUILD 3\n"


def test_a_valid_ledger_is_silent() -> None:
    assert findings(LEDGER) == []
    assert findings("\ufeff" + LEDGER.replace("\n", "\r\n")) == []
    assert findings("") == []


def test_findings_are_in_order_and_name_their_ledger() -> None:
    found = findings(BAD)
    assert [(f.code, f.line) for f in found] == [("LED004", 4), ("LED020", 8), ("LED003", 10)]
    assert {(f.path, f.ledger) for f in found} == {("docs/BUILD_HISTORY.md", "build_history")}


@pytest.mark.parametrize(
    ("config", "codes"),
    [
        (CheckConfig(), ["LED004", "LED020", "LED003"]),
        (CheckConfig(select=("LED020",)), ["LED020"]),
        (CheckConfig(select=("LED00",)), ["LED004", "LED003"]),
        (CheckConfig(select=()), []),
        (CheckConfig(select=("LNK",)), []),
        (CheckConfig(ignore=("LED004", "LED003")), ["LED020"]),
        (CheckConfig(ignore=("LED",)), []),
        (CheckConfig(select=("LED003", "LED004"), ignore=("LED003",)), ["LED004"]),
    ],
)
def test_codes_are_chosen_by_prefix(config: CheckConfig, codes: list[str]) -> None:
    assert [f.code for f in findings(BAD, config=config)] == codes


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ({}, "error"),
        ({"LED004": "warning"}, "warning"),
        ({"LED": "info"}, "info"),
        ({"LED": "info", "LED004": "warning"}, "warning"),
        ({"LED0": "warning", "LED": "info"}, "warning"),
        ({"LED005": "info"}, "error"),
    ],
)
def test_the_longest_prefix_sets_the_severity(severity: dict[str, str], expected: str) -> None:
    kept = Pipeline(CheckConfig(severity=severity), LEDGER_FAMILIES).choose([Finding("a", 1, 1, "LED004", "m")], {})
    assert [f.severity for f in kept] == [Severity(expected)]


def test_a_comment_for_a_code_that_is_not_looked_for_is_not_needless() -> None:
    text = SECTION + "\nBUILD-9 <!-- autopack: ignore LED020 known -->\n"
    assert findings(text, config=CheckConfig(select=("LED004", "CFG"))) == []
    assert findings(text, config=CheckConfig(ignore=("LED020",))) == []


def test_the_same_ledger_twice_tells_everything_once() -> None:
    twice = check_ledgers(RuleContext([ledger(BAD), ledger(BAD)]), CheckConfig())
    assert twice == findings(BAD)
