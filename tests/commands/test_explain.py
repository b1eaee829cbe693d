"""``explain``: one page, or the list."""

from __future__ import annotations

import pytest

from autopack_hooks.checks.manual import page
from autopack_hooks.checks.rules import CODES
from autopack_hooks.commands.cli.topics import TOPICS
from autopack_hooks.main import main


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("LED004", "LED004"),
        ("led004", "LED004"),
        ("CFG001", "CFG001"),
        ("led4", "LED004"),
        ("LED04", "LED004"),
        ("lnk-3", "LNK003"),
        ("led40", "LED040"),
    ],
)
def test_a_page_is_printed(code: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 0
    assert capsys.readouterr().out == page(CODES[name])


@pytest.mark.parametrize("family", ["LNK", "lnk"])
def test_a_family_is_listed(family: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", family]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == [code for code in CODES if code.startswith("LNK")]


def test_without_a_code_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [*CODES, *TOPICS]


@pytest.mark.parametrize("topic", [*TOPICS, "GUARD"])
def test_a_topic_is_a_page(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", topic]) == 0
    out = capsys.readouterr().out
    assert out == TOPICS[topic.lower()].text and all(len(line) <= 120 for line in out.splitlines())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("LED0O4", "did you mean LED004?"),
        ("LEDO04", "did you mean LED004?"),
        ("ledl4", "did you mean LED014?"),
        ("LDE004", "did you mean LED004?"),
        ("LED999", "did you mean LED"),
        ("zzz", "run `autopack-hooks explain` for the list"),
        ("LE", "is not a code"),
        ("led٤", "is not a code"),
        ("", "is not a code"),
    ],
)
def test_an_unknown_code_is_a_usage_error(code: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 2
    assert said in capsys.readouterr().err
