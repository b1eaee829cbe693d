"""The names of locks and the one order in which they are taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from autopack_hooks.core.errors import UsageError

NAMES = ("queue", "runs", "archive", "docs", "database", "qdrant")
"""The built-in locks, in their order. Names from the configuration come after them, alphabetically."""

# A name is part of a file's name, and Windows keeps some names for its devices.
_WORD = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d)$)[a-z][a-z0-9_-]{0,63}")
WORD_RULE = "a word of small letters, digits, _ and -, which starts with a letter"


def is_word(name: str) -> bool:
    """Return whether ``name`` could be the name of a lock."""
    return _WORD.fullmatch(name) is not None


def rank(name: str) -> tuple[int, str]:
    """Return the position of ``name`` in the order; it depends on the name alone, so that all workspaces agree."""
    return (NAMES.index(name), "") if name in NAMES else (len(NAMES), name)


def known_names(extra: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the built-in names and ``extra``, in their order."""
    return tuple(sorted({*NAMES, *extra}, key=rank))


def ordered(names: Iterable[str], extra: Sequence[str] = ()) -> tuple[str, ...]:
    """Return ``names`` without repetition, in the order in which locks are taken. Raises UsageError for an unknown one."""
    known = known_names(extra)
    wanted = set(names)
    for name in sorted(wanted):
        if not is_word(name) or name not in known:
            raise UsageError(f"{name!r} is not the name of a lock: give one of {', '.join(known)}")
    if not wanted:
        raise UsageError(f"no lock given; give one or more of {', '.join(known)}")
    return tuple(sorted(wanted, key=rank))
