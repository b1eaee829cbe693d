from __future__ import annotations

import pytest

from autopack_hooks.core.globs import files_matching, fixed_folder, is_pattern, matcher


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
