"""Gitignore-style patterns over repository-relative paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_PART = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?[^\]]+\]|.", re.DOTALL)


@lru_cache(maxsize=512)
def glob_regex(pattern: str) -> re.Pattern[str]:
    """Compile ``pattern``: with a slash inside it is anchored at the root, without one it matches any path's last part.

    ``*`` and ``?`` stay inside a folder, ``**`` crosses folders, and a folder stands for all that is in it.
    """
    anchored = "/" in pattern.rstrip("/")
    body = "".join(_translate(part) for part in _PART.findall(pattern.strip("/")))
    return re.compile(
        ("" if anchored else "(?:.*/)?") + body + ("/.*" if pattern.endswith("/") else "(?:/.*)?"), re.DOTALL
    )


def _translate(part: str) -> str:
    fixed = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if part in fixed:
        return fixed[part]
    if part.startswith("[") and len(part) > 2:
        return ("[^/" if part[1] == "!" else "[") + part[1 + (part[1] == "!") : -1].replace("\\", "\\\\") + "]"
    return re.escape(part)


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return a test of paths, in which a later ``!pattern`` takes back what an earlier one matched."""
    rules = [(not p.startswith("!"), glob_regex(p.removeprefix("!"))) for p in patterns]

    def matches(path: str) -> bool:
        hit = False
        for include, regex in rules:
            if hit is not include and regex.fullmatch(path):
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
    regex = glob_regex(f"./{pattern}" if "/" not in pattern else pattern)
    return sorted(path for path in paths if regex.fullmatch(path if "/" in pattern else f"./{path}"))
