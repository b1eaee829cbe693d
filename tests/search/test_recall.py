"""Lines within a budget of bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.search.recall import within_budget

MORE = "{count} more"


def test_what_fits_is_shown_whole() -> None:
    assert within_budget(["one", "two"], 8, MORE) == "one\ntwo\n"
    assert within_budget([], 8, MORE) == ""


def test_what_does_not_fit_is_counted() -> None:
    lines = [f"DEC-{n:03} " + "x" * 300 for n in range(9)]
    shown = within_budget(lines, 400, MORE).splitlines()
    assert [line[:8] for line in shown[:-1]] == ["DEC-000 ", "DEC-001 ", "DEC-002 "] and shown[-1] == "6 more"
    assert all(line.endswith("\u2026") for line in shown[:-1])


@given(
    st.lists(
        st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\r"), max_size=300), max_size=9
    ),
    st.integers(60, 900),
)
def test_the_budget_holds(lines: list[str], budget: int) -> None:
    text = within_budget(lines, budget, MORE)
    assert len(text.encode()) <= budget
    assert (text == "") == (not lines)
