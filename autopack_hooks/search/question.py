"""A question: its text and what the entries that answer it must be."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Question:
    """Hold what is asked for.

    Attributes:
        text: The question; text, whatever it looks like.
        ledgers: The ledgers to look in; none for all.
        status: The words that an entry's status must have; "" for any status.
        since: The first day, as ``2026-01-31``; "" for none.
        until: The last day; "" for none.
        limit: How many entries at most.
    """

    text: str
    ledgers: Collection[str] = ()
    status: str = ""
    since: str = ""
    until: str = ""
    limit: int = 5

    @property
    def filters(self) -> bool:
        """True where an entry may be found and not be wanted."""
        return bool(self.status or self.since or self.until)

    def accepts(self, status: str, date: str) -> bool:
        """Return True for an entry of this status and date (ISO 8601 or "").

        Of a status the words count, whatever the case, marks and emoji; an entry without a date is of no day.
        """
        day = date[:10]
        if (self.since and not (day and day >= self.since)) or (self.until and not (day and day <= self.until)):
            return False
        return not self.status or f" {_words(self.status)} " in f" {_words(status)} "


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
