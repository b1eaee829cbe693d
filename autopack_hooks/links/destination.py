"""Write a destination: a path relative to its source, in the style of the one that it replaces."""

from __future__ import annotations

import posixpath
import re

from autopack_hooks.links.categories import OWN_REPOSITORY_URL
from autopack_hooks.links.href import decode
from autopack_hooks.links.suggest import Suggestion
from autopack_hooks.markdown.structure import Link

# Characters that would end or change a destination, a table's cell, a code span, math, an attribute or a URL's path.
_SPECIAL = frozenset("%#?<>\\`|$&\"'\x7f" + "".join(map(chr, range(32))))
_HIGH_ESCAPE = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")


def written(source: str, link: Link, suggestion: Suggestion, category: str, *, angled: bool) -> str:
    """Return the characters that replace ``link.raw``; in angle brackets (``angled``) spaces may stay."""
    head, mark, old_fragment = link.raw.partition("#")
    head, query_mark, query = head.partition("?")
    if category == OWN_REPOSITORY_URL:
        query_mark = query = ""
    tail = query_mark + query
    if suggestion.fragment is not None:
        kept = mark and decode(old_fragment) == suggestion.fragment
        tail += "#" + (old_fragment if kept else _encoded(suggestion.fragment, link.raw, angled=angled))
    if not head and suggestion.path == source:
        return tail
    path = _relative(source, head, suggestion.path)
    return _encoded(path, link.raw, angled=angled) + tail


def _relative(source: str, old: str, path: str) -> str:
    if old.startswith("/") and not old.startswith("//"):
        result = f"/{path}"
    else:
        result = _from_folder(posixpath.dirname(source), path)
        first = result.partition("/")[0]
        if (old.startswith("./") and not result.startswith(".")) or ":" in first or result == ".":
            result = f"./{result}" if result != "." else "./"
    if old.endswith("/") and not result.endswith("/") and "." not in result.rpartition("/")[2]:
        result += "/"
    return result


def _from_folder(folder: str, path: str) -> str:
    """Return ``path`` as seen from ``folder``, both from the root and in normal form (``relpath`` asks the system twice)."""
    here, there = (text.split("/") if text else [] for text in (folder, path))
    common = next((i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), min(len(here), len(there)))
    return "/".join([*[".."] * (len(here) - common), *there[common:]]) or "."


def _encoded(text: str, old: str, *, angled: bool) -> str:
    """Return ``text`` with percent escapes where they are needed, or where the old destination had them."""
    special = set(_SPECIAL)
    if not angled or "%20" in old:
        special.add(" ")
    if not angled and (text.count("(") != text.count(")") or ")" in text.partition("(")[0]):
        special.update("()")
    all_high = _HIGH_ESCAPE.search(old) is not None
    return "".join(_escape(c) if c in special or (c > "~" and (all_high or _odd(c))) else c for c in text)


def _escape(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


def _odd(char: str) -> bool:
    """Return whether a character is invisible, or a byte of a file name that is not valid UTF-8."""
    return "\ud800" <= char <= "\udfff" or "\ufe00" <= char <= "\ufe0f" or char.isspace() or not char.isprintable()
