from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.markdown.reader import may_hold_links, read


def links(text: str) -> list[str]:
    return [
        f"{link.form} {link.line}:{link.column} {link.raw}"
        + (f" = {link.target}" if link.target != link.raw else "")
        + (f" !{link.fault}" if link.fault else "")
        for link in read(text).links
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](b.md)", ["link 1:5 b.md"]),
        ("é [ü](ö.md) \U0001f680 [a](b.md)", ["link 1:7 ö.md", "link 1:19 b.md"]),
        ("x\r\n[a](b.md)\r[c](d.md)", ["link 2:5 b.md", "link 3:5 d.md"]),
        ("\t[no](code.md)\n\n> -\t[a](b.md)", ["link 3:9 b.md"]),
        ("\0[a](b.md)", ["link 1:6 b.md"]),
        ("\ud800é[a](b.md)", ["link 1:7 b.md"]),
        ("---\nk: '[no](no.md)'\n---\n[a](b.md)", ["link 4:5 b.md"]),
        ("[a](<b c.md>)", ["link 1:6 b c.md"]),
        ("[a]( b.md 'c](d' )", ["link 1:6 b.md"]),
        ("[a](\n  b.md\n  'c')", ["link 2:3 b.md"]),
        ("> [a](\n> b.md)", ["link 2:3 b.md"]),
        ("[a](b\\)c&amp;d)", ["link 1:5 b\\)c&amp;d = b)c&d"]),
        ("[a](b&copy)", ["link 1:5 b&copy"]),
        ("[a]()", ["link 1:5 "]),
        ("[a](b]c)", ["link 1:5 b]c"]),
        ("[a](b](c)", []),
        ("[`](`](b.md)", ["link 1:8 b.md"]),
        ("[a [b](c.md) d](e.md)", ["link 1:8 c.md"]),
        ("[![a](b.png)](c.md)", ["image 1:7 b.png", "link 1:15 c.md"]),
        ("| a |\n|---|\n| é [b](c\\|d) |", ["link 3:9 c\\|d = c|d"]),
        ("[a]: b.md 'c'\n[a]: d.md\ntext\n[a]: e.md", ["reference 1:6 b.md", "reference 2:6 d.md"]),
        ("- [a]: b.md\n  [a]: c.md", ["reference 1:8 b.md", "reference 2:8 c.md"]),
        ("[a]:\n  <b c>\n\n```\n[a]: no.md\n```", ["reference 2:4 b c"]),
        ("[a]: http://b.c/d", ["reference 1:6 http://b.c/d"]),
        ("<http://a.b/&amp;>", ["autolink 1:2 http://a.b/&amp;"]),
        ("<a@b.c>", []),
        ("see http://a.b/c), (www.d.e).", ["autolink 1:5 http://a.b/c", "autolink 1:21 www.d.e = http://www.d.e"]),
        ("(https://a.b/c_(d)) *https://e.f*", ["autolink 1:2 https://a.b/c_(d)", "autolink 1:22 https://e.f"]),
        (">https://a.b\n\n|x|\n|-|\n|www.c.d|", ["autolink 1:2 https://a.b", "autolink 5:2 www.c.d = http://www.c.d"]),
        ("`http://a` <b c='http://d'> xhttp://e [http://f](g) \\`http://h", ["link 1:50 g"]),
        ("http:// www. http://", []),
        ("www.a.b/c_(d), www.e_f.g www.h_i.j.k xwww.l.m Www.n.o",
         ["autolink 1:1 www.a.b/c_(d) = http://www.a.b/c_(d)", "autolink 1:26 www.h_i.j.k = http://www.h_i.j.k"]),
        ("[a](www.b.c) <a href='www.d.e'>", ["link 1:5 www.b.c", "html 1:23 www.d.e"]),
        ("a <a href='b.md'>c</a> <IMG SRC=d.png>", ["html 1:12 b.md", "html 1:33 d.png"]),
        ("> <p>\n> é <a\n>  href=\"b.md\">", ["html 3:10 b.md"]),
        ("<!-- <a href='no.md'> -->\n`<a href='no.md'>`", []),
        ("[a][b] [c][] [d] ![e][f]",
         ["reference 1:5 b !undefined_reference", "reference 1:9 c !undefined_reference",
          "reference 1:23 f !undefined_reference"]),
        ("x[i][j] [ ][x] [1][2] [a][b](c.md) \\[a][b]", ["link 1:30 c.md"]),
        ("[^1] `[^2]` \\[^3] [^no] a[^4](b)", ["footnote 1:3 1 = ^1 !undefined_footnote", "link 1:31 b"]),
        ("[^1] [^2] [^no]\n\n[^1]: x",
         ["footnote 1:8 2 = ^2 !undefined_footnote", "footnote 1:13 no = ^no !undefined_footnote"]),
        ("$[a](no.md)$ $$\n[a](no.md)\n$$ US$1 [a](b.md) A$2", ["link 3:13 b.md"]),
        ("$$ a\n```\n$$\n```\n$$\n\n[a](b.md)$$", ["link 7:5 b.md"]),
        ("|a|b|c|\n|-|-|-|\n|$x|[a](b.md)|y$|\n|$$|[a](c.md)|$$|", ["link 3:9 b.md", "link 4:9 c.md"]),
        ("[a]: b.md (http://c)\n[A]: d.md 'http://e'", ["reference 1:6 b.md", "reference 2:6 d.md"]),
        ("\\$[a](b.md)$ `$`[a](c.md)$", ["link 1:7 b.md", "link 1:21 c.md"]),
        ("~~~\n[no](no.md) http://no\n~~~\n    [no](no.md)", []),
        ("plain [x] text & more", []),
    ],
)  # fmt: skip
def test_links(text: str, found: list[str]) -> None:
    assert links(text) == found


