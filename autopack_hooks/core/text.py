r"""Bytes in, bytes out: decoded text that remembers its newlines and BOM.

Lines are split on ``\r\n``, ``\r`` and ``\n`` only (as CommonMark does), never with ``str.splitlines``,
which also splits on form feeds, U+2028 and others. Lines and columns count from 1, offsets from 0.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, count
from operator import add
from typing import NamedTuple

BOM = b"\xef\xbb\xbf"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
_NEWLINE = re.compile(r"\r\n?|\n")
_FRONT_KEY = re.compile(r"[\w\"'-][^:]*:(?:\s|$)")


class Position(NamedTuple):
    """A place in a text: ``line`` and ``column`` count from 1, columns in characters."""

    line: int
    column: int


class DecodeFault(NamedTuple):
    """The reason why bytes are not the text that they should be, the place of the first bad one, and what to do."""

    line: int
    column: int
    reason: str
    remedy: str = "save the file as UTF-8"


class SourceText(NamedTuple):
    """One file's text.

    ``text`` has no BOM and keeps its newlines; ``lines`` have no newlines; ``starts[i]`` is the offset in
    ``text`` of ``lines[i]``. With a ``fault`` the text is a best effort (bad bytes replaced) and must
    not be used as a source of truth.
    """

    path: str
    text: str
    lines: list[str]
    starts: list[int]
    bom: bool = False
    fault: DecodeFault | None = None

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> SourceText:
        """Decode UTF-8 ``data``; never raises: ``fault`` says what cannot be decoded."""
        text, fault = decode(data)
        return cls.from_text(path, text, bom=data.startswith(BOM), fault=fault)

    @classmethod
    def from_text(cls, path: str, text: str, *, bom: bool = False, fault: DecodeFault | None = None) -> SourceText:
        """Index the lines of an already decoded ``text``."""
        if "\r" not in text:
            lines = text.split("\n")
            lengths = accumulate(map(len, lines[:-1]), initial=0)
            starts = list(map(add, lengths, count()))  # behind each line stands one newline
        else:
            starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
            lines = _NEWLINE.split(text)
        return cls(path, text, lines, starts, bom, fault)

    @property
    def newline(self) -> str:
        r"""The first newline style of the text; ``\n`` where there is none."""
        match = _NEWLINE.search(self.text)
        return match.group() if match else "\n"

    def offset(self, line: int, column: int = 1) -> int:
        """Return the character offset of a place."""
        return self.starts[line - 1] + column - 1

    def position(self, offset: int) -> Position:
        """Return the place of a character offset."""
        index = bisect_right(self.starts, offset) - 1
        return Position(index + 1, offset - self.starts[index] + 1)

    def encode(self, text: str) -> bytes:
        """Return ``text`` as the bytes of this file: UTF-8, with the BOM where it had one."""
        return (BOM if self.bom else b"") + text.encode("utf-8")


def decode(data: bytes) -> tuple[str, DecodeFault | None]:
    """Decode UTF-8 ``data`` to a text without BOM, and a fault where it is not text; never raises."""
    body = data.removeprefix(BOM)
    if body.startswith(_LFS_POINTER):
        return "", DecodeFault(1, 1, "a Git LFS pointer, not the file itself", "run `git lfs pull`")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return body.decode("utf-8", "replace"), _fault(
            body, error.start, f"byte 0x{body[error.start]:02x} is not valid UTF-8"
        )
    if "\0" in text:
        return text, _fault(body, body.index(b"\0"), "a NUL byte: this is binary data, not Markdown")
    return text, None


def unix_newlines(text: str) -> str:
    r"""Return ``text`` with each newline as ``\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _fault(body: bytes, at: int, reason: str) -> DecodeFault:
    before = body[:at].decode("utf-8", "replace")
    starts = [match.end() for match in _NEWLINE.finditer(before)]
    return DecodeFault(len(starts) + 1, len(before) - (starts[-1] if starts else 0) + 1, reason)


def front_matter_end(lines: Sequence[str]) -> int:
    """Return the number of ``lines`` of a YAML front matter, ``---`` above and below included; 0 where there is none."""
    if lines[0].rstrip() != "---":
        return 0
    end = next((i for i in range(1, len(lines)) if lines[i].rstrip() in ("---", "...")), 0)
    inside = [line for line in lines[1:end] if line.strip()]
    first = next((line for line in inside if not line.startswith("#")), "")
    return 0 if not end or (inside and not _FRONT_KEY.match(first)) else end + 1
