from __future__ import annotations

import pytest

from autopack_hooks.markdown.entities import resolve_references, unescape_target


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("plain", "plain"),
        ("a&amp;b&#32;c&#x41;&#X42;", "a&b cAB"),
        ("&copy;", "©"),
        ("&copy", "&copy"),
        ("&nope;", "&nope;"),
        ("&#0; &#xD800; &#x110000;", "\ufffd \ufffd \ufffd"),
        ("&#128;", "\x80"),
        ("&#12345678;", "&#12345678;"),
        ("& ;", "& ;"),
        ("\\&amp;", "\\&"),
    ],
)
def test_references(text: str, meant: str) -> None:
    assert resolve_references(text) == meant


@pytest.mark.parametrize(
    ("raw", "target"),
    [
        ("a\\)b", "a)b"),
        ("a\\b", "a\\b"),
        ("\\&amp;", "&amp;"),
        ("a&amp;\\_", "a&_"),
        ("\\\\&lt;", "\\<"),
        ("a%20b", "a%20b"),
    ],
)
def test_targets(raw: str, target: str) -> None:
    assert unescape_target(raw) == target
