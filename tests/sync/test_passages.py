"""Passages lose nothing and stay within their limit; vectors are stable and well formed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack_hooks.sync.passages import PASSAGE_LIMIT, lexical, lexical_query, passages, terms


def words(text: str) -> str:
    return re.sub(r"\s+", "", text)


MARKDOWN = st.lists(
    st.sampled_from(
        ["", "", "# one", "## two\t", "#no", "```", "````py", "~~~", "  ~~~~", "text. More text! x", "\t", "a" * 90]
    )
    | st.text(alphabet="ab \u2028\x0c#`é.", max_size=120),
    max_size=60,
)


@settings(deadline=None)
@given(MARKDOWN, st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 300))
def test_nothing_is_lost(lines: list[str], newline: str, limit: int) -> None:
    content = newline.join(lines)
    found = passages("Title", content, limit)
    assert all(text.strip() and len(text) <= max(limit, 5) for text in found)
    assert "".join(map(words, found)) == (words(content) or "Title")
    assert passages("Title", content, limit) == found


@pytest.mark.parametrize(
    ("title", "content", "wanted"),
    [
        ("", "", []),
        (" ", "\n \n", []),
        ("Title", "", ["Title"]),
        ("Title", "short", ["short"]),
        ("Title", "\n\nshort\n", ["short"]),
    ],
)
def test_short_entries_are_one_passage(title: str, content: str, wanted: list[str]) -> None:
    assert passages(title, content) == wanted


A, B, C = "a " * 20, "b " * 20, "c " * 20


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (f"{A}\n\n# H\n{B}\n\n{C}", [A, f"# H\n{B}\n\n{C}"]),  # a heading before a nearer paragraph
        (f"{A}\n\n#H\n{B}\n\n{C}", [f"{A}\n\n#H\n{B}", C]),  # not a heading
        (f"{A}\n\n    # H\n{B}\n\n{C}", [f"{A}\n\n    # H\n{B}", C]),  # indented code
        (f"{A}\n```\n\n# H\n{B}\n```\n{C}", [f"{A}\n```\n\n# H\n{B}\n```", C]),  # inside a fence
        (f"{A}\n~~~\n```\n# H\n~~~\n# I\n{B}{C}", [f"{A}\n~~~\n```\n# H\n~~~", f"# I\n{B}{C}"]),  # fence in a fence
        (f"{A}\n``` x`\n# H\n{B}\n{C}", [f"{A}\n``` x`", f"# H\n{B}\n{C}"]),  # not a fence
        (f"{A}\n{B}\n{C}", [f"{A}\n{B}", C]),  # one paragraph: at a line
        (f"# A\n{A}\n# B\n{B}\n# C\n{C}", [f"# A\n{A}\n# B\n{B}", f"# C\n{C}"]),  # small sections stay together
    ],
)
def test_where_long_entries_are_cut(content: str, wanted: list[str]) -> None:
    assert passages("T", content, 100) == wanted


def test_long_lines_are_cut_at_words_then_anywhere() -> None:
    assert passages("T", "one two three four five", 10) == ["one two ", "three ", "four five"]
    assert passages("T", "x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_many_lines_take_linear_time() -> None:
    assert len(passages("T", "a\n" * 300_000)) == 300


@pytest.mark.parametrize(
    ("chunk", "wanted"),
    [
        ("BUILD-163", {"build-163", "build", "163"}),
        ("BUILD-170.10", {"build-170.10", "build", "170", "10"}),
        ("lock_manager.py", {"lock_manager.py", "lock_manager", "lock", "manager", "py"}),
        ("camelCase", {"camelcase", "camel", "case"}),
        ("HTTPServer", {"httpserver", "http", "server"}),
        ("__init__", {"init"}),
        ("P17", {"p17", "p", "17"}),
        ("locks", {"lock"}),
        ("entries", {"entry"}),
        ("status", {"status"}),
        ("class", {"class"}),
        ("is", {"is"}),
        ("Größe", {"größe"}),
        ("日本語", {"日本語"}),
        ("___", set()),
    ],
)
def test_terms(chunk: str, wanted: set[str]) -> None:
    assert set(terms(chunk)) == wanted
    assert len(terms(chunk)) == len(wanted)


@given(st.text(max_size=400))
def test_vectors_are_well_formed(text: str) -> None:
    for indices, values in (lexical(text), lexical_query(text)):
        assert indices == sorted(set(indices)) and all(0 <= index < 2**32 for index in indices)
        assert len(values) == len(indices) and all(value > 0 for value in values)


def test_vectors_are_the_same_everywhere() -> None:
    """Indices are stored: they may not depend on the process, the machine or the release."""
    indices, values = lexical("Lock lock BUILD-163")
    assert indices == [1018904005, 2274335502, 3181441755, 3961824982]
    assert [round(value, 3) for value in values] == [1.668, 1.898, 1.668, 1.668]


def test_weights_saturate_and_long_passages_count_less() -> None:
    def weight(text: str) -> float:
        indices, values = lexical(text)
        return values[indices.index(lexical_query("lock")[0][0])]

    assert weight("lock") < weight("lock lock") < 2 * weight("lock")
    assert weight("lock " + "other " * 500) < weight("lock")
    assert lexical("") == ([], [])
    assert PASSAGE_LIMIT == 2000
