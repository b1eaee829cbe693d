"""Dialects of one's own: what the configuration takes, and how a ledger is then read."""

from __future__ import annotations

import dataclasses
import json

import pytest

from autopack_hooks.config.dialects import DialectConfig
from autopack_hooks.config.model import parse_config
from autopack_hooks.core.errors import ConfigError
from autopack_hooks.ledger.dialect import DIALECTS, Dialect
from tests.ledger.folders import ledger_of, told


def dialect(**keys: object) -> Dialect:
    """The dialect ``own`` with these keys."""
    data = json.dumps({"dialects": {"own": keys}, "ledgers": {"a": {"path": "a.md", "dialect": "own"}}})
    return parse_config(data.encode(), "c.yaml").dialects["own"]


def test_every_key_is_one_of_a_dialect() -> None:
    keys = {field.name for field in dataclasses.fields(DialectConfig)} - {"like"}
    assert keys == {field.name for field in dataclasses.fields(Dialect)} - {"name", "roles"}


@pytest.mark.parametrize("name", DIALECTS)
def test_like_another_one_is_that_one(name: str) -> None:
    assert dialect(like=name) == dataclasses.replace(DIALECTS[name], name="own")


RFC = dialect(
    prefix="RFC",
    headings=["{id} ({date}): {title}", "{id}: {title}"],
    level=2,
    columns={"RFC": "id", "Title": "title", "State": "status", "Since": "date"},
    field_roles={"State": "status", "Overrides": "supersedes"},
    fields=["plain"],
    statuses=["draft", "final", "withdrawn"],
    supersession=True,
)
TEXT = """\
# RFCs

| RFC | Title | State | Since |
|---|---|---|---|
| RFC-2 | Be kind | final | 2026-01-02 |
| RFC-1 | Be quick | withdrawn | 2026-01-01 |

## RFC-2 (2026-01-02): Be kind

State: final
Overrides: RFC-1

### Why

## RFC-1: Be quick

- State: withdrawn
"""


def test_a_ledger_in_ones_own_words() -> None:
    ledger = ledger_of({"x.md": TEXT}, RFC)
    assert {e.entry_id: (e.title, str(e.date)[:10], len(e.parts)) for e in ledger.entries.values()} == {
        "RFC-2": ("Be kind", "2026-01-02", 2), "RFC-1": ("Be quick", "2026-01-01", 2),
    }  # fmt: skip
    assert [section.form for section in ledger.sections] == ["canonical", "canonical"]
    assert (RFC.first_status, RFC.levels) == ("draft", (2,))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("# RFCs", "# All", []),
        ("State: final", "State: shelved", ["x.md:5 LED034", "x.md:10 LED013"]),
        ("## RFC-1: Be", "## RFC-1 | Be", ["x.md:15 LED024"]),
        ("Overrides: RFC-1", "Overrides: RFC-9", ["x.md:11 LED030"]),
        ("- State: withdrawn", "- State: final", ["x.md:6 LED034", "x.md:11 LED028"]),
        ("| RFC-1 | Be quick", "| RFC-3 | Be quick", ["x.md:6 LED006", "x.md:15 LED007"]),
        ("## RFC-1:", "## RFC 1:", ["x.md:15 LED003"]),
    ],
)
def test_it_is_checked_as_any_other(old: str, new: str, expected: list[str]) -> None:
    assert old in TEXT
    assert told({"x.md": TEXT.replace(old, new)}, RFC) == expected


