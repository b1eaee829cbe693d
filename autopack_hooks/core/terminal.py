"""Text for a terminal: what other people's files say must not steer it."""

from __future__ import annotations


def escape(text: str) -> str:
    r"""Return ``text`` on one line, with every control character and other unprintable one as ``\xNN``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
