"""Ids of other repositories: what ``references.external`` names need not be an entry here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from fnmatch import translate

_MARKS = "()[]{}<>\"'`*_#:;,.!?\u2018\u2019\u201c\u201d\u00ab\u00bb"
_REACH = 400
"""How many characters before an id are looked at."""

External = Callable[[str, int, Collection[str]], bool]
"""Answers, of a text, where an id starts in it, and the ways to write the id, whether it is one of another repository."""


def external(globs: Iterable[str]) -> External:
    """Return the test for ``globs``: the last word of each is for the id, those before it are for the words before that.

    ``meta-llm ADR-*`` is any ADR behind the word meta-llm; marks around words, and case, do not matter.
    """
    known = [[re.compile(translate(word.casefold())).match for word in glob.split()] for glob in globs]

    def matches(text: str, at: int, names: Collection[str]) -> bool:
        if not known:
            return False
        words = _words(text[max(at - _REACH, 0) : at])
        return any(
            any(own(name.casefold()) for name in names)
            and len(words) >= len(others)
            and all(fits(word) for fits, word in zip(others, words[len(words) - len(others) :], strict=True))
            for *others, own in known
        )

    return matches


def _words(before: str) -> list[str]:
    """Return the words of a text without the marks around them; an opening mark at its end is of the word behind it."""
    words = [word.strip(_MARKS).casefold() for word in before.split()]
    return words[:-1] if words and not words[-1] and not before[-1:].isspace() else words
