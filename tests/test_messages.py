"""Nothing that a command prints can be pasted and destroys: it names a page of ``explain``, which is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import autopack_hooks
from autopack_hooks.commands.cli.topics import TOPICS

PACKAGE = Path(autopack_hooks.__file__).parent
DESTRUCTIVE = re.compile(
    r"--force(?!-with-lease)|--allow-deletes|--set-back|lock break|rm -r|git rm|push -f|reset --hard|--beside --execute"
)
PAGES = PACKAGE / "commands" / "cli" / "topics.py"
NAMES = {"--force", "--allow-deletes", "--set-back", "lock break"}
"""Strings that are an option's or an action's name and nothing else."""


def texts(source: str) -> Iterator[tuple[int, str]]:
    """The string constants of a module that are not docstrings, with their lines."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_message_holds_a_destructive_command(path: Path) -> None:
    found = list(texts(path.read_text("utf-8")))
    named = {name for _, text in found for name in re.findall(r"autopack-hooks explain ([a-z]+)`", text)}
    assert named <= set(TOPICS)
    if path != PAGES:
        assert [(line, text) for line, text in found if text not in NAMES and DESTRUCTIVE.search(text)] == []


def test_every_option_that_lifts_a_guard_has_its_place_on_the_page() -> None:
    for option in ("--allow-deletes", "--set-back", "--approval"):
        assert option in TOPICS["guard"].text
