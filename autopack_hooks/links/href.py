"""Split a link's target into its parts, decode it, and tell paths from URLs."""

from __future__ import annotations

import re
from typing import NamedTuple

_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
# Schemes that are used without //; any other "scheme:" is a path with a colon, or a slip.
_PLAIN_SCHEMES = frozenset(
    (
        "mailto",
        "tel",
        "sms",
        "data",
        "javascript",
        "about",
        "news",
        "urn",
        "magnet",
        "xmpp",
        "sip",
        "sips",
        "geo",
        "maps",
    )
    + ("doi", "bitcoin", "callto", "skype", "vscode", "vscode-insiders", "cursor", "slack", "zoommtg", "facetime")
    + ("view-source", "blob", "ws", "wss", "http", "https", "ftp")
)
# What the URL of a file in a repository has in it.
_OWN_PARTS = ("/blob/", "/tree/", "/raw/", "/edit/", "/blame/", "raw.githubusercontent.com/")
LINE_SUFFIX = re.compile(r"(?P<path>[^:]*[^:/\\]):(?P<first>\d+)(?:[-–](?P<last>\d+)|:\d+)?$", re.DOTALL)
LINES = re.compile(r"L(?P<first>\d+)(?:C\d+)?(?:-L?(?P<last>\d+)(?:C\d+)?)?$")


class Href(NamedTuple):
    """Hold ``path?query#fragment``, path and fragment decoded; ``fragment`` is None where there is no ``#``."""

    path: str
    query: str
    fragment: str | None


def parse_target(target: str) -> Href:
    """Split a target that is not a URL."""
    rest, mark, fragment = target.partition("#")
    path, _, query = rest.partition("?")
    return Href(decode(path), query, decode(fragment.partition(":~:")[0]) if mark else None)


def decode(text: str) -> str:
    """Resolve percent escapes, as UTF-8; other bytes become the surrogates that file names have for them."""
    if "%" not in text:
        return text
    data = text.encode("utf-8", "surrogateescape")
    return _ESCAPES.sub(lambda m: bytes.fromhex(m.group().replace(b"%", b"").decode()), data).decode(
        "utf-8", "surrogateescape"
    )


def is_external(target: str) -> bool:
    """Return whether a target is a URL of another place, which is not checked."""
    if target.startswith("//"):
        return True
    match = _SCHEME.match(target)
    if match is None:
        return False
    if target.startswith("//", match.end()):
        return match.group(1).lower() != "file"
    return match.group(1).lower() in _PLAIN_SCHEMES


def is_local_url(target: str) -> bool:
    """Return whether a target names a place on the writer's own machine: ``file:`` or a drive letter."""
    return target[:5].lower() == "file:" or re.match(r"[A-Za-z]:[\\/]", target) is not None


def may_be_own(url: str) -> bool:
    """Return whether a URL has the shape of a file in a repository; only then the remotes are read."""
    return any(part in url for part in _OWN_PARTS)