def test_a_link_has_its_text() -> None:
    texts = [link.text for link in read("[a\n *b*](c) ![d](e) [f]: g\n\n[h i]: j").links]
    assert texts == ["a *b*", "d", "h i"]


def test_targets_follow_references() -> None:
    assert read("[a] ![b](c) [d][a] <ee:f> http://g\n\n[a]: h\n[a]: i").targets == ["h", "c", "h", "ee:f"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# a", [(1, 1, "a", 3, 1, "a", False)]),
        ("x\n\n  ##  a *b* ##\n", [(3, 2, "a *b*", 7, 3, "a b", False)]),
        ("é\nb `c`\n===\n", [(1, 1, "é\nb `c`", 1, 3, "é\nb c", False)]),
        (
            "> # a\n\n- # b\n\n# c",
            [(1, 1, "a", 5, 1, "a", True), (3, 1, "b", 5, 3, "b", True), (5, 1, "c", 3, 5, "c", False)],
        ),
        ("[^1]: # a\n# b", [(1, 1, "a", 9, 1, "a", True), (2, 1, "b", 3, 2, "b", False)]),
        ("#\n##  ##", [(1, 1, "", 1, 1, "", False), (2, 2, "", 1, 2, "", False)]),
        ("# a#\n# b \\#", [(1, 1, "a#", 3, 1, "a#", False), (2, 1, "b \\#", 3, 2, "b #", False)]),
        ("# ![a](b) <c> &#x20;d", [(1, 1, "![a](b) <c> &#x20;d", 3, 1, "   d", False)]),
        ("---\na: b\n---\n# c", [(4, 1, "c", 3, 4, "c", False)]),
        ("a\r\n# b\r\n", [(2, 1, "b", 3, 2, "b", False)]),
        ("```\n# no\n```\n\n    # no\n\n<p>\n# no\n</p>\n\n#no", []),
    ],
)
def test_headings(text: str, found: list[tuple[object, ...]]) -> None:
    assert [tuple(heading) for heading in read(text).headings] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# &#x20;a", ["-a"]),
        ("# a&#x20;", ["a-"]),
        ("# a\n## a\n<h1>a</h1>\n\n# a", ["a", "a-1", "a-2", "a-3"]),
        ("# `a_b` __c__ d_e", ["a_b-c-d_e"]),
        ("# ![a](b) c", ["-c"]),
        ("# a [b](c) [d]\n\n[d]: e", ["a-b-d"]),
        ("x <a id='Top'></a>\n\n<p name=&quot;q>\n</p>", ['"q', "top"]),
        ("`<a id='no'>` <!-- <a id='no'> -->", []),
    ],
)
def test_anchors(text: str, found: list[str]) -> None:
    assert sorted(read(text).anchors) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```py x\na\n```\n", [("fence", 1, 3, True, "py x")]),
        ("```\n```\n\n~~~\n~~~~", [("fence", 1, 2, True, ""), ("fence", 4, 5, True, "")]),
        ("```\na", [("fence", 1, 2, False, "")]),
        ("```", [("fence", 1, 1, False, "")]),
        ("```\n\n", [("fence", 1, 2, False, "")]),
        ("````\n```\n~~~~", [("fence", 1, 3, False, "")]),
        ("> ```\n> a\n\nb", [("fence", 1, 2, False, "")]),
        ("- ```\n  a\n  ```\n- b", [("fence", 1, 3, True, "")]),
        ("a\n\n    b\n\n    c\n\n\nd", [("code", 3, 5, True, "")]),
        ("<!-- a\n\nb --> c\nd", [("html", 1, 3, True, "")]),
        ("<div>\na\n</div>\n\nb <i>c</i>", [("html", 1, 3, True, "")]),
        ("---\na: b\n---\n```\n```", [("fence", 4, 5, True, "")]),
        ("a\n    b", []),
    ],
)
def test_blocks_without_markdown(text: str, found: list[tuple[object, ...]]) -> None:
    assert [tuple(block) for block in read(text).opaque] == found


