"""Vectors are stable and well formed, and weigh as BM25 does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.sync.embedder import LEXICAL


@given(st.text(max_size=100), st.text(max_size=400))
def test_vectors_are_well_formed(title: str, text: str) -> None:
    for indices, values in (LEXICAL.embed(title, text), LEXICAL.embed_query(text)):
        assert indices == sorted(set(indices)) and all(0 <= index < 2**32 for index in indices)
        assert len(values) == len(indices) and all(value > 0 for value in values)


def weight(title: str, text: str) -> float:
    indices, values = LEXICAL.embed(title, text)
    return values[indices.index(LEXICAL.embed_query("lock")[0][0])]


def test_vectors_are_the_same_everywhere() -> None:
    """Indices are stored: they may not depend on the process, the machine or the release."""
    assert LEXICAL.embed("", "Lock lock BUILD-163")[0] == [1018904005, 2274335502, 3181441755, 3961824982]


def test_weights_saturate_titles_count_more_and_long_passages_less() -> None:
    assert weight("", "lock") < weight("", "lock lock") < 2 * weight("", "lock")
    assert weight("", "lock " + "other " * 500) < weight("", "lock") == weight("", "lock and a few more words")
    assert weight("", "lock") < weight("lock", "")
    assert LEXICAL.embed("", "") == ([], []) == LEXICAL.embed_query(" - ")
