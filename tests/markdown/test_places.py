from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.markdown.places import Cursor, Pieces


@given(st.text(alphabet="ab\né\U0001f680\t"), st.lists(st.integers(0, 40)))
def test_a_cursor_counts_as_the_source_does(text: str, offsets: list[int]) -> None:
    cursor, source = Cursor(text.encode(), 1), SourceText.from_text("x.md", text)
    for offset in sorted(min(offset, len(text)) for offset in offsets):
        assert cursor.place(len(text[:offset].encode())) == source.position(offset)


def test_a_cursor_starts_at_its_first_line() -> None:
    assert Cursor(b"a\nb", 5).place(2) == (6, 1)


def test_pieces() -> None:
    pieces = Pieces([(10, "aé\n"), (20, ""), (30, "bc")])
    assert [pieces.offset(at) for at in (0, 1, 2, 3, 4)] == [10, 11, 13, 30, 31]
