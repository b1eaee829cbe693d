"""Joins the rankings of several stores into one, by rank: their scores have nothing in common.

Reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009). The usual constant, 60, is for rankings of a thousand; with
thirty entries in each, the first places count for more (bench/README.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from autopack_hooks.search.answer import Answer, StoredEntry
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.terms import chunks

_CONSTANT = 5

MEANING = "meaning"
"""The ranking by a model: it counts as much as all rankings by words together, which mostly agree."""


class Fused(NamedTuple):
    """An entry, its score, and its rank (from 1) in each store that found it."""

    found: StoredEntry
    score: float
    ranks: Mapping[str, int]


def fuse(question: str, answers: Sequence[Answer]) -> list[Fused]:
    """Return the entries of all ``answers``, the best first; one whose id is in the question has the first rank once more.

    An entry is shown as the first of the answers that has it found it, and where ranks leave two equal that answer decides.
    """
    named = {chunk.casefold() for chunk in chunks(question)}
    found: dict[Key, StoredEntry] = {}
    ranks: dict[Key, dict[str, int]] = {}
    for name, entries in _rankings(answers):
        for rank, entry in enumerate(entries, 1):
            found.setdefault(entry.key, entry)
            own = ranks.setdefault(entry.key, {"id": 1} if entry.key[1].casefold() in named else {})
            own[name] = rank
    words = sum(bool(answer.found) for answer in answers)
    weights = {MEANING: float(max(words, 1))}
    fused = [
        Fused(found[key], sum(weights.get(name, 1.0) / (_CONSTANT + rank) for name, rank in own.items()), own)
        for key, own in ranks.items()
    ]
    return sorted(fused, key=lambda entry: -entry.score)


def _rankings(answers: Sequence[Answer]) -> Iterator[tuple[str, Sequence[StoredEntry]]]:
    """Yield each ranking with its name: first those by words, whose passages show the words, then that by meaning."""
    yield from ((answer.store, answer.found) for answer in answers)
    yield from ((MEANING, answer.similar) for answer in answers if answer.similar)
