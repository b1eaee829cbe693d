"""Inline ignores: which line they cover, and what is wrong with them."""

from __future__ import annotations

import pytest

from autopack_hooks.checks.ignores import find_ignores
from autopack_hooks.checks.pipeline import silence
from autopack_hooks.core.findings import Finding
from autopack_hooks.core.text import SourceText
from autopack_hooks.markdown.reader import read
from tests.checks.helpers import findings

REF = "### BUILD-1 | 2026-01-01 | T\n\n"


def ignores(text: str) -> list[tuple[int, int, tuple[str, ...], int, int]]:
    source = SourceText.from_text("x.md", text)
    return [tuple(ignore) for ignore in find_ignores(source, lambda: read(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <!-- autopack: ignore LED020 why -->", [(1, 3, ("LED020",), 1, 1)]),
        ("<!-- autopack: ignore LED020 why --> a", [(1, 1, ("LED020",), 1, 1)]),
        ("<!--autopack:ignore LED020 why-->\na", [(1, 1, ("LED020",), 2, 2)]),
        ("  <!-- autopack: ignore LED020 why -->\n\n\na", [(1, 3, ("LED020",), 4, 4)]),
        ("<!-- autopack: ignore LED020,LED007 , LED001 why -->\na", [(1, 1, ("LED020", "LED007", "LED001"), 2, 2)]),
        ("<!-- autopack: ignore LED020 why -->", [(1, 1, ("LED020",), 1, 1)]),
        ("<!-- autopack: ignore LED020 why -->\n\n", [(1, 1, ("LED020",), 1, 1)]),
        (
            "<!-- autopack: ignore LED020 why -->\n<!-- autopack: ignore LED007 why -->\n\na",
            [(1, 1, ("LED020",), 4, 4), (2, 1, ("LED007",), 4, 4)],
        ),
        ("<!-- autopack: ignore LED008 why -->\n\n```\na\n\nb\n```\nc", [(1, 1, ("LED008",), 3, 7)]),
        ("a <!-- autopack: ignore LED008 why -->\n```\na\n```\n", [(1, 3, ("LED008",), 1, 1)]),
        (
            "<!-- autopack: ignore LED008 x --> <!-- autopack: ignore LED009 y -->",
            [(1, 1, ("LED008",), 1, 1), (1, 36, ("LED009",), 1, 1)],
        ),
        ("<!-- autopack: ignore -->", [(1, 1, (), 1, 1)]),
        ("<!-- autopack: ignore LED020 -->", [(1, 1, (), 1, 1)]),
        ("<!-- autopack: ignore LED20 why -->", [(1, 1, (), 1, 1)]),
        ("<!-- autopack: ignore led020 why -->", [(1, 1, (), 1, 1)]),
        ("<!-- autopack: ignore why LED020 -->", [(1, 1, (), 1, 1)]),
        ("<!-- autopack: ignore LED020why -->", [(1, 1, (), 1, 1)]),
        ("`<!-- autopack: ignore LED020 why -->`", []),
        ("`` ` <!-- autopack: ignore LED020 why --> ``", []),
        ("` <!-- autopack: ignore LED020 why -->", [(1, 3, ("LED020",), 1, 1)]),
        ("```\n<!-- autopack: ignore LED020 why -->\n```\n", []),
        ("    <!-- autopack: ignore LED020 why -->\n", []),
        ("<!-- autopack: ignored LED020 why -->", []),
        ("<!-- autopack: ignore LED020 why", []),
        ("autopack: ignore LED020 why -->", []),
        ("<!-- autopack ignore LED020 why -->", []),
    ],
)
def test_which_lines_a_comment_covers(text: str, expected: list[tuple[int, int, tuple[str, ...], int, int]]) -> None:
    assert ignores(text) == expected
    assert ignores(text.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("BUILD-9 <!-- autopack: ignore LED020 of another repository -->\n", []),
        ("<!-- autopack: ignore LED020 of another repository -->\nBUILD-9 BUILD-8\n", []),
        ("<!-- autopack: ignore LED020 one line only -->\nBUILD-9\nBUILD-8\n", ["LED020"]),
        ("BUILD-9 <!-- autopack: ignore LED007 wrong code -->\n", ["LED020", "CFG002"]),
        ("BUILD-9 <!-- autopack: ignore LED007, LED020 one of two -->\n", ["CFG002"]),
        ("nothing <!-- autopack: ignore LED020 needless -->\n", ["CFG002"]),
        ("nothing <!-- autopack: ignore LNK001 another family -->\n", []),
        ("BUILD-9 <!-- autopack: ignore LED020 -->\n", ["LED020", "CFG003"]),
        ("BUILD-9 <!-- autopack: ignore LED020 twice --> <!-- autopack: ignore LED020 twice -->\n", []),
        ("<!-- autopack: ignore LED008 an example -->\n```\n### BUILD-1\n\n### BUILD-2\n```\n", []),
    ],
)
def test_one_line_is_silenced(text: str, codes: list[str]) -> None:
    assert [f.code for f in findings(REF + text)] == codes


def test_many_comments_and_findings_are_matched_exactly() -> None:
    text = "".join(f"a{n} <!-- autopack: ignore LED020 x -->\n" if n % 3 else "b\n" for n in range(30))
    told = [Finding("x.md", line, 1, "LED020", "m") for line in range(1, 31, 2)]
    source = SourceText.from_text("x.md", text)
    kept = silence("x.md", find_ignores(source, lambda: read(text)), told, ("LED",))
    covered = {n + 1 for n in range(30) if n % 3}
    assert [f.line for f in kept if f.code == "LED020"] == [f.line for f in told if f.line not in covered]
    assert [f.line for f in kept if f.code == "CFG002"] == sorted(covered - {f.line for f in told})
