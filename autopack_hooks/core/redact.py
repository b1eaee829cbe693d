"""Take credentials out of text that nobody wrote for printing, such as a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

MASK = "***"
_USERINFO = re.compile(r"(?P<before>[A-Za-z][A-Za-z0-9+.-]*://[^\s:/?#'\"]*:)(?P<secret>[^\s'\"]*)@")
_NAMED = re.compile(
    r"(?P<before>[\w-]*(?:password|passwd|passphrase|pwd|secret|token|api[-_]?key|credential)[\w-]*['\"]?\s*[=:]\s*)"
    r"(?P<secret>'[^']*'|\"[^\"]*\"|[^\s,;&)}\]]+)",
    re.IGNORECASE,
)


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return ``text`` without the passwords of URLs and the values of names that sound like secrets.

    Secrets that stand in one of the ``known`` texts (URLs, settings) are struck wherever they are.
    """
    for value in sorted({secret for entry in known for secret in _secrets(entry)}, key=len, reverse=True):
        text = text.replace(value, MASK)
    text = _USERINFO.sub(rf"\g<before>{MASK}@", text)
    return _NAMED.sub(rf"\g<before>{MASK}", text)


def _secrets(entry: str) -> Iterable[str]:
    found = [match["secret"] for pattern in (_USERINFO, _NAMED) for match in pattern.finditer(entry)]
    return {text for secret in found for text in (secret, unquote(secret)) if len(text) > 2}