def test_code_spans_comments_footnotes_and_tables() -> None:
    found = read("é `` a` `` <!-- b --> [^1]\n\n<!-- c\n-->\n\n|d|\n|-|\n|`e`|\n\n[^1]: f\n$`no`$ `g")
    assert [tuple(span) for span in found.codes] == [(1, 5, " a` "), (8, 3, "e")]
    assert [tuple(span) for span in found.comments] == [(1, 12, "<!-- b -->"), (3, 1, "<!-- c\n-->")]
    assert [tuple(span) for span in found.footnotes] == [(10, 3, "1")]
    assert [tuple(table) for table in found.tables] == [(6, 8)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("---\na: b\n---\nc", 3),
        ("---\n...\n", 2),
        ("---\nno key\n---\n", 0),
        ("\n---\na: b\n---\n", 0),
        ("---\na: b\n", 0),
    ],
)
def test_front_matter(text: str, lines: int) -> None:
    assert read(text).front == lines


@given(st.text(alphabet="a`[]()<>!\\\n #-é\r\0&;:/^$|*\"'=~", max_size=60))
def test_every_text_has_a_structure(text: str) -> None:
    source, found = SourceText.from_text("x.md", text), read(text)
    for link in found.links:
        at = source.offset(link.line, link.column)
        assert source.text[at : at + len(link.raw)] == link.raw or "\n" in link.raw or "\0" in text
    assert [link[1:3] for link in found.links] == sorted(link[1:3] for link in found.links)
    if not may_hold_links(text):
        assert not (found.links or found.comments or found.footnotes)


TOKENS = [
    "<!--", "<?", "<![CDATA[", "<!A", "x <!--", "x <?", "x <![CDATA[", "x <!A", "http://a)))", " (http://a", "[",
    "[a](", "*a", "`", "``` `", "![", "<a ", "<a x='", "|", "- ", "> ", "&", "[^", "[^1]", "]", "[a][b]", "[a]: b\n",
    "[a]: b\n[b]:", "[^a]: b\n", "$a", "$$ ", "~~", "_a", "[é](é)", "<a href=é>", "<a href=é>\n", "<h1>\n", "<h1 ",
    "</h2><h1>", "<script>", "\\", "# a\n", "a\n-\n", "|a\n|-\n", "\t", "\r", "![a](b)", "<!-- a -->", "`é` ", "[a](<",
    "(", "x](",
]  # fmt: skip


def test_time_grows_with_the_length() -> None:
    """400 kB of each take some seconds together; a quadratic one alone would take minutes."""
    code = (
        "import sys; from autopack_hooks.markdown.reader import read\n"
        "for token in eval(sys.stdin.read()): read(token * (400_000 // len(token)))"
    )
    subprocess.run([sys.executable, "-c", code], input=repr(TOKENS), text=True, check=True, timeout=240)
