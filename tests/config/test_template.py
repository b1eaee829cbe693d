"""The configuration file that init writes."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
import yaml

from autopack_hooks.config.model import Config, parse_config
from autopack_hooks.config.template import scalar, settings_file
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS

UNCOMMENTED = re.compile(r"^(\s*)#(?=\S)", re.MULTILINE)


def parsed(text: str) -> Config:
    return parse_config(text.encode(), ".autopack-hooks.yaml")


def with_qdrant(config: Config) -> Config:
    qdrant = dataclasses.replace(config.sync.qdrant, path=".autopack/qdrant")
    return dataclasses.replace(
        config, source=".autopack-hooks.yaml", sync=dataclasses.replace(config.sync, qdrant=qdrant)
    )


def test_it_means_the_defaults_and_an_embedded_store() -> None:
    assert parsed(settings_file("demo")) == with_qdrant(Config(project="demo"))


def test_every_shown_default_is_the_default() -> None:
    shown = parsed(UNCOMMENTED.sub(r"\1", settings_file("demo")))
    assert shown.ledgers is not None
    assert {name: (ledger.path, ledger.dialect) for name, ledger in shown.ledgers.items()} == DEFAULT_LEDGERS
    assert dataclasses.replace(shown, ledgers=None) == with_qdrant(Config(project="demo"))


def test_each_option_can_be_uncommented_alone() -> None:
    lines = settings_file("demo").split("\n")
    options = [number for number, line in enumerate(lines) if UNCOMMENTED.match(line)]
    assert len(options) > 15
    for number in options:
        parsed("\n".join([*lines[:number], UNCOMMENTED.sub(r"\1", lines[number]), *lines[number + 1 :]]))


@pytest.mark.parametrize("name", ["a: b", "#x", "yes", "1.0", "-", "ünï", "it's", '"', "a\nb", "{}", "&a", "null", "~"])
def test_any_folder_name_can_be_a_project(name: str) -> None:
    text = UNCOMMENTED.sub(r"\1", settings_file(name))
    assert yaml.safe_load(text)["project"] == name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("LED", "LED"),
        ("docs/a.md", "docs/a.md"),
        ("sqlite:///autopack.db", "sqlite:///autopack.db"),
        ("10%", "10%"),
        ("**/*.md", '"**/*.md"'),
        ("", '""'),
        ("no", '"no"'),
        ("a, b", '"a, b"'),
        (("a", "b c"), '[a, "b c"]'),
        ((), "[]"),
        ({}, "{}"),
        (None, "null"),
        (True, "true"),
        (120.0, "120"),
        (0.5, "0.5"),
    ],
)
def test_scalar(value: Any, text: str) -> None:
    assert scalar(value) == text
    read = yaml.safe_load(text)
    assert read == (list(value) if isinstance(value, tuple) else value)
