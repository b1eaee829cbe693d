"""Finds links, anchors, headings and comments in raw HTML, without building a tree.

Comments and the content of ``script`` and ``style`` hold none of the others. Offsets are characters in the given text.
All of it takes time that grows with the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from autopack_hooks.markdown.entities import resolve_references
from autopack_hooks.markdown.places import Pieces

# Element -> attributes whose value is a URL.
_URLS = {
    "a": ("href",),
    "area": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
}
_TAG = re.compile(
    r"<!--|<(script|style)\b(?=[\s>])|<([a-zA-Z][a-zA-Z0-9-]*+)"
    r"((?:\s++[a-zA-Z_:@][\w:.@-]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'=<>`]++))?+)*+)\s*+/?>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([a-zA-Z_:@][\w:.@-]*+)\s*+(?:=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++)))?+")
_HEADING = re.compile(r"<(?P<closes>/?)h(?P<level>[1-6])\b[^<>]*+>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*+>")
_CANDIDATE = re.compile(r"[^\s,]\S*+")


class Attribute(NamedTuple):
    """An attribute of interest.

    ``name`` is ``url`` or ``anchor``; ``start`` is the offset of ``raw``, its value as written.
    """

    name: str
    start: int
    raw: str


class Html:
    """Collect what the HTML of a document adds to it. Offsets are those of the parts it is given.

    Args:
        tags: the tags and comments within text, each with its offset.
        blocks: the HTML blocks: the offset of each, and its pieces.
    """

    def __init__(self, tags: list[tuple[int, str]], blocks: list[tuple[int, list[tuple[int, str]]]]) -> None:
        self.links: list[tuple[int, str, str]] = []  # offset, target, and the target as written
        self.anchors: set[str] = set()
        self.headings: list[tuple[int, str]] = []
        self.comments: list[tuple[int, str]] = []
        for start, text in tags:
            self._add([(start, text)], text)
        for start, pieces in blocks:
            content = "".join([text for _, text in pieces])
            self._add(pieces, content)
            self.headings += [(start, text) for text in find_headings(content)]

    def _add(self, pieces: list[tuple[int, str]], content: str) -> None:
        places = Pieces(pieces)
        for name, at, raw in find_attributes(content):
            value = resolve_references(raw)
            if name == "anchor":
                self.anchors.add(value.lower())
            else:
                self.links.append((places.offset(at), value, raw))
        places = Pieces(pieces)
        for start, end in find_comments(content):
            self.comments.append((places.offset(start), content[start:end]))


def find_attributes(text: str) -> Iterator[Attribute]:
    """Yield the URLs and anchors of all start tags in ``text``."""
    at = 0
    while match := _TAG.search(text, at):
        at = match.end()
        if match.group() == "<!--":
            at = _after(text, "-->", match.start() + 2)
        elif raw_text := match[1]:
            closing = re.compile(rf"</{raw_text}", re.IGNORECASE).search(text, at)
            at = closing.end() if closing else len(text)
        elif match[3]:
            yield from _of_tag(match[2].lower(), match[3], match.start(3))


def _after(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    return len(text) if found < 0 else found + len(end)


def _of_tag(tag: str, written: str, offset: int) -> Iterator[Attribute]:
    urls = _URLS.get(tag, ())
    for match in _ATTRIBUTE.finditer(written):
        name, group = match[1].lower(), match.lastindex or 1
        if group == 1:
            continue
        raw, start = match[group], offset + match.start(group)
        if name in ("id", "name"):
            yield Attribute("anchor", start, raw)
        elif name in urls and name == "srcset":
            for candidate in _srcset(raw):
                yield Attribute("url", start + candidate.start(), candidate.group().rstrip(","))
        elif name in urls:
            lead = len(raw) - len(raw.lstrip())
            yield Attribute("url", start + lead, raw.strip())


def _srcset(raw: str) -> Iterator[re.Match[str]]:
    at = 0
    while match := _CANDIDATE.search(raw, at):
        yield match
        # A descriptor (2x, 100w) may follow; the next URL comes after the comma.
        at = match.end() if match.group().endswith(",") else raw.find(",", match.end())
        if at < 0:
            return


def find_headings(text: str) -> Iterator[str]:
    """Yield the text of each ``<h1>`` to ``<h6>``, tags dropped."""
    if "<h" not in text and "<H" not in text:
        return
    text = _without_comments(text)
    opened: dict[str, int] = {}
    for match in _HEADING.finditer(text):
        if not match["closes"]:
            opened.setdefault(match["level"], match.end())
        elif match["level"] in opened:
            yield resolve_references(_ANY_TAG.sub("", text[opened[match["level"]] : match.start()])).strip()
            opened.clear()


def find_comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each comment of ``text``; one that nothing ends goes to the end of the text."""
    start = text.find("<!--")
    while start >= 0:
        end = _after(text, "-->", start + 2)
        yield start, end
        start = text.find("<!--", end)


def _without_comments(text: str) -> str:
    pieces, at = [], 0
    for start, end in find_comments(text):
        pieces.append(text[at:start])
        at = end
    return "".join([*pieces, text[at:]])
