"""The JSON Schema of the configuration says what the checks of the configuration say."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from autopack_hooks.config.dialects import DialectConfig
from autopack_hooks.config.model import SECTIONS, LedgerConfig, parse_config
from autopack_hooks.config.schema import config_schema, schema_file
from autopack_hooks.config.template import settings_file
from autopack_hooks.core.errors import ConfigError

ROOT = Path(__file__).parents[2]
SCHEMA = config_schema()

GOOD = [
    "",
    "version: 1",
    "check: {select: [LED, CFG001], severity: {LED007: warning}, allow_removal: true}",
    "check:\nlinks:\nsync:\nlocks:",
    "ledgers: {}",
    "ledgers: {build_history: {path: b.md}, decisions: {path: docs/adr/*.md, dialect: madr}}",
    "dialects: {rfc: {like: decision-log, prefix: RFC, columns: {RFC: id, Title: title}, headings: ['{id}: {title}']}}",
    "dialects: {rfc: {like: madr, prefix: null}}",
    "links: {nav: [README.md], pattern_ignores: [{pattern: a, reason: b}]}",
    "sync: {qdrant: {path: a}, max_deletes: 10, max_seconds: 1.5, branches: null}",
    "sync: {max_deletes: 2.5%}",
    "locks: {names: [deploy]}",
]
BAD = [
    "[]",
    "version: 2",
    "versoin: 1",
    "project: ' '",
    "check: {select: [led]}",
    "check: {select: LED}",
    "check: {severity: {LED007: bad}}",
    "check: {baseline: ../x}",
    "check: {baseline: /x}",
    "check: {allow_removal: 'yes'}",
    "ledgers: {a: {path: x.md}}",
    "ledgers: {a: {path: x.md, dialect: 'a b'}}",
    "ledgers: {'a b': {path: x.md, dialect: madr}}",
    "ledgers: []",
    "dialects: {madr: {like: madr}}",
    "dialects: {own: {like: madr, digits: 0}}",
    "dialects: {own: {prefix: 'R('}}",
    "dialects: {own: {like: madr, columns: {A: idd}}}",
    "dialects: {own: {like: madr, headings: ['{foo}']}}",
    "dialects: {own: {like: madr, fields: [x]}}",
    "links: {pattern_ignores: [{patern: a}]}",
    "links: {history: -1}",
    "sync: {max_seconds: 0}",
    "sync: {max_deletes: 10 percent}",
    "sync: {qdrant: {pth: a}}",
    "sync: {mode: all}",
    "locks: {names: [queue]}",
    "locks: {names: [A]}",
]


def validator() -> Any:
    """A validator of the schema, where the package is installed."""
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


def value_of(text: str) -> Any:
    return yaml.safe_load(text)


@pytest.mark.parametrize("text", [*GOOD, settings_file("demo")])
def test_what_the_checks_take_the_schema_takes(text: str) -> None:
    parse_config(text.encode(), "c.yaml")
    assert not list(validator().iter_errors(value_of(text)))


@pytest.mark.parametrize("text", BAD)
def test_what_the_checks_refuse_the_schema_refuses(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_config(text.encode(), "c.yaml")
    assert list(validator().iter_errors(value_of(text)))


def test_the_project_s_own_configuration_is_valid() -> None:
    own = ROOT / ".autopack-hooks.yaml"
    if own.exists():
        assert not list(validator().iter_errors(value_of(own.read_text("utf-8"))))


@pytest.mark.parametrize("kind", [*SECTIONS.values(), LedgerConfig, DialectConfig])
def test_every_option_says_what_it_takes_and_why(kind: type[Any]) -> None:
    for option in options(kind):
        assert option.metadata["check"].schema, option.name
        assert option.metadata["doc"], option.name


def options(kind: type[Any]) -> list[dataclasses.Field[Any]]:
    """The options of a section and of those in it."""
    nested = [f for f in dataclasses.fields(kind) if dataclasses.is_dataclass(f.default)]
    plain = [f for f in dataclasses.fields(kind) if f not in nested]
    return [*plain, *(option for f in nested for option in options(type(f.default)))]


def test_every_key_of_the_file_is_in_the_schema() -> None:
    assert set(SCHEMA["properties"]) == {"version", "project", "ledgers", "dialects", *SECTIONS}
    for name, kind in SECTIONS.items():
        assert set(SCHEMA["properties"][name]["properties"]) == {f.name for f in dataclasses.fields(kind)}


def test_defaults_are_values_that_pass() -> None:
    for name, kind in SECTIONS.items():
        check_defaults(SCHEMA["properties"][name], kind, name)


def check_defaults(schema: dict[str, Any], kind: type[Any], where: str) -> None:
    for f in dataclasses.fields(kind):
        shown = schema["properties"][f.name]
        if "properties" in shown:
            check_defaults(shown, type(f.default), f"{where}.{f.name}")
        elif "default" in shown:
            f.metadata["check"](shown["default"], f"{where}.{f.name}")


def test_the_file_is_what_the_code_says() -> None:
    assert (ROOT / "docs/autopack-hooks.schema.json").read_text("utf-8") == schema_file()
    assert json.loads(schema_file()) == SCHEMA
