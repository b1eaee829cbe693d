"""Patterns of learned rules: the same answers as Python's own, in linear time, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.learn.patterns import Pattern, PatternError, compile_pattern

ATOMS = ["a", "b", ".", r"\d", "[ab1]", "[^a]", r"\w", r"\s", "(a|b1)", r"\b", "^", "$", "1", "(?:ab)", "(?P<x>b)"]
COUNTS = ["", "", "?", "*", "+", "{2}", "{1,3}", "{2,}", "*?"]
ANCHORS = {r"\b", "^", "$"}


@st.composite
def patterns(draw: st.DrawFn) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 5))):
        atom = draw(st.sampled_from(ATOMS))
        parts.append(atom + ("" if atom in ANCHORS or "?P" in atom else draw(st.sampled_from(COUNTS))))
    text = "".join(parts)
    return text if text.count("?P<x>") < 2 else "a"


@given(patterns(), st.text("ab1 -_", max_size=12))
def test_it_finds_what_python_finds(text: str, line: str) -> None:
    own, python = Pattern(text), re.compile(text)
    match = python.search(line)
    assert own.search(line) == (match.start() if match else None)
    assert own.fullmatch(line) is bool(python.fullmatch(line))


@pytest.mark.parametrize(
    "text",
    [
        "(",
        "[",
        "a{",
        "(?=a)",
        "(?<!a)b",
        r"(a)\1",
        "(?i)a",
        "a++",
        "(?>a)",
        "x" * 2000,
        "(a{99}){99}",
        "(" * 40 + ")" * 40,
    ],
)
def test_what_is_not_supported_is_refused(text: str) -> None:
    if text != "a{":
        with pytest.raises(PatternError):
            Pattern(text)
    else:
        assert Pattern(text).search("xa{") == 1, "as Python reads it"


@pytest.mark.parametrize("text", ["(a+)+$", "(a|aa)+c", "a*a*a*a*b", ".*.*.*=x", r"(\w+\s?)+!"])
def test_no_text_takes_long(text: str) -> None:
    assert Pattern(text).search("a" * 100_000) in (None, 0)


@pytest.mark.parametrize(
    "text, literal",
    [
        (r"TODO\(nobody\)", "TODO(nobody)"),
        (r"BUILD-\d{3}", "BUILD-"),
        ("a|b", ""),
        ("(abc)?de", "de"),
        ("(abc)+x", "abc"),
    ],
)
def test_the_literal_that_each_match_holds(text: str, literal: str) -> None:
    assert compile_pattern(text).literal == literal
