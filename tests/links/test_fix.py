"""Fixes change destinations and nothing else, for any document."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.links.extract import extract
from autopack_hooks.links.fix import Fix, fix_document, stands
from autopack_hooks.markdown.structure import IMAGE, LINK, REFERENCE, Link
from tests.links.helpers import TEXTS


def fixed(text: str, *fixes: tuple[int, int, str, str]) -> tuple[str, int]:
    """The text after the fixes, and how many were refused."""
    source = SourceText.from_text("x.md", text)
    done = fix_document(source, [Fix("x.md", *fix) for fix in fixes], lambda link: "bad" not in link.target)
    return done.after, len(done.refused)


@pytest.mark.parametrize(
    ("text", "fix", "after"),
    [
        ('[a](x.md#p "T")', (1, 5, "x.md#p", "y/z.md#p"), '[a](y/z.md#p "T")'),
        ("[a](<x y.md>)\r\n", (1, 6, "x y.md", "z y.md"), "[a](<z y.md>)\r\n"),
        ("[r]\n\n[r]: x.md 'T'\n", (3, 6, "x.md", "y.md"), "[r]\n\n[r]: y.md 'T'\n"),
        ("<img src='x.png'>", (1, 11, "x.png", "y.png"), "<img src='y.png'>"),
        ("| a\\|b | [a](x.md) |\n|---|---|\n", (1, 14, "x.md", "y.md"), "| a\\|b | [a](y.md) |\n|---|---|\n"),
        ("[![i](p.png)](x.md)", (1, 7, "p.png", "longer/p.png"), "[![i](longer/p.png)](x.md)"),
        ("# [a](x.md)\n", (1, 7, "x.md", "y.md"), "# [a](y.md)\n"),
    ],
)
def test_only_the_destination_changes(text: str, fix: tuple[int, int, str, str], after: str) -> None:
    assert fixed(text, fix) == (after, 0)


@pytest.mark.parametrize(
    "fix",
    [
        (1, 5, "other.md", "y.md"),
        (9, 5, "x.md", "y.md"),
        (1, 5, "x.md", "bad.md"),
        (1, 5, "x.md", "y z.md"),
        (1, 5, "x.md", "y.md) [b](z.md"),
        (1, 5, "x.md", "y\nz.md"),
        (1, 2, "a", "b"),
    ],
)
def test_what_cannot_be_proved_is_left_alone(fix: tuple[int, int, str, str]) -> None:
    assert fixed("[a](x.md)\n", fix) == ("[a](x.md)\n", 1)


def test_a_bad_fix_does_not_hold_up_a_good_one() -> None:
    text = "[a](x.md) [b](x.md) [c](x.md)"
    fixes = [(1, 5, "x.md", "one.md"), (1, 15, "x.md", "bad.md"), (1, 25, "x.md", "three.md")]
    assert fixed(text, *fixes) == ("[a](one.md) [b](x.md) [c](three.md)", 1)


def test_stands() -> None:
    source = SourceText.from_text("x.md", "a\n[b](c.md)")
    assert stands(source, Fix("x.md", 2, 5, "c.md", "d.md"))
    assert not stands(source, Fix("x.md", 0, 5, "c.md", "d.md"))
    assert not stands(source, Fix("x.md", 2, 0, "c.md", "d.md"))


def masked(source: SourceText, links: list[Link]) -> str:
    """The text with every destination taken out."""
    text = source.text
    for link in sorted(links, key=lambda item: -source.offset(item.line, item.column)):
        at = source.offset(link.line, link.column)
        text = text[:at] + text[at + len(link.raw) :]
    return text


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, newline=st.sampled_from(["\n", "\r\n"]), bom=st.booleans())
def test_any_document_keeps_everything_else(text: str, newline: str, bom: bool) -> None:
    source = SourceText.from_text("x.md", text.replace("\n", newline), bom=bom)
    before = [
        x for x in extract(source.text, mentions=False).links if x.form in (LINK, IMAGE, REFERENCE) and not x.fault
    ]
    fixes = [Fix("x.md", x.line, x.column, x.raw, "new/place.md#p") for x in before]
    done = fix_document(source, fixes, lambda link: True)
    after = SourceText.from_text("x.md", done.after, bom=bom)
    links = [x for x in extract(after.text, mentions=False).links if x.form in (LINK, IMAGE, REFERENCE) and not x.fault]
    assert [x.form for x in links] == [x.form for x in before]
    assert masked(after, links) == masked(source, before)
    again = fix_document(after, [Fix("x.md", x.line, x.column, x.raw, x.raw) for x in links], lambda link: True)
    assert again.after == done.after
