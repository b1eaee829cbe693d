"""The map: every room is on it, and every function that it names exists."""

from __future__ import annotations

import importlib
import operator
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/ARCHITECTURE.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)*):([A-Za-z_.]+)`", PAGE)))


def test_every_room_is_shown() -> None:
    rooms = {path.parent.name for path in (ROOT / "autopack_hooks").glob("*/__init__.py")}
    shown = re.findall(r"^\| `(\w+)/` \|", PAGE, re.MULTILINE)
    assert sorted(shown) == sorted(rooms)


@pytest.mark.parametrize(("module", "name"), NAMED)
def test_every_function_exists(module: str, name: str) -> None:
    found = importlib.import_module(f"autopack_hooks.{module}")
    assert callable(operator.attrgetter(name)(found))


def test_there_are_many_of_them() -> None:
    assert len(NAMED) > 25


def test_the_arrows_are_those_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    held = [[room for room in re.findall(r"[(\w)]+", layer) if "(" not in room] for layer in layers]
    drawn = PAGE.partition("do not import each other:\n\n")[2].partition("\n\n")[0]
    assert [line.split() for line in drawn.split("\n")] == held[1:]
