"""One pass over the text of a block: links, images, autolinks, HTML tags, code spans and footnotes, with offsets.

This is CommonMark's bracket stack ("An algorithm for parsing nested emphasis and links", without the emphasis):
every bracket is pushed and popped once, so that time stays linear however deep they nest. Code spans, autolinks and
tags bind tighter than brackets; math (``$…$``, ``$$…$$``), which GitHub takes out before, is skipped.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection
from typing import NamedTuple

from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.common.utils import normalizeReference

from autopack_hooks.links.html import attributes, unescape
from autopack_hooks.links.model import AUTOLINK, FOOTNOTE, HTML, IMAGE, LINK, MENTION, REFERENCE

_STOP = re.compile(r"[\\`<\]$]|!?\[|(?:https?://|www\.)(?=[^\s<])")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^<>\x00-\x20]*)>")
_BARE_URL = re.compile(r"[^\s<>\[\]`\"'|]+")
_FOOTNOTE = re.compile(r"\[\^([^\]\[\s]+)\]")
_PUNCTUATION = re.compile(r"\\([!-/:-@\[-`{-~])")
_MATH = re.compile(r"\$(?=[^\s$])(?:`[^`\n]*`|[^$`\n]*?[^\s$`\\])\$(?![\w$])")
_BLANK = re.compile(r"[ \t]*\n?[ \t]*")
_ANGLED = re.compile(r"<((?:[^<>\n\\]|\\.)*)>")
_PLAIN = re.compile(r"[^\\()\x00-\x20\x7f]*")
_TITLE = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|\((?:[^()\\]|\\.)*\)', re.DOTALL)
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){0,999})\]", re.DOTALL)
_MAX_PARENTHESES = 32
_MAX_LABEL = 999


class Item(NamedTuple):
    """Something found: ``start`` to ``end`` is its destination as written; ``fault`` as in ``model.Link``."""

    form: str
    start: int
    end: int
    target: str
    text: str = ""
    fault: str = ""


class Destination(NamedTuple):
    """A link destination: its characters (without angle brackets) and where the next thing starts."""

    start: int
    end: int
    after: int


class _Opener(NamedTuple):
    at: int
    text: int
    image: bool


def unescape_target(raw: str) -> str:
    """What a destination means: backslash escapes and character references resolved."""
    return unescape(_PUNCTUATION.sub(r"\1", raw)) if "\\" in raw or "&" in raw else raw


def destination(text: str, at: int) -> Destination | None:
    """The link destination at ``at``, or None where there is none."""
    if match := _ANGLED.match(text, at):
        return Destination(match.start(1), match.end(1), match.end())
    if text.startswith("<", at):
        return None
    start, depth, size = at, 0, len(text)
    while True:
        at = _PLAIN.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty text too
        char = text[at] if at < size else ""
        if char == "\\" and at + 1 < size and text[at + 1] > " ":
            at += 2
        elif char == "\\":
            at += 1
        elif char == "(" and depth < _MAX_PARENTHESES:
            depth, at = depth + 1, at + 1
        elif char == ")" and depth:
            depth, at = depth - 1, at + 1
        else:
            return None if depth or char == "(" else Destination(start, at, at)


class Scanner:
    """Scans blocks of one document, whose reference ``labels`` and ``footnotes`` are known.

    ``mentions`` says whether code spans are told (as items of form ``mention``).
    """

    def __init__(self, labels: Collection[str], footnotes: Collection[str], *, mentions: bool) -> None:
        self._labels = labels
        self._footnotes = footnotes
        self._mentions = mentions
        self.anchors: set[str] = set()
        self._rules: dict[str, Callable[[int], int]] = {
            "\\": lambda at: at + 2,
            "`": self._code,
            "<": self._angle,
            "[": self._open,
            "![": self._open_image,
            "]": self._close,
            "$": self._dollar,
        }

    def scan(self, text: str) -> list[Item]:
        """The items of one block's inline ``text``, in order of their ends."""
        self._text = text
        self._items: list[Item] = []
        self._stack: list[_Opener] = []
        self._dead = 0  # openers below this depth hold a link already, and links hold no links
        self._nested = -1  # the last bracket seen: a label holds none
        self._runs: dict[int, list[int]] | None = None
        at = 0
        while match := _STOP.search(text, at):
            rule = self._rules.get(match.group(), self._bare)
            at = rule(match.start())
        return self._items

    def _code(self, at: int) -> int:
        if self._runs is None:
            self._runs = {}
            for run in re.finditer("`+", self._text):
                self._runs.setdefault(len(run.group()), []).append(run.start())
        end = at
        while self._text.startswith("`", end):
            end += 1
        same = self._runs.get(end - at, [])
        index = bisect_left(same, end)
        if index == len(same):
            return end
        close = same[index]
        if self._mentions:
            self._items.append(Item(MENTION, end, close, self._text[end:close]))
        return close + end - at

    def _angle(self, at: int) -> int:
        text = self._text
        if match := _AUTOLINK.match(text, at):
            self._items.append(Item(AUTOLINK, at + 1, match.end() - 1, match.group(1), match.group(1)))
            return match.end()
        if text.startswith("<!--", at) and text.find("-->", at) < 0:
            return at + 4
        tag = HTML_TAG_RE.match(text, at)
        if tag is None:
            return at + 1
        for attribute in attributes(tag.group()):
            start = at + attribute.start
            if attribute.name == "anchor":
                self.anchors.add(unescape(attribute.raw).lower())
            else:
                self._items.append(Item(HTML, start, start + len(attribute.raw), unescape(attribute.raw)))
        return tag.end()

    def _bare(self, at: int) -> int:
        before = self._text[at - 1] if at else " "
        match = _BARE_URL.match(self._text, at)
        if match is None or not (before.isspace() or before in "*_~("):
            return at + 4
        url = match.group()
        while url and (url[-1] in "?!.,:*_~;" or (url[-1] == ")" and url.count(")") > url.count("("))):
            url = url[:-1]
        self._items.append(Item(AUTOLINK, at, at + len(url), url, url))
        return at + len(url)

    def _dollar(self, at: int) -> int:
        if self._text.startswith("$$", at):
            close = self._text.find("$$", at + 2)
            return close + 2 if close >= 0 else at + 2
        before = self._text[at - 1] if at else " "
        match = None if before == "$" or before.isalnum() else _MATH.match(self._text, at)
        return match.end() if match else at + 1

    def _open(self, at: int) -> int:
        match = _FOOTNOTE.match(self._text, at)
        if match and self._text[match.end() : match.end() + 1] not in ("(", "[", ":"):
            label = normalizeReference(match.group(1))
            if label in self._footnotes:
                return match.end()
            if match.group(1).isdigit() or (self._footnotes and re.fullmatch(r"\w[\w.-]*", match.group(1))):
                span = match.span(1)
                self._items.append(Item(FOOTNOTE, *span, f"^{match.group(1)}", match.group(), "undefined_footnote"))
                return match.end()
        self._nested = at
        self._stack.append(_Opener(at, at + 1, False))
        return at + 1

    def _open_image(self, at: int) -> int:
        self._nested = at + 1
        self._stack.append(_Opener(at, at + 2, True))
        return at + 2

    def _close(self, at: int) -> int:
        if not self._stack:
            return at + 1
        opener = self._stack.pop()
        if not opener.image and len(self._stack) < self._dead:
            self._dead = len(self._stack)
            return at + 1
        self._dead = min(self._dead, len(self._stack))
        end = self._inline(opener, at) or self._reference(opener, at)
        if end is None:
            return at + 1
        if not opener.image:
            self._dead = len(self._stack)
        return end

    def _inline(self, opener: _Opener, at: int) -> int | None:
        text = self._text
        if not text.startswith("(", at + 1):
            return None
        start = _BLANK.match(text, at + 2).end()  # type: ignore[union-attr]  # it matches the empty text too
        if text.startswith(")", start):
            found = Destination(start, start, start)
        else:
            found = destination(text, start)  # type: ignore[assignment]  # None is looked at next
            if found is None:
                return None
        end = _BLANK.match(text, found.after).end()  # type: ignore[union-attr]  # it matches the empty text too
        title = _TITLE.match(text, end) if end > found.after else None
        if title:
            end = _BLANK.match(text, title.end()).end()  # type: ignore[union-attr]  # it matches the empty text too
        if not text.startswith(")", end):
            return None
        raw = text[found.start : found.end]
        form = IMAGE if opener.image else LINK
        self._items.append(Item(form, found.start, found.end, unescape_target(raw), self._label(opener, at)))
        return end + 1

    def _label(self, opener: _Opener, at: int) -> str:
        return self._text[opener.text : min(at, opener.text + _MAX_LABEL)]

    def _reference(self, opener: _Opener, at: int) -> int | None:
        text = self._text
        label = _LABEL.match(text, at + 1)
        if label and label.group(1).strip():
            name, end = label.group(1), label.end()
        elif self._nested < opener.text:
            name, end = text[opener.text : at], at + 1 if label is None else label.end()
        else:
            return None
        if len(name) < 1000 and normalizeReference(name) in self._labels:
            return end
        if label and not text.startswith("(", label.end()) and self._plausible(opener, name):
            start = label.start(1) if label.group(1).strip() else opener.text
            self._items.append(
                Item(REFERENCE, start, start + len(name), name, self._label(opener, at), "undefined_reference")
            )
        return None

    def _plausible(self, opener: _Opener, name: str) -> bool:
        # `a[i][j]` and `[ ][x]` are no links that somebody forgot to define.
        before = self._text[opener.at - 1] if opener.at else " "
        if before.isalnum() or before in "_)]\\" or self._text[opener.text : opener.text + 2] in (" ]", "x]", "X]"):
            return False
        return any(c.isalpha() for c in name) and not name.startswith("^")
