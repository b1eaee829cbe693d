"""Links, anchors and headings in raw HTML, found without building a tree.

Comments and the content of ``script`` and ``style`` hold none. Offsets are characters in the given text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

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
    r"<!--|<(script|style)\b(?=[\s>])|<([a-zA-Z][a-zA-Z0-9-]*)"
    r"((?:\s+[a-zA-Z_:@][\w:.@-]*(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?)*)\s*/?>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([a-zA-Z_:@][\w:.@-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+))")
_HEADING = re.compile(r"<(h[1-6])\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_CANDIDATE = re.compile(r"[^\s,]\S*")


class Attribute(NamedTuple):
    """An attribute of interest: ``name`` is ``url`` or ``anchor``; ``start`` is the offset of ``raw``, its value as written."""

    name: str
    start: int
    raw: str


def attributes(text: str) -> Iterator[Attribute]:
    """URLs and anchors of all start tags in ``text``."""
    at = 0
    while match := _TAG.search(text, at):
        at = match.end()
        if match.group(0) == "<!--":
            at = _after(text, "-->", at)
        elif raw_text := match.group(1):
            at = _after(text, f"</{raw_text.lower()}", at)
        elif match.group(3):
            yield from _of_tag(match.group(2).lower(), match.group(3), match.start(3))


def _after(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    return len(text) if found < 0 else found + len(end)


def _of_tag(tag: str, written: str, offset: int) -> Iterator[Attribute]:
    urls = _URLS.get(tag, ())
    for match in _ATTRIBUTE.finditer(written):
        name = match.group(1).lower()
        group = match.lastindex or 0
        raw, start = match.group(group), offset + match.start(group)
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


def headings(text: str) -> Iterator[str]:
    """The text of each ``<h1>`` to ``<h6>``, tags dropped."""
    if "<h" in text or "<H" in text:
        for match in _HEADING.finditer(text):
            yield unescape(_ANY_TAG.sub("", match.group(2))).strip()


def unescape(text: str) -> str:
    """Character references resolved."""
    if "&" not in text:
        return text
    import html  # its table of entities is large: only where there is one

    return html.unescape(text)
