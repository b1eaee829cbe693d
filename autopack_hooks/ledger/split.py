"""A ledger cut into pieces for a merge: sections and INDEX rows by key, and the skeleton that they stand in.

In the skeleton one line stands for each unbroken run of sections, and one for the rows of the INDEX, so that a text
merge of skeletons sees nothing of the entries. And the order of the pieces of a merged one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autopack_hooks.ledger.dialect import ID
from autopack_hooks.ledger.insert import main_table
from autopack_hooks.ledger.model import Document, Section

ROWS = "rows"
MARK = "<!-- autopack-hooks merge: "
_RULE = re.compile(r" {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$")


class Key(NamedTuple):
    """Identify a part in all versions: its id, and where that is not enough, its own words and a number."""

    row: bool
    entry_id: str
    words: str = ""
    nth: int = 0


class Piece(NamedTuple):
    """The text of a section or row, and the blank lines and rules behind it; both in whole lines."""

    text: str
    tail: str


@dataclass(frozen=True)
class Cut:
    """One version in pieces. ``slots`` are the runs of keys in order, under the names that the skeleton has."""

    pieces: dict[Key, Piece]
    slots: dict[str, list[Key]]
    skeleton: str


def placeholder(slot: str) -> str:
    """Return the skeleton's line for a slot."""
    return f"{MARK}{slot} -->\n"


def cut_all(documents: Sequence[Document]) -> list[Cut] | None:
    """Return all versions, each ending with a newline, in pieces with common names.

    None where that cannot be done for sure.
    """
    several = _several(documents)
    keys = [_section_keys(document, several) for document in documents]
    if any(len(set(own)) < len(own) for own in keys) or any(MARK in document.source.text for document in documents):
        return None
    names = _slots(keys, [_runs(document, own) for document, own in zip(documents, keys, strict=True)])
    if not all(_together([names[key] for key in own]) for own in keys):
        return None
    rows = _row_keys(documents)
    return [_cut(document, own, names, lines) for document, own, lines in zip(documents, keys, rows, strict=True)]


def _several(documents: Iterable[Document]) -> set[str]:
    """Return the ids that have several sections in one of the versions."""
    counts = (Counter(section.entry_id for section in document.sections) for document in documents)
    return {entry_id for count in counts for entry_id, number in count.items() if number > 1}


def _section_keys(document: Document, several: set[str]) -> list[Key]:
    return [Key(False, s.entry_id, s.heading if s.entry_id in several else "") for s in document.sections]


def _runs(document: Document, keys: Sequence[Key]) -> dict[Key, int]:
    """Return key -> the number of its run of sections that follow each other without anything between them."""
    runs: dict[Key, int] = {}
    number, end = -1, -1
    for section, key in zip(document.sections, keys, strict=True):
        number += section.first != end + 1
        runs[key] = number
        end = section.end
    return runs


def _slots(keys: Sequence[Sequence[Key]], runs: Sequence[dict[Key, int]]) -> dict[Key, str]:
    """Return key -> slot. What one version keeps apart, with text between, is apart in all of them.

    A key that a version has not would be there in the run of the key before it.
    """
    places: dict[Key, tuple[int | None, ...]] = {}
    for own in keys:
        before: tuple[int | None, ...] = tuple(min(run.values(), default=None) for run in runs)
        for key in own:
            if key not in places:
                places[key] = tuple(run.get(key, last) for run, last in zip(runs, before, strict=True))
            before = places[key]
    # Numbered by their smallest keys, so that it does not matter which side is which.
    order = dict.fromkeys(places[key] for key in sorted(places))
    numbers = {place: str(number) for number, place in enumerate(order)}
    return {key: numbers[place] for key, place in places.items()}


def _together(names: Sequence[str]) -> bool:
    """Return whether equal names stand side by side."""
    changes = [name for name, previous in zip(names, ["", *names], strict=False) if name != previous]
    return len(changes) == len(set(changes))


def _row_keys(documents: Sequence[Document]) -> list[dict[int, Key]]:
    """For each version, line -> key of the rows of its INDEX table."""
    tables = [_table_lines(document) for document in documents]
    several: set[str] = set()
    for rows in tables:
        counts = Counter(entry_id for entry_id, _ in rows.values())
        several.update(entry_id for entry_id, number in counts.items() if number > 1 or not entry_id)
    found = []
    for rows in tables:
        seen: Counter[Key] = Counter()
        keys = {}
        for line, (entry_id, text) in rows.items():
            key = Key(True, entry_id, text.strip() if entry_id in several else "")
            keys[line] = key._replace(nth=seen[key])
            seen[key] += 1
        found.append(keys)
    return found


def _table_lines(document: Document) -> dict[int, tuple[str, str]]:
    """Return line -> (id or nothing, text) of the lines below the head of the INDEX table."""
    table = main_table(document)
    if table is None:
        return {}
    ids = {row.line: row.entry_id or "" for row in document.rows if ID in row.values}
    return {n: (ids.get(n, ""), document.source.lines[n - 1]) for n in range(table.header + 2, table.last + 1)}


def _cut(document: Document, keys: list[Key], names: dict[Key, str], row_keys: dict[int, Key]) -> Cut:
    lines = [f"{line}\n" for line in document.source.lines[:-1]]
    pieces: dict[Key, Piece] = {}
    slots: dict[str, list[Key]] = {}
    instead: dict[int, str] = {}  # line -> what the skeleton has there; nothing for the lines of pieces
    for key, section in zip(keys, document.sections, strict=True):
        pieces[key] = _piece(lines, section)
        instead.update(dict.fromkeys(range(section.first, section.end + 1), ""))
        if names[key] not in slots:
            instead[section.first] = placeholder(names[key])
        slots.setdefault(names[key], []).append(key)
    table = main_table(document)
    if table:
        slots[ROWS] = list(row_keys.values())
        pieces.update({key: Piece(lines[n - 1], "") for n, key in row_keys.items()})
        instead.update(dict.fromkeys(row_keys, ""))
        instead[table.header + 1] = lines[table.header] + placeholder(ROWS)
    return Cut(pieces, slots, "".join(instead.get(n, line) for n, line in enumerate(lines, 1)))


def _piece(lines: Sequence[str], section: Section) -> Piece:
    last = end = min(section.end, len(lines))
    while end > section.line and (not lines[end - 1].strip() or _RULE.match(lines[end - 1].rstrip("\n"))):
        end -= 1
    return Piece("".join(lines[section.first - 1 : end]), "".join(lines[end:last]))


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
