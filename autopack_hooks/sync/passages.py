"""Entries -> passages -> lexical sparse vectors: no model, no network, no dependency.

The weights are those of BM25 without its inverse document frequency (Robertson and Zaragoza, "The Probabilistic
Relevance Framework: BM25 and Beyond", 2009), which the vector store knows and multiplies in (its IDF modifier).
The average length is fixed, so that one passage's vector does not depend on any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from zlib import crc32

EMBEDDER = "lexical-1"
"""Stored with every passage. Raise it when cutting, tokens or weights change: every entry is then written again."""

PASSAGE_LIMIT = 2000
"""The longest passage, in characters."""

Sparse = tuple[list[int], list[float]]
"""Indices (32 bits, sorted, each once) and their values."""

_K, _B, _AVERAGE = 1.2, 0.75, 240
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_SOFT_END = re.compile(r"[.!?;|]\s|\s")
_CHUNK = re.compile(r"\w+(?:[-.]\w+)*")
_ATOM = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

# The ranks of a line as the start of a passage.
_ANY_LINE, _PARAGRAPH, _TITLE = 0, 1, 2


def passages(title: str, content: str, limit: int = PASSAGE_LIMIT) -> list[str]:
    """Cut ``content`` into passages of at most ``limit`` characters, none of them blank, nothing but blank lost.

    A short entry is one passage. A long one is cut at the last heading that leaves a passage within the limit;
    where there is none, at the last blank line, then at the last line; a line that is itself too long at the end
    of a sentence or word. No heading or blank line inside a code fence counts. Without content the title is
    the passage, and without either there is none.
    """
    found = [content] if len(content) <= limit else _cut(_starts(content, limit), limit)
    return [text.strip("\r\n") for text in found if text.strip()] or [text for text in [title] if text.strip()]


def _cut(lines: Iterable[tuple[int, str]], limit: int) -> Iterable[str]:
    """Join lines to passages, each ended before its best line (of the best ones the last)."""
    pending: list[tuple[int, str]] = []
    size = 0
    for rank, line in lines:
        while pending and size + len(line) > limit:
            candidates = [*((pending[i][0], i) for i in range(1, len(pending))), (rank, len(pending))]
            at = max(candidates)[1]
            yield "".join(text for _, text in pending[:at])
            pending = pending[at:]
            size = sum(len(text) for _, text in pending)
        pending.append((rank, line))
        size += len(line)
    yield "".join(text for _, text in pending)


def _starts(content: str, limit: int) -> Iterable[tuple[int, str]]:
    """Yield each line with its newline, and its rank as a start of a passage; none is longer than ``limit``."""
    fence = ""
    after_blank = False
    for line in _LINE.findall(content):
        text = line.rstrip("\r\n")
        mark = _FENCE.match(text)
        rank = _ANY_LINE
        if not fence:
            rank = _TITLE if _HEADING.match(text) else _PARAGRAPH if after_blank else _ANY_LINE
            fence = mark.group(1) if mark else ""
        elif mark and mark.group(1).startswith(fence) and not text.strip(" \t" + fence[0]):
            fence = ""
        after_blank = not text.strip()
        for part in _split_line(line, limit):
            yield rank, part
            rank = _ANY_LINE


def _split_line(line: str, limit: int) -> Iterable[str]:
    start = 0
    while len(line) - start > limit:
        window = line[start : start + limit]
        ends = [match.end() for match in _SOFT_END.finditer(window, limit // 2)]
        size = ends[-1] if ends else limit
        yield window[:size]
        start += size
    yield line[start:]


def lexical(text: str) -> Sparse:
    """Return the vector of a passage: its terms with BM25's saturated frequency, to be used with the IDF modifier."""
    counts = _count(text)
    norm = _K * (1 - _B + _B * sum(counts.values()) / _AVERAGE)
    indices = sorted(counts)
    return indices, [count * (_K + 1) / (count + norm) for count in map(counts.__getitem__, indices)]


def lexical_query(text: str) -> Sparse:
    """Return the vector of a query: each of its terms with its count."""
    counts = _count(text)
    indices = sorted(counts)
    return indices, [float(counts[index]) for index in indices]


def _count(text: str) -> Counter[int]:
    return Counter(chain.from_iterable(map(_indices, _CHUNK.findall(text))))


@lru_cache(maxsize=1 << 17)
def _indices(chunk: str) -> tuple[int, ...]:
    return tuple(crc32(term.encode("utf-8", "surrogatepass")) for term in terms(chunk))


def terms(chunk: str) -> list[str]:
    """Return the terms of one run of letters, digits, ``_``, ``-`` and ``.``, each once, the whole first.

    ``BUILD-163`` gives ``build-163 build 163``; ``lock_manager.py`` gives ``lock_manager.py lock_manager lock
    manager py``; ``camelCase`` gives ``camelcase camel case``.
    """
    found = {_stem(chunk.lower().strip("_"))}
    ordered = list(found - {""})
    for segment in re.split(r"[-.]", chunk):
        for part in (segment.strip("_"), *(atom for word in _CAMEL.split(segment) for atom in _ATOM.findall(word))):
            term = _stem(part.lower())
            if term and term not in found:
                found.add(term)
                ordered.append(term)
    return ordered


def _stem(word: str) -> str:
    """English plurals only: a longer reach would join identifiers that differ."""
    if len(word) > 4 and word.endswith("ies") and word.isalpha():
        return word[:-3] + "y"
    if len(word) > 3 and word[-1] == "s" and word[-2] not in "sui" and word.isalpha():
        return word[:-1]
    return word
