"""Block structure: the fast pass says what the full parser says."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from autopack_hooks.core.text import SourceText
from autopack_hooks.markdown.blocks import Block, Blocks, scan_blocks

KINDS = {"fence": "fence", "code_block": "code", "html_block": "html"}
PIECES = [
    "",
    "",
    "a",
    "word and more",
    "  indented",
    "    four",
    "     five",
    "\ttab",
    " \t mixed",
    "# h",
    "## BUILD-1",
    "#no",
    "#",
    "####### seven",
    "# h #",
    "===",
    "---",
    "- - -",
    "***",
    "* * *",
    "___",
    "=",
    "-",
    "--",
    "- a",
    "-",
    "- ",
    "-a",
    "* b",
    "+ c",
    "1. d",
    "2) e",
    "1234567890. f",
    "12.g",
    "  - nested",
    "    - deeper",
    "- - twice",
    "- # h in list",
    "- ```",
    "  ```",
    "```",
    "```py",
    "````",
    "~~~",
    "``` `x",
    "`code`",
    "``x``",
    "    ```",
    "> q",
    ">",
    "> > r",
    "> - s",
    ">t",
    "> ```",
    "> # h",
    "<!--",
    "-->",
    "<!-- x -->",
    "<div>",
    "</div>",
    "<b>",
    "<?p",
    "?>",
    "<!X",
    "<script>",
    "</script>",
    "<a b='c'>",
    "**bold**",
    "*em*",
    "**",
    "_x_",
    "~x~",
    "|a|b|",
    "|---|",
    "[a]: b",
    "[a]:",
    "  [b]: <c> 'd'",
    "'",
    "\\# no",
    "&amp;",
    "a  ",
    "a\\",
    "\u2028x",
    "\x0cf",
    "\xa0",
    "\u3000 x",
    "-\ta",
    "1.\tb",
    "-\xa0n",
    "é",
    "0",
    "9",
    "`",
    "x ```",
    "- \t z",
    "-    four",
    "-     five",
]
documents = st.lists(st.sampled_from(PIECES), max_size=14).map("\n".join)
free_text = st.text(st.sampled_from("-+*>#`~ \t\n\n\n=_<!1.)a|[]:\\é"), max_size=60)


def scan(text: str) -> Blocks:
    return scan_blocks(text, SourceText.from_text("x.md", text).lines)


def reference(text: str) -> tuple[list[tuple[int, int, str]], list[tuple[str, int, int]]]:
    """Headings at the top and opaque blocks, as the unchanged parser tells them."""
    tokens = MarkdownIt("commonmark").disable(["inline", "reference"]).parse(text)
    headings, opaque = [], []
    for i, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            headings.append((token.map[0] + 1, int(token.tag[1]), tokens[i + 1].content))
        elif token.type in KINDS and token.map:
            opaque.append((KINDS[token.type], token.map[0] + 1, token.map[1]))
    return headings, opaque


@settings(max_examples=600, deadline=None)
@given(documents | free_text)
@example("- a\n\nb\n- c\n---")
@example("a\n- b")
@example("> - s\n    - deeper")
@example("a\n-")
@example("a\n2. b")
@example("> a\nb\n===")
@example("- a\n  - b\nc\n    - d")
def test_the_fast_pass_changes_nothing(text: str) -> None:
    found = scan(text)
    headings, opaque = reference(text)
    assert [(h.line, h.level, h.text) for h in found.headings] == headings
    assert [(b.kind, b.start, b.end) for b in found.opaque] == opaque


@settings(max_examples=150, deadline=None)
@given(documents, st.sampled_from(["\r\n", "\r"]))
def test_newline_style_changes_nothing(text: str, newline: str) -> None:
    assert scan(text) == scan(text.replace("\n", newline))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | documents)
def test_every_place_is_in_the_text(text: str) -> None:
    lines = SourceText.from_text("x.md", text).lines
    found = scan(text)
    for heading in found.headings:
        line = lines[heading.line - 1]
        assert 1 <= heading.column <= len(line) + 1
        assert heading.column == 1 or line[heading.column - 1 :].startswith(heading.text.split("\n")[0])
    ends = 0
    for block in found.opaque:
        assert ends < block.start <= block.end <= len(lines)
        ends = block.end


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("```\nx\n```\n", [Block("fence", 1, 3)]),
        ("```\nx\n", [Block("fence", 1, 2, False)]),
        ("```", [Block("fence", 1, 1, False)]),
        ("```\nx", [Block("fence", 1, 2, False)]),
        ("```\n```", [Block("fence", 1, 2)]),
        ("````\n```\n````\n", [Block("fence", 1, 3)]),
        ("```\n~~~\n", [Block("fence", 1, 2, False)]),
        ("```\n``` x\n", [Block("fence", 1, 2, False)]),
        ("```\n    ```\n", [Block("fence", 1, 2, False)]),
        ("- ```\n  x\n\nafter\n", [Block("fence", 1, 3, False)]),
        ("- ```\n  x\n  ```\n", [Block("fence", 1, 3)]),
        ("> ```\n> x\nafter\n", [Block("fence", 1, 2, False)]),
        ("    code\n\nx", [Block("code", 1, 1)]),
        ("<!-- a\n\nb -->\n", [Block("html", 1, 3)]),
        ("a `<!--` b\n", []),
        ("text\n    lazy\n", []),
    ],
)
def test_opaque_blocks(text: str, blocks: list[Block]) -> None:
    found = scan(text).opaque
    assert [(b.kind, b.start, b.closed) for b in found] == [(b.kind, b.start, b.closed) for b in blocks]


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("# a", [(1, 1, "a", 3)]),
        ("   ##   a b ##  ", [(1, 2, "a b", 9)]),
        ("    # a", []),
        ("#a", []),
        ("a\nb\n---", [(1, 2, "a\nb", 1)]),
        ("- # a", []),
        ("> # a", []),
        ("x\n# a\ny", [(2, 1, "a", 3)]),
        ("# a `|` #b", [(1, 1, "a `|` #b", 3)]),
        ("##\ta", [(1, 2, "a", 4)]),
        ("#", [(1, 1, "", 1)]),
    ],
)
def test_headings_have_their_place(text: str, headings: list[tuple[int, int, str, int]]) -> None:
    assert [tuple(heading) for heading in scan(text).headings] == headings


def test_deep_nesting_is_read_without_recursing_away() -> None:
    for text in (
        ">" * 5000 + " a\n# b\n",
        "- " * 5000 + "a\n\n# b\n",
        "".join(" " * i + "- a\n" for i in range(300)) + "\n# b\n",
    ):
        assert [heading.text for heading in scan(text).headings][-1:] in ([], ["b"])


@pytest.mark.parametrize(("text", "needed"), [("# a\n\nb\n\n- c\n\n```\nd\n```\n", False), ("> a\n", True)])
def test_plain_blocks_are_read_without_the_parser(text, needed):
    code = (
        "import sys; from autopack_hooks.markdown.blocks import scan_blocks\n"
        f"scan_blocks({text!r}, {text!r}.split('\\n')); print('markdown_it' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{needed}\n"
