"""Gitignore-style patterns over repository-relative paths, matched in linear time whatever the pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_PART = re.compile(r"\*\*+|\[[^\]]{1,200}\]|.", re.DOTALL)
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_LONGEST = 4000
"""Paths are not longer, so a longer pattern is no more than a text."""
_REMEMBERED = 2000
"""Steps that a pattern remembers before it starts anew."""


class Glob:
    """A pattern: with a slash inside it is anchored at the root, without one it matches any path's last part.

    ``*`` and ``?`` stay inside a folder, ``**`` crosses folders, and a folder stands for all that is in it.

    It is an automaton that reads a text once: the bits of an integer are the places in the pattern that may be next.
    """

    def __init__(self, pattern: str, ends: str) -> None:
        """Make the pattern; ``ends`` are the characters that may follow what it matches, with anything behind them."""
        parts = _PART.findall(pattern.strip("/"))
        if len(pattern) > _LONGEST:
            parts = [f"[{char}]" if char in "*?" else char for char in pattern]
        if "/" not in pattern.rstrip("/"):
            parts = ["**", "/", *parts]
        # `**/` may match nothing at all: a part "" before it leads into it and past it.
        pairs = zip(parts, [*parts[1:], ""], strict=True)
        parts = [new for part, after in pairs for new in (["", part] if part[:2] == "**" and after == "/" else [part])]
        folder = pattern.endswith("/")
        end = len(parts)
        places: dict[str, int] = {}
        for i, part in enumerate(parts):
            places[part] = places.get(part, 0) | 1 << i
        self._takes = [(takes, places[part]) for part in places if (takes := _character(part))]
        self._takes.append((("/" if folder else ends).__contains__, 1 << end))
        self._all = 1 << end + 1
        self._accepting = self._all if folder else self._all | 1 << end
        self._crossing = self._all | sum(places[part] for part in places if part.startswith("**"))
        self._stars = self._crossing | places.get("*", 0)
        self._folders = places.get("", 0)
        self._masks: dict[str, int] = {}
        self._states: dict[int, _State] = {}
        self._steps = 0
        self._start = self._state(1)

    def matches(self, text: str) -> bool:
        """Return whether the pattern matches ``text``."""
        state = self._start
        try:
            for char in text:
                state = state[char]
        except KeyError:  # whatever follows, the answer is the same
            pass
        return state.accepts

    def after(self, places: int, char: str) -> _State:
        """Return the state that ``char`` leads to from ``places``."""
        self._steps += 1
        if self._steps > _REMEMBERED:
            for state in self._states.values():
                state.clear()
            self._states, self._masks, self._steps = {}, {}, 0
        if char not in self._masks:
            self._masks[char] = sum(places for takes, places in self._takes if takes(char))
        stay = places & (self._crossing if char == "/" else self._stars)
        return self._state((places & self._masks[char]) << 1 | stay)

    def _state(self, places: int) -> _State:
        """Return the state of ``places`` and those behind them that may be next too, as a star may match nothing."""
        before = -1
        while places != before:
            before = places
            folders = places & self._folders
            places |= (places & self._stars | folders) << 1 | folders << 3
        if places not in self._states:
            self._states[places] = _State(self, places, bool(places & self._accepting), bool(places & self._all))
        return self._states[places]


class _State(dict[str, "_State"]):
    """The places that may be next, and where each character that was met leads. KeyError: to the same answer."""

    def __init__(self, glob: Glob, places: int, accepts: bool, decided: bool) -> None:
        super().__init__()
        self.accepts = accepts
        self._glob, self._places, self._decided = glob, places, decided

    def __missing__(self, char: str) -> _State:
        if self._decided or not self._places:
            raise KeyError(char)
        state = self[char] = self._glob.after(self._places, char)
        return state


def _character(part: str) -> Callable[[str], bool] | None:
    """Return which characters a part of a pattern matches, None for a star and what takes none."""
    if not part or part.startswith("*"):
        return None
    if part == "?":
        return lambda char: char != "/"
    if len(part) == 1:
        return part.__eq__
    other = part[1] in "!^" and len(part) > 3
    ranges = [(low or one, high or one) for low, high, one in _RANGE.findall(part[1 + other : -1])]
    return lambda char: char != "/" and any(low <= char <= high for low, high in ranges) is not other


@lru_cache(maxsize=512)
def compile_glob(pattern: str, ends: str = "/") -> Glob:
    """Return ``pattern``, which matches a path, and all that follows it after one of ``ends``."""
    return Glob(pattern, ends)


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return a test of paths, in which a later ``!pattern`` takes back what an earlier one matched."""
    rules = [(not p.startswith("!"), compile_glob(p.removeprefix("!")).matches) for p in patterns]

    def matches(path: str) -> bool:
        hit = False
        for include, matched in rules:
            if hit is not include and matched(path):
                hit = include
        return hit

    return matches


def is_pattern(path: str) -> bool:
    """Return whether a configured path is a pattern of files and not the name of one."""
    return "*" in path or "?" in path


def fixed_folder(pattern: str) -> str:
    """Return the folder of everything that ``pattern`` matches: the part before the first wildcard; "." is the root."""
    parts = pattern.split("/")[:-1]
    end = next((i for i, part in enumerate(parts) if is_pattern(part) or "[" in part), len(parts))
    return "/".join(parts[:end]) or "."


def files_matching(pattern: str, paths: Iterable[str]) -> list[str]:
    """Return those of ``paths`` that ``pattern`` names, sorted. It is anchored at the root, slash or not."""
    matches = compile_glob(f"./{pattern}" if "/" not in pattern else pattern).matches
    return sorted(path for path in paths if matches(path if "/" in pattern else f"./{path}"))
