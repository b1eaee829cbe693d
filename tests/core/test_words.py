"""A number agrees with its noun."""

from __future__ import annotations

import pytest

from autopack_hooks.core.words import counted


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (1, "entry", "1 entry"),
        (2, "entry", "2 entries"),
        (0, "entry", "0 entries"),
        (1, "fix", "1 fix"),
        (3, "fix", "3 fixes"),
        (2, "broken link", "2 broken links"),
        (2, "key", "2 keys"),
        (2, "branch", "2 branches"),
        (2, "index", "2 indexes"),
    ],
)
def test_a_number_with_its_noun(number: int, noun: str, text: str) -> None:
    assert counted(number, noun) == text
