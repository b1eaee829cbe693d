"""Resolves backslash escapes and character references as CommonMark does."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"\\([!-/:-@\[-`{-~])")
_REFERENCE = re.compile(r"&(?:#[xX]([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|[A-Za-z][A-Za-z0-9]*);")
_EITHER = re.compile(rf"{_PUNCTUATION.pattern}|{_REFERENCE.pattern}")


def resolve_references(text: str) -> str:
    """Return ``text`` with its character references resolved; one without a semicolon stays as it is."""
    return _REFERENCE.sub(lambda match: _resolve(match.group(), match[1], match[2]), text) if "&" in text else text


def unescape_target(raw: str) -> str:
    """Return the target that a destination written as ``raw`` stands for."""
    return _EITHER.sub(_unescape, raw) if "\\" in raw or "&" in raw else raw


def _unescape(match: re.Match[str]) -> str:
    return match[1] or _resolve(match.group(), match[2], match[3])


def _resolve(written: str, hexadecimal: str | None, decimal: str | None) -> str:
    if hexadecimal or decimal:
        code = int(hexadecimal, 16) if hexadecimal else int(decimal or "")
        return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    from html.entities import html5  # a table of 2,231 names: only for a text that has one

    return html5.get(written[1:], written)
