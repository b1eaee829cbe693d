"""Free ids, and every mention of one."""

from __future__ import annotations

import pytest

from autopack_hooks.core.edits import apply_edits
from autopack_hooks.ledger.dialect import BUILD_HISTORY, DIALECTS
from autopack_hooks.ledger.ids import ids_in, next_id
from autopack_hooks.ledger.references import renumber_edits
from tests.support import LEDGER


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ([], "BUILD-001"),
        (["BUILD-003", "BUILD-001"], "BUILD-004"),
        (["BUILD-170.10", "BUILD-2"], "BUILD-171"),
        (["BUILD-999"], "BUILD-1000"),
        (["BUILD-0009"], "BUILD-0010"),
        (["BUILD-7"], "BUILD-8"),
        (["BUILD-034", "BUILD-034a"], "BUILD-035"),
        (["BUILD-035b"], "BUILD-036"),
    ],
)
def test_the_next_id(taken: list[str], free: str) -> None:
    assert next_id(taken, BUILD_HISTORY) == free


def test_ids_of_headings_and_rows() -> None:
    text = (
        LEDGER
        + "\n| 2026-01-01 | BUILD-007 | x | see BUILD-900 | 1 |\n\n## BUILD-008: Other (2026-01-02)\n\nBUILD-901\n"
    )
    assert set(ids_in(text, BUILD_HISTORY)) == {f"BUILD-{n:03}" for n in (1, 2, 3, 7, 8)}
    assert set(ids_in("### ADR-2: Use it\n| ADR-3 | Title | x | 2026-01-01 |\n", DIALECTS["decision-log"])) == {
        "ADR-2",
        "ADR-3",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("### BUILD-002 | x", "### BUILD-005 | x"),
        ("after BUILD-002, `BUILD-002`.", "after BUILD-005, `BUILD-005`."),
        ("(BUILD-002): **BUILD-002**", "(BUILD-005): **BUILD-005**"),
        ("[x](docs/B.md#build-002--2026-01-02--second)", "[x](docs/B.md#build-005--2026-01-02--second)"),
        ("[x](#build-002)", "[x](#build-005)"),
        *((text, text) for text in (
            "BUILD-0021", "BUILD-002.1", "BUILD-002-NOTES", "XBUILD-002", "docs/BUILD-002.md", "docs/BUILD-002/x",
            "#build-0021", "build-002",
        )),
    ],
)  # fmt: skip
def test_every_mention_is_renumbered(before: str, after: str) -> None:
    assert apply_edits(before, renumber_edits(before, "BUILD-002", "BUILD-005")) == after
