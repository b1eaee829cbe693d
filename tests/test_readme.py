"""What the README says is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from autopack_hooks.commands.cli.catalog import COMMANDS
from autopack_hooks.config.model import parse_config
from autopack_hooks.core import errors
from autopack_hooks.install import precommit
from autopack_hooks.install.origin import Origin
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS
from autopack_hooks.main import main
from tests.support import GitRepo

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def table(header: str) -> list[list[str]]:
    """The cells of the table whose first header cell is ``header``, backticks dropped."""
    lines = README.split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {header} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
    return rows


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def test_the_block_to_paste_is_the_one_that_init_writes() -> None:
    assert blocks("yaml")[0] == precommit.new_file(Origin("/path/to/autopack-hooks", "COMMIT"))


def test_the_example_configuration_is_valid() -> None:
    config = parse_config(blocks("yaml")[1].encode(), "README.md")
    assert config.sync.qdrant.path == ".autopack/qdrant"


def test_the_example_ledger_is_valid(repo: GitRepo) -> None:
    repo.write("docs/BUILD_HISTORY.md", f"# Build History\n\n{blocks('markdown')[0]}")
    assert main(["check", "--repo", str(repo.root)]) == 0


def test_every_command_is_told_and_exists() -> None:
    assert [row[0] for row in table("command")] == [f"autopack-hooks {name}" for name in COMMANDS]


def test_every_hook_is_told_with_its_stages() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {row[0]: row[2] for row in table("id")} == {hook["id"]: ", ".join(hook["stages"]) for hook in hooks}


def test_every_ledger_is_told() -> None:
    told = {row[0]: (row[1], row[2]) for row in table("ledger")}
    assert told == DEFAULT_LEDGERS
    for _, _, dialect, example in table("ledger"):
        assert DIALECTS[dialect].id_pattern.fullmatch(example)


def test_every_exit_code_is_told() -> None:
    codes = {value for name, value in vars(errors).items() if name.isupper() and isinstance(value, int)}
    assert {int(row[0]) for row in table("exit code")} == codes


def test_every_command_of_dev_is_told() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    usage = (ROOT / "dev.py").read_text("utf-8").split('"""')[1]
    for command in re.findall(r"^  (\w+) ", usage, re.MULTILINE):
        assert f"`python3 dev.py {command}" in contributing, command
