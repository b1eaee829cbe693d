"""Decoding, lines and places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText

texts = st.text(st.sampled_from("aé\n\r\u2028\f\x85 \ufeff"))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a", ""]),
        ("a\r\nb\rc\nd", ["a", "b", "c", "d"]),
        ("\r\r\n\n", ["", "", "", ""]),
        ("a\u2028b\x0bc\x0cd\x85e\x1cf", ["a\u2028b\x0bc\x0cd\x85e\x1cf"]),
    ],
)
def test_lines_end_at_newlines_only(text: str, lines: list[str]) -> None:
    assert SourceText.from_text("x.md", text).lines == lines


@given(texts)
def test_every_offset_has_one_place_and_back(text: str) -> None:
    source = SourceText.from_text("x.md", text)
    assert len(source.lines) == len(source.starts)
    for start, line in zip(source.starts, source.lines, strict=True):
        assert text[start : start + len(line)] == line
    for offset in range(len(text) + 1):
        place = source.position(offset)
        assert source.offset(*place) == offset


@given(st.binary())
def test_any_bytes_are_read_and_told_where_they_are_no_text(data: bytes) -> None:
    source = SourceText.from_bytes("x.md", data)
    if source.fault is None:
        assert source.encode(source.text) == data
    else:
        assert source.fault.line <= len(source.lines)
        assert source.fault.column >= 1


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"ok\nbad \xff here", (2, 5)),
        (b"\xef\xbb\xbf\xff", (1, 1)),
        (b"\xc3\xa9\xff", (1, 2)),
        (b"a\r\nb\r\xff", (3, 1)),
        (b"a\nb\0c", (2, 2)),
        (b"a\xe2\x82", (1, 2)),
        ("utf-16".encode("utf-16"), (1, 1)),
        (b"\xed\xa0\x80", (1, 1)),
    ],
)
def test_the_first_bad_byte_is_placed(data: bytes, place: tuple[int, int]) -> None:
    fault = SourceText.from_bytes("x.md", data).fault
    assert fault is not None
    assert (fault.line, fault.column) == place


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbfa", "✅\u2028".encode(), b"\xef\xbf\xbd"])
def test_text_has_no_fault(data: bytes) -> None:
    source = SourceText.from_bytes("x.md", data)
    assert source.fault is None
    assert source.encode(source.text) == data


@pytest.mark.parametrize(
    ("text", "newline"), [("", "\n"), ("a", "\n"), ("a\r\nb\n", "\r\n"), ("a\rb\n", "\r"), ("a\nb\r\n", "\n")]
)
def test_the_first_newline_is_the_style(text: str, newline: str) -> None:
    assert SourceText.from_text("x.md", text).newline == newline
