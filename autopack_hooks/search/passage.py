"""The passage of an entry that answers best, and the part of it that is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from autopack_hooks.sync.embedder import LEXICAL
from autopack_hooks.sync.passages import passages
from autopack_hooks.sync.terms import CHUNK, chunk_terms, chunks, query_terms

SHOWN = 300
"""Characters of a passage that are shown."""


class Marked(NamedTuple):
    """A text and the places (start, end) in it that answer to words of the question."""

    text: str
    places: tuple[tuple[int, int], ...]


def best_passage(question: str, title: str, content: str) -> str:
    """Return the passage of ``content`` that has most of what is asked for."""
    wanted = dict(zip(*LEXICAL.embed_query(question), strict=True))
    found = passages(title, content)
    if len(found) < 2:
        return found[0] if found else ""

    def score(text: str) -> float:
        return sum(value * wanted.get(index, 0.0) for index, value in zip(*LEXICAL.embed("", text), strict=True))

    return max(found, key=score)


def snippet(question: str, text: str, size: int = SHOWN) -> Marked:
    """Return the part of ``text`` with most of the words asked for, on one line, its words marked."""
    wanted = query_terms(question)
    line = " ".join(text.split())
    places = [(start, end, weight) for start, end, weight in _matches(line, wanted)]
    start, end = _window(line, places, size)
    before, after = "… " if start else "", " …" if end < len(line) else ""
    shift = len(before) - start
    marks = tuple((a + shift, b + shift) for a, b, _ in places if a >= start and b <= end)
    return Marked(before + line[start:end] + after, marks)


def marked(question: str, text: str) -> Marked:
    """Return ``text`` on one line, the words asked for marked."""
    line = " ".join(text.split())
    return Marked(line, tuple((start, end) for start, end, _ in _matches(line, query_terms(question))))


def _matches(line: str, wanted: dict[str, float]) -> Iterator[tuple[int, int, frozenset[str]]]:
    """Yield where words of the question are in ``line``, and which."""
    for found in CHUNK.finditer(line):
        common = frozenset(chunk_terms(found.group()).keys() & wanted.keys())
        if common:
            yield found.start(), found.end(), common


def _window(line: str, places: list[tuple[int, int, frozenset[str]]], size: int) -> tuple[int, int]:
    """Return the part of at most ``size`` characters, ended at blanks, with the most different words asked for."""
    if len(line) <= size:
        return 0, len(line)
    best, most = 0, -1
    for number, (start, _, _) in enumerate(places):
        inside: set[str] = set()
        for _, end, words in places[number:]:
            if end > start + size * 4 // 5:
                break
            inside |= words
        if len(inside) > most:
            best, most = start, len(inside)
    start = max(0, min(best - size // 5, len(line) - size))
    blanks = [match.start() for match in re.finditer(" ", line)]
    edges = [0, *blanks, len(line)]
    first = 0 if start == 0 else next((b + 1 for a, b in pairwise(edges) if b >= start), start)
    first = first if first <= best else start
    last = max((blank for blank in edges if first < blank <= first + size), default=first + size)
    return first, min(last, len(line))


def common_terms(question: str, text: str) -> list[str]:
    """Return the terms of the question that ``text`` has, in the question's order."""
    held = {term for chunk in chunks(text) for term in chunk_terms(chunk)}
    return [term for term in query_terms(question) if term in held]
