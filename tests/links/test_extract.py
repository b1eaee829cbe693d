"""Every link form where it stands, and the near misses that are none."""

from __future__ import annotations

import pytest

from autopack_hooks.core.text import SourceText
from tests.links.helpers import facts_of


def shown(text: str, *, mentions: bool = False) -> list[str]:
    return [f"{link.line}:{link.column} {link.form} {link.target}" for link in facts_of(text, mentions=mentions).links]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](x.md)", ["1:5 link x.md"]),
        ('[a](x.md "T") [b](<y z.md> (t))', ["1:5 link x.md", "1:20 link y z.md"]),
        ("[a](x_(y).md)", ["1:5 link x_(y).md"]),
        (r"[a](x\(y.md)", ["1:5 link x(y.md"]),
        ("[a](a&amp;b.md)", ["1:5 link a&b.md"]),
        ("[a [b] c](x.md)", ["1:11 link x.md"]),
        ("[![b](p.png)](x.md)", ["1:7 image p.png", "1:15 link x.md"]),
        ("[a\nb](x.md)", ["2:4 link x.md"]),
        ("[a](\n  x.md\n)", ["2:3 link x.md"]),
        ("[](x.md) [a]()", ["1:4 link x.md", "1:14 link "]),
        ("> - [a](x.md)\n>   [b](y.md)\nlazy [c](z.md)", ["1:9 link x.md", "2:9 link y.md", "3:10 link z.md"]),
        ("1. a\n\n   [b](x.md)", ["3:8 link x.md"]),
        ("-\t[a](x.md)", ["1:7 link x.md"]),
        ("# h [a](x.md) #", ["1:9 link x.md"]),
        ("h [a](x.md)\n===", ["1:7 link x.md"]),
        ("| a | b |\n|---|---|\n| `x\\|y` | [a](x.md) |", ["3:16 link x.md"]),
        ("a | b\n--|--\n[a](x.md) | [b](y.md)", ["3:5 link x.md", "3:17 link y.md"]),
        ("> | a |\n> |---|\n> | [a](x.md) |", ["3:9 link x.md"]),
        ("[r]: x.md", ["1:6 reference x.md"]),
        ("[r]:\n  <x y.md>\n  'title'", ["2:4 reference x y.md"]),
        ("> [r]: x.md\n\n[r]", ["1:8 reference x.md"]),
        ("[r]: x.md\n[r]: y.md", ["1:6 reference x.md", "2:6 reference y.md"]),
        ("<https://e.com/a>", ["1:2 autolink https://e.com/a"]),
        (
            "see https://e.com/a_(b). Then www.e.com, ok",
            ["1:5 autolink https://e.com/a_(b)", "1:31 autolink http://www.e.com"],
        ),
        ("(https://e.com/a)", ["1:2 autolink https://e.com/a"]),
        ('<a href="x.md">a</a>', ["1:10 html x.md"]),
        ("<div>\n<img src='p.png'>\n</div>", ["2:11 html p.png"]),
        ("text[^1]\n\n[^1]: see [a](x.md)\n\n    and [b](y.md)", ["3:15 link x.md", "5:13 link y.md"]),
        ("**[a](x.md)**~~[b](y.md)~~", ["1:7 link x.md", "1:20 link y.md"]),
        ("$5 [a](x.md) and $6", ["1:8 link x.md"]),
        ("![[a](x.md)](p.png)", ["1:7 link x.md", "1:14 image p.png"]),
    ],
)
def test_links(text: str, found: list[str]) -> None:
    assert shown(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "`[a](x.md)`",
        "``a ` [a](x.md)``",
        "```\n[a](x.md)\n```",
        "~~~\n[a](x.md)\n~~~",
        "````\n```\n[a](x.md)\n```\n````",
        "```\n[a](x.md)",
        "- ```\n  [a](x.md)\n  ```",
        "para\n\n    [a](x.md)",
        "<!-- [a](x.md) -->",
        "a <!-- [a](x.md)\n--> b",
        r"\[a](x.md)",
        "[a] (x.md)",
        "[a](x y.md)",
        "<div>\n[a](x.md)\n</div>",
        "---\nkey: [a](x.md)\n---\n",
        "$$\n[a](x.md)\n$$",
        "$[a](x.md)$",
        "$`[a](x.md)`$",
        "a[i][j] and [ ][x]",
        "[x] just brackets [y]",
        "[^a-z]+",
        "<a title='x.md'>",
        "[a](<x\ny.md>)",
    ],
)
def test_no_links(text: str) -> None:
    assert shown(text) == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[a][nope]", ["undefined_reference nope"]),
        ("[nope][]", ["undefined_reference nope"]),
        ("[nope]", []),
        ("[a][Nope]\n\n[NOPE]: x.md", []),
        ("[a][b](c.md)", []),
        ("word[a][b]", []),
        ("text[^1]", ["undefined_footnote ^1"]),
        ("text[^note]\n\n[^1]: a", ["undefined_footnote ^note"]),
        ("text[^note]", []),
        ("text[^1]\n\n[^1]: a", []),
        ("[^1](x.md)", []),
        ("`[a][nope]`", []),
    ],
)
def test_what_is_not_defined(text: str, faults: list[str]) -> None:
    assert [f"{link.fault} {link.target}" for link in facts_of(text).links if link.fault] == faults


