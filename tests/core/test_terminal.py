"""Text that is printed does not steer the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.terminal import escape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain é 漢字 \\x1b", "plain é 漢字 \\x1b"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\tc\r", "a\\x0ab\\x09c\\x0d"),
        ("\x7f\x9b\u2028\u202e\udc80", "\\x7f\\x9b\\x2028\\x202e\\xdc80"),
    ],
)
def test_escape(text: str, expected: str) -> None:
    assert escape(text) == expected


@given(st.text())
def test_what_is_escaped_is_printable(text: str) -> None:
    assert escape(text).isprintable()
    assert escape(escape(text)) == escape(text)
