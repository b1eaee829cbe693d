"""Turns offsets of UTF-8 bytes into lines and columns."""

from __future__ import annotations


class Cursor:
    """Walks a text forwards and tells line and column (both from 1, columns in characters) of the offsets on its way.

    Every byte is looked at once, however long the lines are, so that many places cost little more than one.
    """

    def __init__(self, data: bytes, first_line: int) -> None:
        self._data = data
        self._ascii = data.isascii()
        self._at = 0
        self._line = first_line
        self._begin = 0  # of the line, in bytes
        self._column = 1

    def line(self, offset: int) -> int:
        """Return the line of ``offset``, which must not lie before the one asked for last."""
        return self.place(offset)[0]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of ``offset``, which must not lie before the one asked for last."""
        data, at = self._data, self._at
        newline = data.rfind(b"\n", at, offset)
        if newline >= 0:
            self._line += data.count(b"\n", at, newline + 1)
            self._begin = at = newline + 1
            self._column = 1
        if self._ascii:
            self._column = offset - self._begin + 1
        else:
            self._column += len(data[at:offset].decode("utf-8", "replace"))
        self._at = offset
        return self._line, self._column


class Pieces:
    """A text put together of pieces of the source: (offset in bytes, text). Tells where its characters stand there."""

    def __init__(self, pieces: list[tuple[int, str]]) -> None:
        self._pieces = pieces
        self._index = 0
        self._begin = 0  # of the piece, in characters
        self._at = 0  # the character asked for last
        self._offset = pieces[0][0] if pieces else 0

    def offset(self, at: int) -> int:
        """Return the offset of the character ``at``, which must not lie before the one asked for last."""
        while at >= self._begin + len(self._pieces[self._index][1]) and self._index + 1 < len(self._pieces):
            self._begin += len(self._pieces[self._index][1])
            self._index += 1
            self._at, self._offset = self._begin, self._pieces[self._index][0]
        text = self._pieces[self._index][1][self._at - self._begin : at - self._begin]
        self._offset += len(text) if text.isascii() else len(text.encode())
        self._at = at
        return self._offset
