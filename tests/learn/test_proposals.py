"""Proposals: of each kind what the incidents show, and nothing that they do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from autopack_hooks.core.text import SourceText
from autopack_hooks.learn.importing import import_rules
from autopack_hooks.learn.incidents import make_incident
from autopack_hooks.learn.matching import own_case_faults
from autopack_hooks.learn.proposals import Surroundings, merged, propose
from autopack_hooks.learn.signatures import group_incidents
from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.learned import LearnedRule, rule_fault
from autopack_hooks.project.loader import make_ledger
from autopack_hooks.project.workspace import LedgerFile
from tests.support import LEDGER

PATH = "docs/BUILD_HISTORY.md"
AROUND = Surroundings(
    exists=lambda path: path == "docs/back.md",
    moved=lambda path: "docs/new.md" if path == "docs/old.md" else None,
    documents=[SourceText.from_text("docs/a.md", "A [x](sub/old.md) and\na whitelists, Whitelist\n")],
    ledgers=[make_ledger(LedgerFile("build_history", PATH, DIALECTS["build-history"]), {PATH: LEDGER.encode()})],
)


def proposed(*rows: dict[str, Any], around: Surroundings = AROUND) -> list[LearnedRule]:
    incidents = [
        make_incident({"commit": str(n), "timestamp": f"2026-01-0{n + 1}T00:00:00Z", **row})
        for n, row in enumerate(rows)
    ]
    rules = [rule for group in group_incidents(incidents) if (rule := propose(group, around))]
    assert [rule_fault(rule.data) for rule in rules] == [""] * len(rules)
    assert not [fault for rule in rules for fault in own_case_faults(rule)], "a proposal is right about its own cases"
    return rules


def thrice(**row: Any) -> list[dict[str, Any]]:
    return [{**row, "text": f"{row['text']} {n}"} if "text" in row else row for n in range(3)]


@pytest.mark.parametrize(
    "row, kind, own",
    [
        ({"code": "LNK001", "target": "docs/old.md", "path": "README.md", "text": "[x](docs/old.md)"},
         "link_moved", {"from": "docs/old.md", "to": "docs/new.md"}),
        ({"code": "LNK001", "message": "docs/gone.md does not exist", "path": "README.md"}, "link_moved", {"to": None}),
        ({"code": "MD1", "message": "avoid 'whitelist'", "path": "docs/a.md", "text": "the whitelist of"},
         "forbidden_text", {"pattern": "whitelist"}),
        ({"code": "MD1", "message": "avoid 'whitelist'", "path": "docs/a.md"}, "note", {}),
        ({"code": "MD1", "message": "avoid 'whitelist'", "path": "a.py", "text": "whitelist"}, "note", {}),
        ({"code": "MD1", "message": "avoid 'whitelist'", "path": "a.md", "text": "nothing of it"}, "note", {}),
        ({"code": "X", "message": "entry without the field Tests", "path": PATH, "text": "### BUILD-003"},
         "required_field", {"ledger": "build_history", "field": "Tests"}),
        ({"code": "X", "message": "gate", "field": "Tests", "ledger": "build_history"}, "required_field", {"field": "Tests"}),
        ({"code": "X", "message": "entry without the field Tests", "path": "other.md"}, "note", {}),
        ({"code": "LED003", "message": "heading", "path": PATH, "text": "### BUILD_12 | x"},
         "id_format", {"ledger": "build_history", "pattern": r"BUILD-\d{3}"}),
        ({"code": "LED003", "message": "heading", "path": PATH, "text": "### Notes"}, "note", {}),
        ({"code": "LED012", "message": "invalid date", "path": PATH}, "note", {}),
        ({"code": "", "message": "timeout after 30 s"}, "note", {"signature": "timeout after <N> s"}),
    ],
)  # fmt: skip
def test_kinds(row: dict[str, Any], kind: str, own: dict[str, Any]) -> None:
    (rule,) = proposed(*thrice(**row))
    assert rule.kind == kind and {name: rule.data[name] for name in own} == own
    assert rule.data["occurrences"] == 3 and rule.data["first_seen"][:10] == "2026-01-01"


def test_a_file_that_is_back_is_not_proposed() -> None:
    assert proposed(*thrice(code="LNK001", target="docs/back.md")) == []


def test_what_looks_alike_and_is_fine() -> None:
    (link,) = proposed(*thrice(code="LNK001", target="docs/old.md"))
    assert link.data["negatives"] == [{"path": "docs/a.md", "text": "A [x](sub/old.md) and"}]


def test_proposals_and_known_rules() -> None:
    (rule,) = proposed(*thrice(code="LNK001", target="docs/old.md"))
    again = rule.changed(occurrences=9, last_seen="2027-01-01T00:00:00Z")
    cases: list[tuple[str, Callable[[LearnedRule], bool]]] = [
        ("proposed", lambda r: r.data["occurrences"] == 9),
        ("active", lambda r: r.data["occurrences"] == 9 and r.status == "active"),
        ("retired", lambda r: r.data["occurrences"] == 3),
    ]
    for status, right in cases:
        known = {rule.rule_id: rule.changed(status=status, rationale="mine")}
        found = merged(known, [again])[rule.rule_id]
        assert right(found) and found.rationale == "mine", "what a person wrote stays"


def test_import_says_what_it_left() -> None:
    first = {"constraint": "do", "rule_id": "r", "first_seen": "2025-12-01T00:00:00"}
    data = json.dumps({"rules": [first, {"x": 1}, {"constraint": "do", "rule_id": "r"}]}).encode()
    rules, left = import_rules("f", data)
    assert [rule.data["first_seen"] for rule in rules] == ["2025-12-01T00:00:00Z"] and len(left) == 2
    assert [rule_fault(rule.data) for rule in rules] == [""]
