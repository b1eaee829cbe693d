"""Findings: their JSON form, their order, and what fails."""

from __future__ import annotations

import pytest

from autopack_hooks.core.findings import Finding, Severity, failed, ordered

CONTRACT = [
    "code", "severity", "path", "line", "column", "end_line", "end_column", "message", "fixable", "ledger", "entry_id",
]  # fmt: skip


def test_the_json_form_is_the_contract() -> None:
    finding = Finding("a.md", 1, 2, "LED001", "m", Severity.WARNING, 3, 4, True, "build_history", "BUILD-1", "key")
    assert list(finding.to_json()) == CONTRACT
    assert list(finding.to_json().values()) == [
        "LED001", "warning", "a.md", 1, 2, 3, 4, "m", True, "build_history", "BUILD-1",
    ]  # fmt: skip


def test_findings_are_sorted_by_place_as_numbers_and_stand_once() -> None:
    places = [("b.md", 1, 1), ("a.md", 10, 1), ("a.md", 2, 10), ("a.md", 2, 9), ("a.md", 2, 9)]
    findings = [Finding(*place, code="LED001", message="m") for place in places]
    assert [(f.path, f.line, f.column) for f in ordered(findings)] == [
        ("a.md", 2, 9), ("a.md", 2, 10), ("a.md", 10, 1), ("b.md", 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("severities", "fails"),
    [([], False), (["info", "warning"], False), (["warning", "error"], True)],
)
def test_only_errors_fail(severities: list[str], fails: bool) -> None:
    assert failed(Finding("a", 1, 1, "LED001", "m", Severity(s)) for s in severities) is fails
