"""Passages lose nothing and stay within their limit; vectors are stable and well formed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack_hooks.sync.passages import passages


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