@pytest.mark.parametrize(
    ("text", "anchors"),
    [
        ("# A\n## A\n> # B", {"a", "a-1", "b"}),
        ("# `code_x` **bold** _it_ [l](x.md) ![i](p.png) &amp; <b>t</b>", {"code_x-bold-it-l---t"}),
        ("# snake_case_name", {"snake_case_name"}),
        ("Two\n===", {"two"}),
        ('<a id="Mine"></a> <p name=x>', {"mine", "x"}),
        ("<h1>Big Title</h1>\n\n# Big Title", {"big-title", "big-title-1"}),
        ("```\n# no\n```\n    # no\n", set()),
        ("---\na: b\n---\n# Yes", {"yes"}),
        ("---\n\n# Yes\n\n---\n", {"yes"}),
        ("#no", set()),
    ],
)
def test_anchors(text: str, anchors: set[str]) -> None:
    assert facts_of(text).anchors == anchors


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("docs/x.md", True),
        ("./x.md:3", True),
        ("src/a.py:10-20", True),
        ("tests/test_a.py::test_b[x]", True),
        ("config.yaml", True),
        (".github/ci.yml", True),
        ("a b.md", False),
        ("docs/", False),
        ("and/or", False),
        ("*.md", False),
        ("1.2.3", False),
        ("--flag=x.md y", False),
        ("https://e.com/x.md", False),
        ("f(x).y", True),
    ],
)
def test_mentions(code: str, told: bool) -> None:
    assert shown(f"see `{code}`", mentions=True) == ([f"1:6 mention {code}"] if told else [])
    assert shown(f"see `{code}`") == []


def test_lines_are_counted_as_git_does() -> None:
    assert [facts_of(text).lines for text in ("", "a", "a\n", "a\n\nb")] == [0, 1, 1, 3]


def test_a_form_feed_ends_no_line() -> None:
    assert shown("a\x0cb\u2028c\n[a](x.md)") == ["2:5 link x.md"]


def test_ignores_are_among_the_facts() -> None:
    facts = facts_of("<!-- autopack: ignore LNK001 it comes later -->\n[a](x.md)\n")
    assert [(i.codes, i.first) for i in facts.ignores] == [(("LNK001",), 2)]


@pytest.mark.parametrize(
    "text", ["[" * 5000, "[" * 3000 + "a" + "](x)" * 3000, "![" * 3000, "[a](" * 3000, "<a " * 3000]
)
def test_deep_nesting_is_read(text: str) -> None:
    assert len(facts_of(text).links) <= 3000


def test_deep_blocks_are_read() -> None:
    assert len(facts_of("> " * 3000 + "[a](x.md)").links) <= 1
    assert len(facts_of("- " * 3000 + "[a](x.md)").links) <= 1


def test_places_survive_a_byte_order_mark() -> None:
    source = SourceText.from_bytes("x.md", b"\xef\xbb\xbf[a](x.md)\r\n")
    from autopack_hooks.links.extract import extract

    assert [link[1:4] for link in extract(source.text, mentions=False).links] == [(1, 5, "x.md")]
