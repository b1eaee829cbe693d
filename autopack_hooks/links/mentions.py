"""Recognize paths in backticks. They are reported as information, since prose may name what is gone."""

from __future__ import annotations

import re

# Folders and a file with an extension, or a bare file name; then perhaps a line, an anchor, or a test's name.
_PATH = re.compile(
    r"(?:\.{0,2}/)?(?:[\w.@+~=()\[\]-]+/)*[\w.@+~=()\[\]-]*[\w)\]]\.[A-Za-z][A-Za-z0-9]{0,9}"
    r"(?::\d+(?:-\d+)?(?::\d+)?|::[\w\[\]:.-]+|#[\w-]+)?$"
)
_SUFFIX = re.compile(r"::.*$|:\d+(?:-\d+)?(?::\d+)?$")


def is_mention(code: str) -> bool:
    """Return whether a code span's text has the shape of a path."""
    return "." in code and len(code) < 300 and _PATH.match(code.strip()) is not None


def mentioned_path(code: str) -> str:
    """Return the path of a mention, without line numbers, test names and anchors."""
    path = code.strip().partition("#")[0]
    return _SUFFIX.sub("", path) if ":" in path else path
