"""Take credentials out of text that nobody wrote for printing, such as a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

MASK = "***"
# Lengths are limited, and a URL is looked at once, so that no text takes longer than in proportion to its own length.
_WORD = re.compile(r"[^\s'\"]+")
_USER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,40}://[^:/?#]*:")
_NAMED = re.compile(
    r"(?P<before>(?:password|passwd|passphrase|pwd|secret|token|api[-_]?key|credential)[\w-]{0,40}['\"]?\s*[=:]\s*)"
    r"(?P<secret>'[^']*'|\"[^\"]*\"|[^\s,;&)}\]]+)",
    re.IGNORECASE,
)


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return ``text`` without the passwords of URLs and the values of names that sound like secrets.

    Secrets that stand in one of the ``known`` texts (URLs, settings) are struck wherever they are.
    """
    for value in sorted({secret for entry in known for secret in _secrets(entry)}, key=len, reverse=True):
        text = text.replace(value, MASK)
    if "://" in text and "@" in text:
        text = _WORD.sub(_masked, text)
    return _NAMED.sub(rf"\g<before>{MASK}", text)


def _masked(word: re.Match[str]) -> str:
    span = _password(word[0])
    return word[0][: span.start] + MASK + word[0][span.stop :] if span else word[0]


def _password(word: str) -> slice | None:
    """Return the place of a URL's password in a text without blanks and quotes: up to the last ``@``."""
    user = _USER.search(word)
    return slice(user.end(), end) if user and (end := word.rfind("@")) >= user.end() else None


def _secrets(entry: str) -> Iterable[str]:
    found = [match["secret"] for match in _NAMED.finditer(entry)]
    found += [word[span] for word in _WORD.findall(entry) if (span := _password(word))]
    return {text for secret in found for text in (secret, unquote(secret)) if len(text) > 2}
