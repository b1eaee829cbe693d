"""Numbers with their nouns."""

from __future__ import annotations

import re


def counted(number: int, noun: str) -> str:
    """Return ``number`` and ``noun``, which is in the singular: "1 entry", "2 entries"."""
    if number == 1:
        return f"1 {noun}"
    if re.search(r"[^aeiou]y$", noun):
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}{'es' if re.search(r'(?:s|x|sh|ch)$', noun) else 's'}"
