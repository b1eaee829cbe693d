"""Every command that the pages show can be typed, and prints what stands below it."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from unittest import SkipTest

import pytest

from autopack_hooks.commands.cli.catalog import COMMANDS
from autopack_hooks.main import main
from tests.shown import ROOT, commands, from_sources, is_shown, parse

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GENERATED = ("rules.md",)
LEDGERS = ("ARCHITECTURE_DECISIONS.md", "BUILD_HISTORY.md", "DEBUG_LOG.md")
WRITTEN = [page for page in PAGES if page.name not in GENERATED + LEDGERS]
SKIPPED = 8
"""How many blocks may be left out: what installs something, needs a server, or runs these tests."""


@pytest.mark.skipif(os.name == "nt", reason="the pages show a POSIX shell")
@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_the_page_shows_what_happens(page: Path, tmp_path: Path) -> None:
    for example in parse(page, from_sources(tmp_path / "ann")).examples():
        try:
            example.evaluate()
        except SkipTest:
            continue


def test_few_blocks_are_left_out_and_each_says_why() -> None:
    skips = [
        line for page in WRITTEN for line in page.read_text("utf-8").split("\n") if re.match(r"\s*<!-- skip:", line)
    ]
    assert len(skips) <= SKIPPED
    assert all(re.search(r'skip: next "\w[^"]+" -->$', line) for line in skips)


def test_commands_stand_in_blocks_that_are_run() -> None:
    for page in WRITTEN:
        assert not re.search(r"^\s*```(sh|bash|shell|zsh)$", page.read_text("utf-8"), re.MULTILINE), page.name


INLINE = sorted(
    {
        (page.name, command)
        for page in WRITTEN
        for command in re.findall(
            r"`autopack-hooks ([a-z][^`]*)`", re.sub(r"(?ms)^\s*```.*?^\s*```$", "", page.read_text("utf-8"))
        )
    }
)


@pytest.mark.parametrize(("page", "command"), INLINE)
def test_a_command_in_a_sentence_exists(page: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, *args = shlex.split(command)
    assert name in COMMANDS, page
    options = {arg.split("=")[0] for arg in args if arg.startswith("--") and arg != "--"}
    action = [arg for arg in args[:1] if name in ("lock", "audit") and arg.isalpha() and arg.islower()]
    with pytest.raises(SystemExit) as end:
        main([name, *action, "--help"])
    assert end.value.code == 0
    assert options <= set(re.findall(r"--[a-z-]+", capsys.readouterr().out)), page


@pytest.mark.parametrize(
    ("output", "shown", "same"),
    [
        ("a\nb\n", "a\nb", True),
        ("a\nb\n", "a", False),
        ("a\nb\nc\n", "a\n...\nc", True),
        ("a b c", "a ... c", True),
        ("a b d", "a ... c", False),
        ("at 0123456789ab", "at ba9876543210", True),
        ("at 0123456789ab", "at ba98765432101", False),
        ("2026-01-01T00:00:00Z x", "2027-02-03T04:05:06Z x", True),
        ("in 0.31 s", "in 1.5 s", True),
        ("a+b", "a.b", False),
        ("x  \ny", "x\ny", True),
    ],
)
def test_what_counts_as_shown(output: str, shown: str, same: bool) -> None:
    assert is_shown(output, shown) is same


def test_the_commands_of_a_block() -> None:
    assert list(commands("$ a\nx\n$ b \\\n> c\n\n$ d\n")) == [("a", "x\n"), ("b  c", "\n"), ("d", "")]
