from __future__ import annotations

import pytest

from autopack_hooks.links.href import LINE_SUFFIX, decode, is_external, is_local_url, may_be_own, parse_target


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("docs/x.md", ("docs/x.md", "", None)),
        ("x.md#a%20b", ("x.md", "", "a b")),
        ("x.md?plain=1#L2", ("x.md", "plain=1", "L2")),
        ("#a", ("", "", "a")),
        ("x.md#", ("x.md", "", "")),
        ("a%23b.md", ("a#b.md", "", None)),
        ("100%.md", ("100%.md", "", None)),
        ("caf%C3%A9.md", ("café.md", "", None)),
        ("%FF.md", ("\udcff.md", "", None)),
        ("x.md#:~:text=word", ("x.md", "", "")),
    ],
)
def test_parse_target(target: str, parts: tuple[str, str, str | None]) -> None:
    assert parse_target(target) == parts


def test_decode_leaves_plain_text_alone() -> None:
    assert decode("plain + text") == "plain + text"


@pytest.mark.parametrize(
    "target", ["https://e.com", "//e.com/x", "mailto:a@e.com", "ftp://e.com", "tel:1", "foo://bar"]
)
def test_external(target: str) -> None:
    assert is_external(target)


@pytest.mark.parametrize(
    "target", ["a.py:39", "docs/x.md", "pkg.mod:Class", "file:///c:/x", "C:/x.md", "localhost:80/x"]
)
def test_not_external(target: str) -> None:
    assert not is_external(target)


def test_local_urls() -> None:
    assert all(map(is_local_url, ("file:///etc/passwd", "C:\\x.md", "c:/x.md")))
    assert not any(map(is_local_url, ("files/x.md", "cc:/x.md", "c.md")))


def test_may_be_own() -> None:
    assert may_be_own("https://github.com/a/b/blob/main/x.md")
    assert not may_be_own("https://github.com/a/b/issues")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.py:39", ("a.py", "39", None)),
        ("a.py:39-45", ("a.py", "39", "45")),
        ("a.py:39:7", ("a.py", "39", None)),
        ("a.py", None),
        ("a.py:x", None),
        (":39", None),
    ],
)
def test_line_suffix(path: str, found: tuple[str, str, str | None] | None) -> None:
    match = LINE_SUFFIX.match(path)
    assert (match and (match["path"], match["first"], match["last"])) == found
