"""The line that ends a report."""

from __future__ import annotations

import pytest

from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.report.summary import MANY, summary

ACCEPT = "autopack-hooks check --write-baseline"


def many(errors: int, warnings: int = 0, infos: int = 0) -> list[Finding]:
    kinds = [Severity.ERROR] * errors + [Severity.WARNING] * warnings + [Severity.INFO] * infos
    return [Finding("a.md", n, 1, "LED012", "x", kind) for n, kind in enumerate(kinds, 1)]


@pytest.mark.parametrize(
    ("findings", "fixes", "line"),
    [
        (many(0), [], ""),
        (many(1), [], "1 error"),
        (many(4, 1), [(2, "fix"), (0, "fix --unsafe")], "4 errors, 1 warning; can be fixed: 2 by `fix`"),
        (many(2), [(1, "fix"), (1, "fix --stubs")], "2 errors; can be fixed: 1 by `fix`, 1 by `fix --stubs`"),
        (many(0, 2, 1), [], "2 warnings, 1 info"),
    ],
)
def test_it_counts_and_names_what_helps(findings: list[Finding], fixes: list[tuple[int, str]], line: str) -> None:
    assert summary(findings, fixes, ACCEPT) == line


@pytest.mark.parametrize(
    ("findings", "offered"), [(many(MANY), True), (many(MANY - 1), False), (many(1, MANY), False), (many(60), True)]
)
def test_accepting_is_offered_where_there_is_much(findings: list[Finding], offered: bool) -> None:
    assert (ACCEPT in summary(findings, [], ACCEPT)) == offered
