"""The order of the pieces of a merged ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from autopack_hooks.ledger.split import Key


def merge_order(
    versions: Sequence[Sequence[Key]], kept: Collection[Key], before: Callable[[Key, Key], bool]
) -> list[Key] | None:
    """Return the keys of ``kept`` in the order that (base, ours, theirs) give; None where both sides moved them differently.

    What only one side has stands behind the same common key as there; where both have such keys in one place,
    ``before`` says which comes first.
    """
    base, *sides = [[key for key in version if key in kept] for version in versions]
    common = set(sides[0]) & set(sides[1])
    first, second = ([key for key in side if key in common] for side in sides)
    if first != second:
        old = [key for key in base if key in common]
        moved = [[key for key in side if key in set(old)] != old for side in (first, second)]
        if all(moved):
            return None
        first = (second if moved[1] else first) if any(moved) else min(first, second)
    gaps = [_gaps(side, common) for side in sides]
    order: list[Key] = []
    for anchor in (None, *first):
        order += [anchor] if anchor else []
        order += _mixed(gaps[0].get(anchor, []), gaps[1].get(anchor, []), before)
    return order


def _gaps(keys: Sequence[Key], common: set[Key]) -> dict[Key | None, list[Key]]:
    """Common key (None: the start) -> the keys behind it that are not common."""
    gaps: dict[Key | None, list[Key]] = {}
    anchor = None
    for key in keys:
        if key in common:
            anchor = key
        else:
            gaps.setdefault(anchor, []).append(key)
    return gaps


def _mixed(ours: list[Key], theirs: list[Key], before: Callable[[Key, Key], bool]) -> list[Key]:
    """Return both lists as one, each in its own order."""
    mixed: list[Key] = []
    one, other = list(reversed(ours)), list(reversed(theirs))
    while one and other:
        mixed.append(one.pop() if before(one[-1], other[-1]) else other.pop())
    return mixed + one[::-1] + other[::-1]
