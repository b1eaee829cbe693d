"""Joins the rankings of several stores into one, by rank: their scores have nothing in common.

Reciprocal rank fusion, with its usual constant (Cormack, Clarke and Buettcher, 2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autopack_hooks.search.answer import Answer, Found
from autopack_hooks.sync.records import Key

_CONSTANT = 60


class Fused(NamedTuple):
    """An entry, its score, and its rank (from 1) in each store that found it."""

    found: Found
    score: float
    ranks: Mapping[str, int]


def fuse(answers: Sequence[Answer]) -> list[Fused]:
    """Return the entries of all ``answers``, the best first.

    An entry is shown as the first of the answers that has it found it, and where ranks leave two equal that answer decides.
    """
    found: dict[Key, Found] = {}
    ranks: dict[Key, dict[str, int]] = {}
    for answer in answers:
        for rank, entry in enumerate(answer.found, 1):
            found.setdefault(entry.key, entry)
            ranks.setdefault(entry.key, {})[answer.store] = rank
    fused = [Fused(found[key], sum(1 / (_CONSTANT + rank) for rank in own.values()), own) for key, own in ranks.items()]
    return sorted(fused, key=lambda entry: -entry.score)
