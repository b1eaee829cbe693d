"""Text that is printed does not steer the terminal."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.terminal import (
    escape,
    escaped_path,
    in_color,
    json_text,
    text_of,
    use_color,
    write_line,
    write_styled,
    write_text,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain é 漢字 \\x1b", "plain é 漢字 \\x1b"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\tc\r", "a\\x0ab\\x09c\\x0d"),
        ("\x7f\x9b\u2028\u202e\udc80", "\\x7f\\x9b\\x2028\\x202e\\xdc80"),
    ],
)
def test_escape(text: str, expected: str) -> None:
    assert escape(text) == expected


@given(st.text())
def test_what_is_escaped_is_printable(text: str) -> None:
    assert escape(text).isprintable()
    assert escape(escape(text)) == escape(text)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a::b.md", "a::b.md"),
        ("::error::x.md", "./::error::x.md"),
        (" ::error::x.md", "./ ::error::x.md"),
        ("##[error]x.md", "./##[error]x.md"),
        ("##x.md", "##x.md"),
        (":x", ":x"),
        ("a\nb", "a\\x0ab"),
    ],
)
def test_a_path_that_begins_a_line(path: str, expected: str) -> None:
    assert escaped_path(path) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("a: b::c\n", "a: b::c\n"),
        ("::set-output::x\n", "\\x3a:set-output::x\n"),
        ("a\n  ::x\n", "a\n  \\x3a:x\n"),
        ("a ##[x] ##vso[y] ## [z]\n", "a ##\\x5bx] ##vso\\x5by] ## [z]\n"),
        ("a\tb\r\n\x9b\u2028", "a\\x09b\\x0d\n\\x9b\\x2028"),
    ],
)
def test_a_text_of_lines(text: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_text(text)
    assert capsys.readouterr().out == expected


def test_lines_and_annotations(capsys: pytest.CaptureFixture[str]) -> None:
    write_line("::a\nb")
    write_line("c", error=True)
    write_text("::error file=a::b\x1b\n", annotations=True)
    assert tuple(capsys.readouterr()) == ("\\x3a:a\\x0ab\n::error file=a::b\\x1b\n", "c\n")
    assert text_of(["a\nb", "c"]) == "a\\x0ab\nc\n"


@given(st.dictionaries(st.text(), st.text()), st.sampled_from([None, 2]))
def test_json_is_printable_and_the_same(value: dict[str, str], indent: int | None) -> None:
    text = json_text(value, indent)
    assert json.loads(text) == json.loads(json.dumps(value))
    assert text.replace("\n", "").isprintable()
    assert "##[" not in json_text({"##[a##[": "##vso[##[b"})
    assert json.loads(json_text({"##[a##[": "##vso[##[b"})) == {"##[a##[": "##vso[##[b"}


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "wanted"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"TERM": "xterm"}, True, True),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_who_decides_on_colour(
    choice: str, environ: dict[str, str], terminal: bool, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    use_color(choice, environ)
    decided = in_color()
    use_color("never", {})
    assert decided == wanted


def test_each_stream_is_decided_on_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    use_color("auto", {})
    decided = in_color(), in_color(error=True)
    use_color("never", {})
    assert decided == (False, True)


def test_colour_is_ours_alone(capsys: pytest.CaptureFixture[str]) -> None:
    parts = (("path", "a\x1b[31m\nb"), ":1: ", ("code", "LED001"), " ", ("error", ""), "::error::x ##[group]")
    plain = "a\\x1b[31m\\x0ab:1: LED001 ::error::x ##\\x5bgroup]\n"
    use_color("never", {})
    write_styled(*parts)
    assert capsys.readouterr().out == plain
    use_color("always", {})
    write_styled(*parts)
    write_styled(("bold", "::error::x"), error=True)
    use_color("never", {})
    out, err = capsys.readouterr()
    assert out.startswith("\x1b[1ma\\x1b[31m\\x0ab\x1b[0m:1: \x1b[36mLED001\x1b[0m ")
    assert "##[" not in out and err == "\x1b[1m\\x3a:error::x\x1b[0m\n"
