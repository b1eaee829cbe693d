"""Names: words, and one order for everybody."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.config.lock_names import NAMES, is_word, known_names, ordered
from autopack_hooks.core.errors import UsageError

words = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True).filter(is_word)


@pytest.mark.parametrize("name", [*NAMES, "a", "a1", "a-b_c", "a" * 64, "console", "com", "nulls", "lpt", "com10"])
def test_words(name: str) -> None:
    assert is_word(name)


@pytest.mark.parametrize(
    "name",
    ["", "A", "1a", "_a", "-a", "a b", "a.b", "a/b", "a\\b", "..", "../a", "a\n", "ä", "a" * 65, "con", "nul", "com1"],
)
def test_what_is_no_word(name: str) -> None:
    assert not is_word(name)


@pytest.mark.parametrize(
    ("names", "extra", "order"),
    [
        (["docs"], (), ("docs",)),
        (["docs", "queue"], (), ("queue", "docs")),
        (["qdrant", "docs", "database", "docs"], (), ("docs", "database", "qdrant")),
        (reversed(NAMES), (), NAMES),
        (["mine", "docs"], ("yours", "mine"), ("docs", "mine")),
        (["yours", "mine", "qdrant"], ("yours", "mine"), ("qdrant", "mine", "yours")),
    ],
)
def test_the_order_is_the_same_whatever_was_asked(
    names: Sequence[str], extra: Sequence[str], order: tuple[str, ...]
) -> None:
    assert ordered(names, extra) == order


@given(st.lists(words, min_size=1), st.randoms())
def test_the_order_hangs_on_the_names_alone(names: list[str], dice: object) -> None:
    shuffled = list(names)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert ordered(shuffled, [*shuffled, "more"]) == ordered(names, names)


@pytest.mark.parametrize("names", [[], [""], ["unknown"], ["../../victim"], ["docs", "Docs"], "docs", ["docs\n"]])
def test_what_is_no_name_is_refused(names: Sequence[str]) -> None:
    with pytest.raises(UsageError, match="docs"):
        ordered(names)


def test_all_names_in_their_order() -> None:
    assert known_names(("b", "a", "b")) == (*NAMES, "a", "b")
