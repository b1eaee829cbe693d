r"""Patterns of learned rules: regular expressions that are matched in linear time, whatever the pattern and the text.

The file of rules is data that a `git pull` brings, so Python's own matcher, which goes back and tries again, is not let loose on
it. Supported are literals, classes, ``.``, groups, ``|``, ``* + ? {m,n}``, ``^ $ \\b \\B``, ``\\d \\w \\s`` and their opposites;
not look-around, back-references and flags. A text is read once, from its end, by an automaton whose states are made as they are
met: so the leftmost start of a match is the last one that is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

_MOST_NODES = 4000
_MOST_STATES = 2000
_LONGEST = 1000
_QUANTIFIER = re.compile(r"\{(\d{1,4})(?:(,)(\d{0,4}))?\}|[*+?]")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^0-9A-Za-z]|[dDwWsStnrfv])", re.DOTALL)
_TEXT, _WORD, _EDGE = 0, 1, 2
_ANCHORS = {"^": "^", "$": "$", r"\b": "b", r"\B": "B", r"\A": "A", r"\Z": "Z"}


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


class _Node(NamedTuple):
    """A state: takes a character that ``takes`` accepts (None: an empty step), or stands at an ``anchor``."""

    takes: Callable[[str], object] | None
    anchor: str
    after: list[int]


class Pattern:
    """A compiled pattern. Raises PatternError where it is not valid or not supported."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            raise PatternError(f"it is longer than {_LONGEST} characters")
        try:
            re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            raise PatternError(f"it is not a valid pattern: {error}") from None
        self.text = text
        self._nodes: list[_Node] = []
        self._accept = self._add(None)
        parser = _Parser(text)
        tree = parser.parse()
        self._begin = self._build(tree, self._accept)
        self._states: dict[tuple[int, int], dict[str, tuple[int, int]]] = {}
        self._closed: dict[tuple[int, int, int], tuple[int, bool]] = {}
        self.literal = _longest_literal(tree)
        """A text that each match holds; "" where none is known."""

    def _add(self, takes: Callable[[str], object] | None, anchor: str = "", *after: int) -> int:
        if len(self._nodes) >= _MOST_NODES:
            raise PatternError("it repeats too much")
        self._nodes.append(_Node(takes, anchor, list(after)))
        return len(self._nodes) - 1

    def _build(self, tree: _Tree, after: int) -> int:
        """Return the state before ``tree``, read from its end: the last part comes first."""
        kind, value = tree.kind, tree.parts
        if kind == "char":
            return self._add(tree.takes, "", after)
        if kind == "anchor":
            return self._add(None, tree.name, after)
        if kind == "all":
            for part in value:
                after = self._build(part, after)
            return after
        if kind == "any":
            return self._add(None, "", *(self._build(part, after) for part in value))
        least, most = tree.least, tree.most
        if most is None:
            loop = self._add(None, "", after)
            self._nodes[loop].after.append(self._build(value[0], loop))
            after = loop
        else:
            for _ in range(most - least):
                after = self._add(None, "", after, self._build(value[0], after))
        for _ in range(least):
            after = self._build(value[0], after)
        return after

    def _closure(self, places: int, right: int, left: int) -> tuple[int, bool]:
        """Return the states reached from ``places`` without a character, and whether the end is among them.

        ``right`` and ``left`` are the kinds of the characters on both sides of this place.
        """
        key = places, right, left
        if key in self._closed:
            return self._closed[key]
        found, stack = 0, [i for i in range(places.bit_length()) if places >> i & 1]
        while stack:
            place = stack.pop()
            if found >> place & 1:
                continue
            node = self._nodes[place]
            if node.anchor and not _holds(node.anchor, left, right):
                continue
            found |= 1 << place
            if node.takes is None:
                stack += node.after
        if len(self._closed) > _MOST_STATES:
            self._closed.clear()
        self._closed[key] = found, bool(found >> self._accept & 1)
        return self._closed[key]

    def search(self, text: str) -> int | None:
        """Return where the leftmost match in ``text``, which is one line, begins; None where there is none."""
        if self.literal and self.literal not in text:
            return None
        return self._run(text, start=True)

    def fullmatch(self, text: str) -> bool:
        """Return whether the whole of ``text`` matches."""
        return self._run(text, start=False) == 0

    def _run(self, text: str, *, start: bool) -> int | None:
        """Read ``text`` from its end; with ``start`` a match may end anywhere."""
        begin = 1 << self._begin
        places, right, found = begin, _EDGE, None
        for at in range(len(text) - 1, -1, -1):
            state = self._states.get((places, right))
            if state is None:
                if len(self._states) > _MOST_STATES:
                    self._states.clear()
                state = self._states[places, right] = {}
            step = state.get(text[at])
            if step is None:
                step = state[text[at]] = self._step(places, right, text[at])
            if step[1]:
                found = at + 1
            places = step[0] | begin if start else step[0]
            right = _kind(text[at])
            if not places:
                return None
        accepted = self._closure(places, right, _EDGE)[1]
        return 0 if accepted else found if start else None

    def _step(self, places: int, right: int, char: str) -> tuple[int, int]:
        """Return the states behind ``char``, and whether a match begins on its right."""
        closed, accepted = self._closure(places, right, _kind(char))
        after = 0
        for place in range(closed.bit_length()):
            node = self._nodes[place]
            if closed >> place & 1 and node.takes is not None and node.takes(char):
                for following in node.after:
                    after |= 1 << following
        return after, accepted


