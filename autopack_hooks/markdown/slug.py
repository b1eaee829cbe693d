"""GitHub's heading slugs, after github-slugger: which characters stay, and how repeated headings count on."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_DELETED = frozenset(
    ("No", "Pe", "Pf", "Pi", "Ps", "Po", "Pd", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn", "Sc", "Sk", "Sm", "So")
)
_ALPHABETIC = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))
_ASCII_DELETED = re.compile(r"[^a-z0-9_ -]")


def slugify(text: str) -> str:
    """The slug of a heading's rendered ``text``: lower case, deleted characters gone, every space a hyphen."""
    lowered = text.lower()
    if lowered.isascii():
        return _ASCII_DELETED.sub("", lowered).replace(" ", "-")
    return "".join(filter(_kept, lowered)).replace(" ", "-")


@lru_cache(maxsize=4096)
def _kept(char: str) -> bool:
    if char in " -":
        return True
    code = ord(char)
    return unicodedata.category(char) not in _DELETED or any(low <= code <= high for low, high in _ALPHABETIC)


class Slugger:
    """Gives each heading of one document its anchor, in document order."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def anchor(self, text: str) -> str:
        """The anchor of the next heading: its slug, with ``-1``, ``-2`` and so on where that is taken."""
        slug = base = slugify(text)
        while slug in self._seen:
            self._seen[base] += 1
            slug = f"{base}-{self._seen[base]}"
        self._seen[slug] = 0
        return slug
