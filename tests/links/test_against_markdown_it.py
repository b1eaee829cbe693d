"""The extraction against markdown-it-py itself, on any text: the same links in the same order, the same headings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from autopack_hooks.core.text import SourceText
from autopack_hooks.links.blocks import HEADING, scan_structure
from autopack_hooks.links.extract import extract
from autopack_hooks.links.model import IMAGE, LINK

PIECES = [
    "[a](x.md)", "![i](p.png)", "[r]", "[a][r]", "[r][]", "[q]: t.md\n", "[r]: d.md 'T'\n", "[", "]", "(", ")", "](", "][",
    "`", "``", "<", ">", "<b>", "<!--", "-->", "\\", "*", "**", "_", "~", "#", "# h\n", "## h ##\n", "- ", "* ", "+ ",
    "1. ", "2) ",
    "> ", "    ", "  ", "\t", "\n", "\n\n", "```\n", "~~~\n", "---\n", "===\n", "***\n", "| a | b |\n", "|---|---|\n", "|", "\\|",
    "<div>\n", "</div>\n", "<pre>\n", "</pre>", "word", "a b", "x(y)", "<u v>", '"t"', "'", "é", "!", "&amp;", ":",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def reference_parse(text: str) -> list[Token]:
    return MarkdownIt("commonmark", {"maxNesting": 100}).enable("table").parse(text)


def targets(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    for token in tokens:
        if token.type == "link_open" and token.info != "auto":
            yield LINK, str(token.attrs["href"])
        elif token.type == "image":
            yield IMAGE, str(token.attrs["src"])
        yield from targets(token.children or [])


def inline_links(text: str) -> list[str]:
    """Targets of inline links and images as markdown-it writes them."""
    md = MarkdownIt("commonmark")
    facts = extract(SourceText.from_text("x.md", text), mentions=False)
    return sorted(md.normalizeLink(link.target) for link in facts.links if link.form in (LINK, IMAGE))


def expected_links(text: str) -> list[str]:
    # Links through a definition are ours at the definition, so those of the reference parse are taken out by name.
    defined = {"t.md", "d.md"}
    return sorted(href for _, href in targets(reference_parse(text)) if href not in defined)


@settings(max_examples=600, deadline=None)
@given(TEXTS)
@example("> - [a](x.md)\n  lazy [a](x.md)\n")
@example("- - [a](x.md)\n\n      code [a](x.md)\n")
@example("| a | b |\n|---|---|\n| `x\\|y` | [a](x.md) |\n")
@example("a\n| b |\n|---|\n[a](x.md)\n")
def test_same_inline_links(text: str) -> None:
    assert inline_links(text) == expected_links(text)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_same_headings(text: str) -> None:
    tokens = reference_parse(text)
    expected = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    got = [content for kind, content in scan_structure(text).headings if kind == HEADING]
    assert [_words(content) for content in got] == [_words(content) for content in expected]


def _words(text: str) -> list[str]:
    return text.split()


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_every_place_is_exact(text: str) -> None:
    source = SourceText.from_text("x.md", text)
    for link in extract(source, mentions=True).links:
        at = source.offset(link.line, link.column)
        assert text[at : at + len(link.raw)] == link.raw


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_newlines_do_not_matter(newline: str, text: str) -> None:
    plain = extract(SourceText.from_text("x.md", text), mentions=True)
    other = extract(SourceText.from_text("x.md", text.replace("\n", newline)), mentions=True)
    assert [link[:4] for link in plain.links] == [link[:4] for link in other.links]
    assert plain.anchors == other.anchors