def _kind(char: str) -> int:
    return _WORD if char.isalnum() or char == "_" else _TEXT


def _holds(anchor: str, left: int, right: int) -> bool:
    if anchor in "^A":
        return left == _EDGE
    if anchor in "$Z":
        return right == _EDGE
    return ((left == _WORD) != (right == _WORD)) == (anchor == "b")


class _Tree(NamedTuple):
    """A part of a pattern: ``char``, ``anchor``, ``all`` in a row, ``any`` of several, or ``many`` of one."""

    kind: str
    parts: tuple[_Tree, ...] = ()
    takes: Callable[[str], object] | None = None
    name: str = ""
    least: int = 0
    most: int | None = None


class _Parser:
    """Read a pattern that Python has found to be valid."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def parse(self) -> _Tree:
        tree = self._alternatives()
        if self._at < len(self._text):
            raise PatternError(f"{self._text[self._at :][:10]!r} is not supported in it")
        return tree

    def _alternatives(self) -> _Tree:
        self._depth += 1
        if self._depth > 30:
            raise PatternError("it is nested too deeply")
        found = [self._row()]
        while self._text.startswith("|", self._at):
            self._at += 1
            found.append(self._row())
        self._depth -= 1
        return found[0] if len(found) == 1 else _Tree("any", tuple(found))

    def _row(self) -> _Tree:
        """Return a row of parts, the last one first: so ``_build`` sees the text from its end."""
        parts: list[_Tree] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            part = self._part()
            parts.append(self._repeated(part))
        return _Tree("all", tuple(parts))

    def _repeated(self, part: _Tree) -> _Tree:
        match = _QUANTIFIER.match(self._text, self._at)
        if match is None:
            return part
        self._at = match.end()
        if self._text[self._at : self._at + 1] == "?":
            self._at += 1  # lazy or greedy: the same texts match
        elif self._text[self._at : self._at + 1] == "+":
            raise PatternError("possessive quantifiers are not supported in it")
        sign = match[0]
        if sign in "*+?":
            return _Tree("many", (part,), least=int(sign == "+"), most=1 if sign == "?" else None)
        least = int(match[1])
        most = least if not match[2] else int(match[3]) if match[3] else None
        return _Tree("many", (part,), least=least, most=most)

    def _part(self) -> _Tree:
        text, at = self._text, self._at
        for sign, name in _ANCHORS.items():
            if text.startswith(sign, at):
                self._at += len(sign)
                return _Tree("anchor", name=name)
        if text[at] == "(":
            return self._group()
        match = (_CLASS if text[at] == "[" else _ESCAPE).match(text, at)
        if match or text[at] == ".":
            source = match[0] if match else "."
            self._at += len(source)
            return _Tree("char", takes=re.compile(source).fullmatch, name=_plain(source))
        if text[at] in "\\[":
            raise PatternError(f"{text[at : at + 2]!r} is not supported in it")
        self._at += 1
        return _Tree("char", takes=text[at].__eq__, name=text[at])

    def _group(self) -> _Tree:
        start = re.compile(r"\((?:\?:|\?P<\w+>|(?!\?))").match(self._text, self._at)
        if start is None:
            raise PatternError(f"{self._text[self._at : self._at + 3]!r} is not supported in it")
        self._at = start.end()
        tree = self._alternatives()
        self._at += 1
        return tree


def _plain(source: str) -> str:
    """Return the character that an escape stands for, "" for a class."""
    return source[1] if len(source) == 2 and source[0] == "\\" and not source[1].isalnum() else ""


def _longest_literal(tree: _Tree) -> str:
    """Return the longest text that each match of ``tree`` holds."""
    if tree.kind == "char":
        return tree.name
    if tree.kind == "many":
        return _longest_literal(tree.parts[0]) if tree.least else ""
    if tree.kind != "all":
        return ""
    best = run = ""
    for part in tree.parts:
        if part.kind == "char" and part.name:
            run += part.name
            continue
        best = max(best, run, "" if part.kind == "char" else _longest_literal(part), key=len)
        run = run if part.kind == "anchor" else ""
    return max(best, run, key=len)


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """Return the compiled pattern. Raises PatternError."""
    return Pattern(text)