def test_a_dialect_of_files() -> None:
    own = dialect(like="nygard", prefix="DR", digits=3, headings=["{id} {title}"], statuses=["open", "done"])
    files = {"d/001-a.md": "# DR-001 A\n\n## Status\n\nopen\n", "d/DR-2-b.md": "# DR-2 B\n\nStatus: done\n"}
    assert list(ledger_of(files, own).entries) == ["DR-001", "DR-002"]
    assert told(files, own) == []
    assert told({"d/003-c.md": "# C\n\nStatus: waiting\n"}, own) == ["003-c.md:1 LED024", "003-c.md:3 LED013"]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "dialects.own needs a prefix"),
        ({"prefx": "RFC"}, "unknown key 'prefx' in dialects.own; did you mean 'prefix'?"),
        ({"prefix": "R("}, "dialects.own.prefix must be a word"),
        ({"prefix": "RFC-"}, "dialects.own.prefix must be a word"),
        ({"like": "mard"}, "dialects.own.like must be one of"),
        ({"like": "madr", "entries": "folders"}, "dialects.own.entries must be one of headings, files"),
        ({"like": "madr", "ids": "versions"}, "dialects.own: versions have no prefix"),
        ({"like": "madr", "digits": 0}, "dialects.own.digits must be a whole number from 1 to 9"),
        ({"like": "madr", "level": 7}, "dialects.own.level must be a whole number from 1 to 6"),
        ({"like": "madr", "level": True}, "dialects.own.level must be a whole number"),
        ({"like": "debug-log", "levels": [2]}, "dialects.own: level 3 must be one of levels"),
        ({"like": "madr", "headings": []}, "dialects.own.headings must have at least one form"),
        ({"like": "madr", "headings": ["{id}"]}, "dialects.own.headings: '{id}' must hold {title}"),
        ({"like": "debug-log", "headings": ["{title}"]}, "must hold {id} and no {number}"),
        ({"like": "debug-log", "headings": ["{id} {number}"]}, "must hold {id} and no {number}"),
        ({"like": "debug-log", "headings": ["{id}{title}"]}, "must have text between its placeholders"),
        ({"like": "debug-log", "headings": ["{id} {title} {title}"]}, "each of its placeholders once"),
        ({"like": "debug-log", "headings": ["{id}: {tittle}"]}, "may hold no braces but {id}, {number}"),
        ({"like": "debug-log", "headings": ["{id}: {title} }"]}, "may hold no braces but"),
        ({"like": "debug-log", "headings": ["### {id}: {title}"]}, "without its number signs"),
        ({"like": "debug-log", "headings": ["{id}:\n{title}"]}, "on one line"),
        ({"like": "debug-log", "columns": {"A": "idd"}}, "dialects.own.columns.A must be one of date, id"),
        ({"like": "debug-log", "columns": {"A": "title"}}, "one column with the role id"),
        ({"like": "debug-log", "columns": {"A": "id", "B": "id"}}, "one column with the role id"),
        ({"like": "debug-log", "columns": {"A": "id", "a": "title"}}, "different headers"),
        ({"like": "debug-log", "columns": ["A"]}, "dialects.own.columns must map each column's header"),
        ({"like": "madr", "fields": ["regex"]}, "dialects.own.fields[0] must be one of bold, plain"),
        ({"like": "madr", "field_roles": {"a.*": "status"}}, "dialects.own.field_roles.a.* must be a field's name"),
        ({"like": "madr", "statuses": ["a"], "first_status": "b"}, "first_status must be one of its statuses: a"),
        ({"like": "madr", "template": "x"}, "must hold {heading}"),
        ({"like": "madr", "template": "{heading} {owner}"}, "may hold no braces but {heading}, {id}"),
    ],
)
def test_slips_are_named(keys: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        dialect(**keys)
    assert message in str(caught.value) and str(caught.value).startswith("c.yaml: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dialects: [a]", "dialects must map names"),
        ("dialects: {madr: {like: nygard}}", "dialects.madr is built in; give yours another name"),
        ("dialects: {'a b': {like: nygard}}", "'a b' is not a name"),
        ("dialects: {a: 1}", "dialects.a must be a mapping"),
        ("ledgers: {a: {path: a.md, dialect: own}}", "ledgers.a.dialect must be one of build-history"),
        ("dialects: {own: {like: madr}}\nledgers: {a: {path: a.md, dialect: owm}}", "decision-log, own, not 'owm'"),
    ],
)
def test_slips_around_a_dialect_are_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(text.encode(), "c.yaml")


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("docs/adr", "madr", "docs/adr/*.md"),
        ("docs/adr/", "nygard", "docs/adr/*.md"),
        ("docs/adr/*.md", "madr", "docs/adr/*.md"),
        ("docs/adr/0001-a.md", "madr", "docs/adr/0001-a.md"),
        ("docs/adr", "debug-log", "docs/adr"),
    ],
)
def test_a_folder_stands_for_its_documents_where_entries_are_files(path: str, name: str, expected: str) -> None:
    config = parse_config(f"ledgers: {{a: {{path: {path}, dialect: {name}}}}}".encode(), "c.yaml")
    assert config.ledgers is not None and config.ledgers["a"].path == expected


def test_no_heading_is_slow_to_read() -> None:
    own = dialect(prefix="A", headings=["{id} - {title} ({date})", "{id} {status}: {title}"])
    line = "### A-1 - " + "a (2026-01-0 - " * 20_000
    assert [section.form for section in ledger_of({"x.md": line}, own).sections] == ["variant"]
