from __future__ import annotations

import pytest

from autopack_hooks.markdown.html import find_attributes, find_comments, find_headings


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<a href="x.md">', ["url x.md"]),
        ("<a href='x.md'>", ["url x.md"]),
        ("<a href=x.md>", ["url x.md"]),
        ("<A\n  HREF = ' x.md '\n>", ["url x.md"]),
        ('<img alt="a > b" src="p.png"/>', ["url p.png"]),
        ('<source srcset="a.png 1x, b.png 2x">', ["url a.png", "url b.png"]),
        ('<img srcset="a.png, b.png">', ["url a.png", "url b.png"]),
        ('<h2 id="Top"><a name="x"></a></h2>', ["anchor Top", "anchor x"]),
        ('<p id=one><span id="two">', ["anchor one", "anchor two"]),
        ('<video src="v.mp4" poster="p.png">', ["url v.mp4", "url p.png"]),
        ('<!-- <a href="x.md"> --><a href="y.md">', ["url y.md"]),
        ('<script>var a = \'<a href="x.md">\'</script><a href="y.md">', ["url y.md"]),
        ("<script>never closed <a href='x.md'>", []),
        ('<!-- never closed <a href="x.md">', []),
        ('<p href="x.md">', []),
        ('<a data-href="x.md">', []),
        ("a < b and c > d", []),
        ("</a href='x.md'>", []),
    ],
)
def test_attributes(text: str, found: list[str]) -> None:
    got = list(find_attributes(text))
    assert [f"{item.name} {item.raw}" for item in got] == found
    assert all(text[item.start :].startswith(item.raw) for item in got)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<h1 align='center'>My <b>Project</b></h1>", ["My Project"]),
        ("<h2>a</h2>\n<h3>b &amp; c</h3>", ["a", "b & c"]),
        ("<h1>never closed", []),
        ("<h1>never closed<h2>b</h2>", ["b"]),
        ("<h1>a<!-- </h1> -->b</H1 >", ["ab"]),
        ("</h1><h1>a</h1></h1>", ["a"]),
        ("<hr><header>x</header>", []),
    ],
)
def test_headings(text: str, found: list[str]) -> None:
    assert list(find_headings(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<!-- a --> b <!--c-->", ["<!-- a -->", "<!--c-->"]),
        ("<!--> a -->", ["<!-->"]),
        ("<!-- a", ["<!-- a"]),
        ("<!- a -->", []),
    ],
)
def test_comments(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in find_comments(text)] == found
