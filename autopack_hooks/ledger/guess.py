"""Headings that start with nearly an id: a slip in the prefix, no hyphen or another one, lower case, marks around it."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from autopack_hooks.ledger.dialect import PIPED, Dialect
from autopack_hooks.ledger.headings import END_OF_ID, HeadingParts, describe, in_form


@cache
def _pattern(dialect: Dialect) -> re.Pattern[str]:
    """Return a pattern of a word about as long as the dialect's prefix, something or nothing, and a number."""
    shortest, longest = max(len(dialect.prefix) - 3, 0), len(dialect.prefix) + 1
    hyphen = r"[ \t]?[-_#.:\u2010-\u2015\u2212]?[ \t]?"
    word, number = rf"[A-Za-z][\w-]{{{shortest},{longest}}}?", r"[0-9]+(?:\.[0-9]+)*"
    return re.compile(rf"[*_`\[]{{0,3}}({word})({hyphen})({number})[*_`\]]{{0,3}}{END_OF_ID}")


def guess_heading(text: str, level: int, dialect: Dialect, known: Collection[str]) -> HeadingParts | None:
    """Read a heading that starts with nearly an id, such as ``BUID-004 | 2026-01-04 | Title``.

    A ticket or a standard (``RFC-2119 words``, ``GUILD-7``) may look like one. So it must go on as an entry heading does,
    or have the digits of an id behind a prefix with one slip.

    Args:
        text: the heading, which ``parse_heading`` does not know.
        level: its level.
        dialect: the dialect of the ledger.
        known: the prefixes of all ledgers, in upper case.
    """
    text = text.strip().strip("*").strip()
    match = _pattern(dialect).match(text) if dialect.prefix and level in dialect.levels else None
    if not match:
        return None
    word, hyphen, number = match.groups()
    slips = _distance(word.upper(), dialect.prefix.upper())
    if slips > 2 or (slips and word.upper() in known):
        return None
    entry_id, rest = f"{dialect.prefix}-{number}", text[match.end() :]
    exact = entry_id == f"{word}{hyphen}{number}"  # so there are marks around it
    if exact or _goes_on(entry_id, rest, slips, dialect) or _has_digits(word, hyphen, number, slips, dialect):
        return describe(entry_id, rest, "malformed")
    return None


def _goes_on(entry_id: str, rest: str, slips: int, dialect: Dialect) -> bool:
    """Return whether what is behind an id is what a heading of an entry has there."""
    if dialect.headings[0] == PIPED:
        return rest.lstrip().startswith("|")
    # Of three letters two are easily those of another word: `API-2: Paging` is not ADR-2.
    return (slips < 2 or len(dialect.prefix) > 3) and in_form(entry_id + rest, dialect) is not None


def _has_digits(word: str, hyphen: str, number: str, slips: int, dialect: Dialect) -> bool:
    """Return whether a number has as many digits as a new id, and the word before it one slip that is easily made."""
    if len(number.partition(".")[0]) < dialect.digits:
        return False
    if slips == 0:
        return number.startswith("0")  # not `Build 2026`
    alike = word[0] == dialect.prefix[0] and word.isupper() and hyphen.strip() == "-"
    return slips == 1 and alike and len(dialect.prefix) > 3


def _distance(one: str, other: str) -> int:
    """Return how many letters must be added, dropped, changed or swapped with the next one to get from one word to the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, target in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != target))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == target:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
