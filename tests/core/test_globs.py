from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autopack_hooks.core.globs import compile_glob, files_matching, fixed_folder, is_pattern, matcher


@pytest.mark.parametrize(
    ("patterns", "path", "matches"),
    [
        (["**/*.md"], "README.md", True),
        (["**/*.md"], "a/b/c.md", True),
        (["docs/**/*.md"], "docs/x.md", True),
        (["docs/**/*.md"], "docs/a/b/x.md", True),
        (["docs/**/*.md"], "other/docs/x.md", False),
        (["archive/**"], "archive/a/b.md", True),
        (["archive/**"], "archives/b.md", False),
        (["*.md"], "a/b.md", True),
        (["docs/*.md"], "docs/a/b.md", False),
        (["docs"], "docs/a/b.md", True),
        (["docs/"], "a/docs/b.md", True),
        (["/docs"], "a/docs/b.md", False),
        (["/docs/x.md"], "a/docs/x.md", False),
        (["d?cs/[xy].md"], "docs/x.md", True),
        (["d?cs/[!xy].md"], "docs/x.md", False),
        (["*.md", "!README.md"], "README.md", False),
        (["*.md", "!README.md", "README.md"], "README.md", True),
        (["a+b.md"], "a+b.md", True),
        ([], "x.md", False),
    ],
)
def test_matcher(patterns: list[str], path: str, matches: bool) -> None:
    assert matcher(patterns)(path) is matches


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        ("docs/adr/*.md", "docs/adr"),
        ("docs/*/x.md", "docs"),
        ("docs/**/*.md", "docs"),
        ("docs/a[0-9]/x*.md", "docs"),
        ("*.md", "."),
        ("**/x.md", "."),
        ("docs/a?.md", "docs"),
    ],
)
def test_where_all_that_a_pattern_matches_is(pattern: str, folder: str) -> None:
    assert fixed_folder(pattern) == folder


@pytest.mark.parametrize(
    ("path", "expected"), [("docs/*.md", True), ("a?.md", True), ("a[1].md", False), ("a.md", False)]
)
def test_what_is_a_pattern(path: str, expected: bool) -> None:
    assert is_pattern(path) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.md", ["a.md"]),
        ("docs/*.md", ["docs/a.md"]),
        ("**/a.md", ["a.md", "docs/a.md", "docs/deep/a.md"]),
        ("docs/**", ["docs/a.md", "docs/b.txt", "docs/deep/a.md"]),
        ("DOCS/*.md", []),
        ("*.MD", []),
        ("docs/a.*d", ["docs/a.md"]),
    ],
)
def test_the_files_that_a_pattern_names(pattern: str, expected: list[str]) -> None:
    assert files_matching(pattern, ["docs/b.txt", "docs/deep/a.md", "docs/a.md", "a.md"]) == expected


def _expression(pattern: str) -> str:
    """The plain regular expression of a pattern, which says the same and may take for ever."""
    fixed = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]", "[!a]": "[^/a]", "[ab]": "[ab]"}
    parts = re.findall(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!a\]|\[ab\]|.", pattern.strip("/"))
    anywhere = "" if "/" in pattern.rstrip("/") else "(?:.*/)?"
    return anywhere + "".join(fixed.get(part) or re.escape(part) for part in parts)


TOKENS = ["a", "b", "/", "*", "**", "/**", "**/", "?", "[ab]", "[!a]", "#"]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(TOKENS), max_size=6).map("".join), st.text("aab/c#?", max_size=9))
def test_a_pattern_says_what_its_expression_says(pattern: str, text: str) -> None:
    assume("***" not in pattern)
    body, rest = _expression(pattern), "/.*" if pattern.endswith("/") else "(?:/.*)?"
    assert compile_glob(pattern).matches(text) is bool(re.fullmatch(body + rest, text, re.DOTALL))
    assert compile_glob(pattern, "/#?").matches(text) is bool(
        re.fullmatch(body + rest + "(?:[#?].*)?", text, re.DOTALL)
    )


@pytest.mark.parametrize(
    "pattern",
    ["*a" * 30 + "b", "**/a*/" * 20 + "b", "a**" * 30 + "b", "[" * 3000, "?*" * 50, "*a?" * 900, "[!b]*" * 700],
)
@pytest.mark.parametrize("text", ["a" * 100_000, "a/" * 50_000, "[" * 100_000, "".join(map(chr, range(200, 9_000)))])
def test_a_text_is_read_once(pattern: str, text: str) -> None:
    """Each of these takes longer than the universe lasts where a matcher tries one way after another."""
    compile_glob(pattern).matches(text)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("[z-a]x", "ax", False),
        ("[a-c]x", "bx", True),
        ("[^a]x", "bx", True),
        ("[^a]x", "ax", False),
        ("[!]x", "!x", True),
        ("a[/]b", "a/b", False),
        ("[a", "[a", True),
        ("a\nb*", "a\nbc", True),
        ("a" * 5000, "a" * 5000, True),
        ("*" + "a" * 5000, "b" + "a" * 5000, False),
    ],
)
def test_odd_patterns(pattern: str, path: str, expected: bool) -> None:
    assert compile_glob(pattern).matches(path) is expected
