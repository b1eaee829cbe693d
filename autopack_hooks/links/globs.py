"""Gitignore-style patterns over repository-relative paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_PART = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?[^\]]+\]|.", re.DOTALL)


@lru_cache(maxsize=512)
def glob_regex(pattern: str) -> re.Pattern[str]:
    """What matches ``pattern``: with a slash inside it is anchored at the root, without one it names any path's last part.

    ``*`` and ``?`` stay inside a folder, ``**`` crosses folders, and a folder stands for all that is in it.
    """
    anchored = "/" in pattern.rstrip("/")
    body = "".join(_translate(part) for part in _PART.findall(pattern.strip("/")))
    return re.compile(("" if anchored else "(?:.*/)?") + body + ("/.*" if pattern.endswith("/") else "(?:/.*)?"), re.DOTALL)


def _translate(part: str) -> str:
    fixed = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if part in fixed:
        return fixed[part]
    if part.startswith("[") and len(part) > 2:
        return ("[^/" if part[1] == "!" else "[") + part[1 + (part[1] == "!") : -1].replace("\\", "\\\\") + "]"
    return re.escape(part)


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path is matched; a later ``!pattern`` takes back what an earlier one matched."""
    rules = [(not p.startswith("!"), glob_regex(p.removeprefix("!"))) for p in patterns]

    def matches(path: str) -> bool:
        hit = False
        for include, regex in rules:
            if hit is not include and regex.fullmatch(path):
                hit = include
        return hit

    return matches
