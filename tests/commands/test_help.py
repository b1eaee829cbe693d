"""``help``: the commands, or the options and examples of one."""

from __future__ import annotations

import re
import shlex

import pytest

from autopack_hooks.commands.cli.catalog import COMMANDS, GROUPS, command_parser, load, parser_of
from autopack_hooks.core import errors
from autopack_hooks.main import main


def test_help_shows_what_the_option_shows(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["check"], ["lock", "run"]):
        assert main(["help", *words]) == 0
        shown = capsys.readouterr().out
        with pytest.raises(SystemExit, match="0"):
            main([*words, "--help"])
        assert capsys.readouterr().out == shown


def test_the_list_has_every_command_in_its_group_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    text = capsys.readouterr().out
    assert set(re.findall(r"^    ([a-z][a-z-]+) ", text, re.M)) == set(COMMANDS)
    assert {command.group for command in COMMANDS.values()} == set(GROUPS)
    codes = {value for name, value in vars(errors).items() if name.isupper()}
    assert {int(code) for code in re.findall(r"^  (\d+) ", text, re.M)} == codes - {errors.TERMINATED}


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["chekc"], "did you mean check?"),
        (["frobnicate"], "see `autopack-hooks --help`"),
        (["lock", "stats"], "did you mean status?"),
        (["lock", "frobnicate"], "known: status, run, break"),
        (["check", "x"], "it has none"),
    ],
)
def test_an_unknown_command_names_the_nearest(words: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("autopack-hooks: error: ") and err.endswith(f"{hint}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples_that_can_be_parsed(name: str) -> None:
    examples = re.findall(r"^    (autopack-hooks .+)$", parser_of(name).format_help(), re.M)
    assert examples
    for example in examples:
        _, command, *arguments = shlex.split(example)
        assert command == name
        command_parser(name, load(name)).parse_args(arguments)
