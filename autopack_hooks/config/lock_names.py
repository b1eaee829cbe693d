"""The names of locks and the one order in which they are acquired."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from autopack_hooks.core.errors import UsageError

NAMES = ("queue", "runs", "archive", "docs", "database", "qdrant")
"""The built-in locks, in their order. Names from the configuration come after them, alphabetically."""

UMBRELLA = "_all"
"""The lock that stands for all others. It is not a word, so that no name of a configuration can be the same."""

# A name is part of a file's name, so it must not be one that Windows reserves for its devices.
_WORD = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d)$)[a-z][a-z0-9_-]{0,63}")
WORD_RULE = "a word of lowercase letters, digits, _ and - that starts with a letter"


def is_word(name: str) -> bool:
    """Return whether ``name`` has the form of a lock's name."""
    return _WORD.fullmatch(name) is not None


def rank(name: str) -> tuple[int, str]:
    """Return the place of ``name`` in the order; it depends on the name alone, so that all workspaces agree."""
    if name == UMBRELLA:
        return -1, ""
    return (NAMES.index(name), "") if name in NAMES else (len(NAMES), name)


def known_names(extra: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the built-in names and ``extra``, in their order."""
    return tuple(sorted({*NAMES, *extra}, key=rank))


def ordered(names: Iterable[str], extra: Sequence[str] = ()) -> tuple[str, ...]:
    """Return ``names`` once each, in the order of acquisition. Raises UsageError for an unknown one, or none."""
    known = known_names(extra)
    wanted = set(names)
    for name in sorted(wanted):
        if not is_word(name) or name not in known:
            raise UsageError(f"{name!r} is not the name of a lock: choose one of {', '.join(known)}")
    if not wanted:
        raise UsageError(f"no lock was given: choose one or more of {', '.join(known)}")
    return tuple(sorted(wanted, key=rank))
