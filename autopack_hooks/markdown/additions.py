"""Finds what GitHub sees in a text and the parser does not: math, bare URLs, and links that nothing defines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autopack_hooks.markdown.collected import Collected
from autopack_hooks.markdown.structure import AUTOLINK, FOOTNOTE, REFERENCE

_MATH = re.compile(rb"\$(?=[^\s$])(?:`[^`\n]*+`|[^$`\n]*[^\s$`\\])\$(?![\w$])")
# Where a paragraph may end: at a blank line, or at one that looks as if it began something else.
_TEXT_END = re.compile(rb"\n[ \t>]*+(?:\n|\Z|\#{1,6}[ \t]|```|~~~|[-+*][ \t]|\d{1,9}[.)][ \t]|<[a-zA-Z!/?])")
_CELL_END = re.compile(rb"[|\n]")
_FOOTNOTE = re.compile(rb"\[\^([^\]\[\s]++)\](?![(\[:])")
_FOOTNOTE_NAME = re.compile(r"\w[\w.-]*")
_URLS = (re.compile(rb"https?://(?=[^\s<])"), re.compile(rb"www\.(?=[^\s<])"))
_DOMAIN = re.compile(rb"(?:[\w-]|[^\x00-\x7f]|\.)++")
_URL_REST = re.compile(rb"[^\s<>\[\]`\"'|]++")
_LINE_START = re.compile(rb"[ \t>]*+\Z")
_LABEL_LIMIT = 999


class Cover:
    """A set of spans (start, end), which may overlap."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def end_over(self, offset: int) -> int:
        """Return the end of the span that ``offset`` lies in, or 0."""
        at = bisect_right(self._starts, offset) - 1
        return self._ends[at] if at >= 0 and offset < self._ends[at] else 0


class Unplaced(NamedTuple):
    """A link whose place is not counted yet: ``start`` is the offset of its destination; the rest is as in Link."""

    start: int
    form: str
    target: str
    raw: str
    text: str
    fault: str = ""


def find_math(found: Collected, hidden: Cover) -> Cover:
    """Return the spans that GitHub takes for math before it looks for links: ``$…$`` on one line, ``$$…$$``."""
    data, tables, spans, limit = found.data, Cover(found.tables), [], 0
    at = data.find(b"$")
    while at >= 0:
        end = hidden.end_over(at)
        if not end and not _is_escaped(data, at):
            if at >= limit:
                stop = (_CELL_END if tables.end_over(at) else _TEXT_END).search(data, at)
                limit = stop.start() if stop else len(data)
            end = _math_end(data, at, limit)
            spans.append((at, end))
        at = data.find(b"$", max(end, at + 1))
    return Cover(spans)


def _math_end(data: bytes, at: int, limit: int) -> int:
    if data.startswith(b"$$", at):
        close = data.find(b"$$", at + 2, limit)
        return close + 2 if close >= 0 else at + 2
    before = data[at - 1 : at]
    match = None if before == b"$" or before.isalnum() or before > b"\x7f" else _MATH.match(data, at, limit)
    return match.end() if match else at + 1


def _is_escaped(data: bytes, at: int) -> bool:
    start = at
    while start and data[start - 1] == 0x5C:
        start -= 1
    return (at - start) % 2 == 1


def find_bare_urls(found: Collected, hidden: Cover) -> Iterator[Unplaced]:
    """Yield the URLs that GitHub makes links of where they stand in text; ``hidden`` is all that is not text, or a link.

    One that begins with ``www.`` leads to ``http://www.…``, where a domain follows.
    """
    data, at = found.data, 0
    tables = Cover(found.tables)
    for start in sorted(match.start() for pattern in _URLS for match in pattern.finditer(data)):
        if start < at or hidden.end_over(start) or not _may_precede_url(data, start, tables):
            continue
        rest = _URL_REST.match(data, start)
        if rest:
            url = _trimmed(rest.group())
            at = start + len(url)
            bare = url.startswith(b"www.")
            if not bare or _is_domain(url):
                shown = url.decode("utf-8", "replace")
                yield Unplaced(start, AUTOLINK, f"http://{shown}" if bare else shown, shown, shown)


def _is_domain(url: bytes) -> bool:
    """Return whether ``url`` begins with a domain: the last two of its parts have no underscore."""
    domain = _DOMAIN.match(url)
    return domain is not None and b"_" not in b".".join(domain.group().split(b".")[-2:])


def _may_precede_url(data: bytes, start: int, tables: Cover) -> bool:
    before = data[start - 1 : start]
    if not before or before in b" \t\n*_~(":
        return True
    if before == b"|":
        return bool(tables.end_over(start))
    line = data.rfind(b"\n", max(0, start - 1_000), start) + 1
    return before == b">" and _LINE_START.match(data[line:start]) is not None


def _trimmed(url: bytes) -> bytes:
    """Return ``url`` without the punctuation that ends a sentence, and without parentheses that nothing opens."""
    surplus = url.count(b")") - url.count(b"(")
    end = len(url)
    while end and (url[end - 1] in b"?!.,:*_~;" or (url[end - 1] == 0x29 and surplus > 0)):
        surplus -= url[end - 1] == 0x29
        end -= 1
    return url[:end]


def undefined_references(found: Collected) -> Iterator[Unplaced]:
    """Yield ``[text][label]`` and ``[label][]`` of which nothing defines the label, and which seem to want it."""
    data = found.data
    for link in found.broken:
        start, end = link["span"]["start"], link["span"]["end"]
        label = text_start = start + (2 if data.startswith(b"!", start) else 1)
        text_end = end - 1
        if link["link_type"] == "Collapsed":
            end += len("[]")  # which the parser leaves out
        else:
            text_end = data.rfind(b"][", text_start, end)
            label = text_end + 2
        name = found.piece(label, text_end if label == text_start else end - 1)
        if text_end >= 0 and not data.startswith(b"(", end) and _is_plausible(data, start, text_start, name):
            text = found.piece(text_start, min(text_end, text_start + _LABEL_LIMIT))
            yield Unplaced(label, REFERENCE, name, name, text, "undefined_reference")


def _is_plausible(data: bytes, start: int, text_start: int, name: str) -> bool:
    # `a[i][j]` and `[ ][x]` are not links that somebody forgot to define.
    before = data[start - 1 : start] if start else b" "
    if before.isalnum() or before > b"\x7f" or before in b"_)]\\":
        return False
    if data[text_start : text_start + 2] in (b" ]", b"x]", b"X]"):
        return False
    return any(char.isalpha() for char in name) and not name.startswith("^")


def undefined_footnotes(found: Collected, hidden: Cover) -> Iterator[Unplaced]:
    """Yield ``[^1]`` where nothing defines it; other labels only where the document has footnotes at all."""
    for match in _FOOTNOTE.finditer(found.data):
        if (
            match.start() in found.footnote_uses
            or hidden.end_over(match.start())
            or _is_escaped(found.data, match.start())
        ):
            continue
        label = match[1].decode("utf-8", "replace")
        if label.isdigit() or (found.footnotes and _FOOTNOTE_NAME.fullmatch(label)):
            yield Unplaced(match.start(1), FOOTNOTE, f"^{label}", label, f"[^{label}]", "undefined_footnote")
