"""Joins the rankings of several stores into one, by rank: their scores have nothing in common.

Reciprocal rank fusion, with its usual constant (Cormack, Clarke and Buettcher, 2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autopack_hooks.search.answer import Answer, Found
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.terms import chunks

_CONSTANT = 60


class Fused(NamedTuple):
    """An entry, its score, and its rank (from 1) in each store that found it."""

    found: Found
    score: float
    ranks: Mapping[str, int]


def fuse(question: str, answers: Sequence[Answer]) -> list[Fused]:
    """Return the entries of all ``answers``, the best first; one whose id is in the question has the first rank once more.

    An entry is shown as the first of the answers that has it found it, and where ranks leave two equal that answer decides.
    """
    named = {chunk.casefold() for chunk in chunks(question)}
    found: dict[Key, Found] = {}
    ranks: dict[Key, dict[str, int]] = {}
    for answer in answers:
        for rank, entry in enumerate(answer.found, 1):
            found.setdefault(entry.key, entry)
            own = ranks.setdefault(entry.key, {"id": 1} if entry.key[1].casefold() in named else {})
            own[answer.store] = rank
    fused = [Fused(found[key], sum(1 / (_CONSTANT + rank) for rank in own.values()), own) for key, own in ranks.items()]
    return sorted(fused, key=lambda entry: -entry.score)
