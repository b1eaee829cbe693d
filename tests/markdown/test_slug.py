from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.markdown.slug import Slugger, slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Plain", "plain"),
        ("The X & Y", "the-x--y"),
        ("snake_case and kebab-case", "snake_case-and-kebab-case"),
        ("  two  spaces ", "--two--spaces-"),
        ("a\tb", "ab"),
        ("C++ (the language)?", "c-the-language"),
        ("Ünïcödé Überschrift", "ünïcödé-überschrift"),
        ("日本語 見出し", "日本語-見出し"),
        ("½ and ²", "-and-"),
        ("Ⅷ stays", "ⅷ-stays"),
        ("ⓐ stays", "ⓐ-stays"),
        ("⚙️ gear", "️-gear"),
        ("🚀 launch", "-launch"),
        ("“quoted” — dash", "quoted--dash"),
        ("1. First", "1-first"),
        ("", ""),
    ],
)
def test_slugify(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_repeated_headings_count_on() -> None:
    slugger = Slugger()
    headings = ["echo", "echo", "echo 1", "echo-1", "echo"]
    assert [slugger.anchor(text) for text in headings] == ["echo", "echo-1", "echo-1-1", "echo-1-2", "echo-2"]


def rule(text: str) -> str:
    """The rule as it is written down, character by character."""
    deleted = ("No", "Pe", "Pf", "Pi", "Ps", "Po", "Pd", "Cc", "Cf", "Co", "Cn")
    letters = {*range(0x24B6, 0x24EA), *range(0x1F130, 0x1F14A), *range(0x1F150, 0x1F16A), *range(0x1F170, 0x1F18A)}
    out = ""
    for char in text.lower():
        category = unicodedata.category(char)
        if char in " -" or ord(char) in letters or not (category in deleted or category[0] in "SZ"):
            out += "-" if char == " " else char
    return out


@given(st.text())
def test_any_text_follows_the_rule(text: str) -> None:
    assert slugify(text) == rule(text)


@given(st.lists(st.sampled_from(["a", "a-1", "a 1", "a-1-1", "b", ""])))
def test_anchors_are_never_the_same(texts: list[str]) -> None:
    slugger = Slugger()
    anchors = [slugger.anchor(text) for text in texts]
    assert len(set(anchors)) == len(anchors)
