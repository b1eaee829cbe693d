"""What a newcomer is told, within a budget."""

from __future__ import annotations

import pytest

from autopack_hooks.search.memory import Memory
from autopack_hooks.search.prime import prime_text
from tests.search.helpers import BUILDS, DECISIONS, PROBLEMS, ledger_of, section


def memory(count: int) -> Memory:
    decisions = [section(f"DEC-{n:03}", f"Choice {n}", f"**Decision**: Take {n}.") for n in range(count, 0, -1)]
    problems = [section("DBG-002", "Broken", "It leaks.", "Open"), section("DBG-001", "Mended", "Gone.", "Resolved")]
    builds = [section("BUILD-001", "Built", "Works.", "Complete")]
    return Memory([ledger_of(DECISIONS, decisions), ledger_of(PROBLEMS, problems), ledger_of(BUILDS, builds)])


def test_all_of_a_small_memory() -> None:
    text = prime_text("demo", memory(2), ["RUL001 keep it"], 6000)
    assert text.startswith(
        "demo: architecture-decisions 2 entries (docs/architecture-decisions.md), debug-log 2 entries"
    )
    parts = [line for line in text.splitlines() if line.endswith(":")]
    assert parts == ["Decisions in force:", "Open problems:", "Rules learned from incidents:", "Newest entries:"]
    assert "- DBG-002 2026-01-02 (open) Broken: It leaks." in text and "RUL001 keep it" in text


@pytest.mark.parametrize("budget", [200, 1200, 6000])
def test_the_budget_holds_and_what_is_left_out_is_counted(budget: int) -> None:
    text = prime_text("demo", memory(200), (), budget)
    assert len(text.encode()) <= budget
    shown = text.count("\n- DEC-")
    assert not shown or f"Decisions in force ({200 - shown} more):" in text


def test_nothing_to_tell() -> None:
    assert "autopack-hooks init" in prime_text("demo", Memory([]), (), 6000)
