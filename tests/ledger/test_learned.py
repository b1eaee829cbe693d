"""The file of learned rules: one form, faults with their lines, and a merge by id."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.ledger.learned import LearnedRule, RulesFile, parse_rules, render_rules
from autopack_hooks.ledger.learned_merge import merge_rules

MOMENT = "2026-01-01T00:00:00Z"


def rule(name: str = "a1", **more: Any) -> dict[str, Any]:
    return {
        "id": name, "kind": "note", "status": "proposed", "scope": ["**"], "severity": "error", "occurrences": 3,
        "first_seen": MOMENT, "last_seen": MOMENT, "evidence": [], "positives": [], "negatives": [], "rationale": "r",
        "approved_by": None, "approved_at": None, "signature": "s", "advice": "a", **more,
    }  # fmt: skip


def file(*rules: dict[str, Any]) -> RulesFile:
    return parse_rules(render_rules(map(LearnedRule, rules)).encode())


@pytest.mark.parametrize(
    "change, fault",
    [
        ({}, ""),
        ({"evidence": ["e", {"commit": "c", "line": 3}], "retired_reason": "why"}, ""),
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"scope": "docs"}, "scope must be"),
        ({"scope": []}, "scope must be"),
        ({"occurrences": True}, "occurrences must be"),
        ({"kind": "magic"}, "kind must be"),
        ({"kind": ["note"]}, "kind must be"),
        ({"id": "../x"}, "id must be"),
        ({"first_seen": "yesterday"}, "first_seen must be"),
        ({"positives": [{"path": "a"}]}, "positives must be"),
        ({"evidence": [1, 2, 3, 4, 5, 6]}, "evidence must be"),
        ({"kind": "id_format"}, "'ledger' is missing"),
        ({"advice": ""}, "advice must be"),
        ({"from": "x"}, "unknown field 'from'"),
    ],
)
def test_a_rule_with_a_fault_is_left_out(change: dict[str, Any], fault: str) -> None:
    found = file(rule("a0"), rule(**change))
    assert [f.message for f in found.faults if fault in f.message or not fault] == [f.message for f in found.faults]
    assert bool(found.faults) is bool(fault) and len(found.rules) == (1 if fault else 2)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 2, "rules": []}', '{"version": true, "rules": []}',
                                  '{"version": 1, "rules": [], "rules": []}', '{"version": 1, "rules": [], "x": 1}', "[" * 99999,
                                  "\xff"])  # fmt: skip
def test_a_faulty_file(text: str) -> None:
    found = parse_rules(text.encode("latin-1"))
    assert found.faults and found.faults[0].line == 1 and not found.older


def test_the_line_of_a_rule_is_that_of_its_id() -> None:
    found = file(rule("a1", rationale='"id": "b2"'), rule("b2"))
    lines = render_rules(found.rules).split("\n")
    assert [json.loads("{" + lines[r.line - 1].strip().rstrip(",") + "}")["id"] for r in found.rules] == ["a1", "b2"]


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.text(max_size=20), st.randoms())
def test_one_form(names: list[str], text: str, rnd: Any) -> None:
    rules = [rule(name, rationale=text) for name in names]
    once = render_rules(map(LearnedRule, rules))
    rnd.shuffle(rules)
    assert render_rules(map(LearnedRule, rules)) == once
    found = parse_rules(once.encode())
    assert not found.faults and render_rules(found.rules) == once


@pytest.mark.parametrize(
    "base, ours, theirs, merged",
    [
        ([], [rule("c")], [rule("d")], [rule("c"), rule("d")]),
        ([rule()], [rule(status="active", approved_by="x", approved_at=MOMENT)], [rule(occurrences=5)],
         [rule(status="active", approved_by="x", approved_at=MOMENT, occurrences=5)]),
        ([rule()], [rule(occurrences=4)], [rule(occurrences=7)], [rule(occurrences=7)]),
        ([rule()], [], [rule()], []),
        ([rule(), rule("b")], [rule()], [rule(), rule("b")], [rule()]),
        ([rule()], [rule(rationale="x")], [rule(rationale="x")], [rule(rationale="x")]),
        ([rule()], [rule(rationale="x")], [rule(rationale="y")], None),
        ([rule()], [], [rule(rationale="y")], None),
        ([], [rule(rationale="x")], [rule(rationale="y")], None),
    ],
)  # fmt: skip
def test_merge(base: Any, ours: Any, theirs: Any, merged: Any) -> None:
    result = merge_rules(file(*base), file(*ours), file(*theirs), ("us", "them"), 7)
    assert result is not None
    if merged is not None:
        assert not result.conflicts and result.text == render_rules(map(LearnedRule, merged))
        return
    assert result.conflicts == ["a1"] and result.text.count("\n=======\n") == 1
    for side in ("<<<<<<< us", ">>>>>>> them"):
        assert side in result.text
    assert parse_rules(result.text.encode()).faults


def test_what_cannot_be_read_is_not_merged() -> None:
    assert merge_rules(file(), parse_rules(b"{"), file(), ("a", "b"), 7) is None


@pytest.mark.parametrize(
    "document, older",
    [
        ({"rules": [{"recommendation": "x"}]}, True),
        ({"rules": [{"constraint": "x"}]}, True),
        ({"proposed_rules": [{"prevention_action": "x"}]}, True),
        ({"version": 1, "rules": [{"constraint": "x"}]}, False),
        ({"rules": [{"x": 1}]}, False),
        ({"rules": {}}, False),
    ],
)
def test_older_files_are_recognised(document: Any, older: bool) -> None:
    found = parse_rules(json.dumps(document).encode())
    assert found.older is older and len(found.faults) >= 1
