"""The facts of a ledger, from its text and from the cache."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autopack_hooks.ledger.dialect import BUILD_HISTORY, DEBUG_LOG
from autopack_hooks.sync.source import Facts, LedgerSource
from autopack_hooks.workspace import LedgerFile
from tests.support import LEDGER

PATH = "docs/L.md"
TWICE = LEDGER + "\n### BUILD-002 | 2026-01-02 | Second\n\nAgain.\n"


def source(
    folder: Path | None, text: str | bytes = LEDGER, dialect=BUILD_HISTORY, name="build_history"
) -> LedgerSource:
    data = text if isinstance(text, bytes) else text.encode()
    return LedgerSource(LedgerFile(name, PATH, dialect), {PATH: data}, (), folder)


def parsed(made: LedgerSource) -> bool:
    return "_parsed" in vars(made)


@pytest.mark.parametrize("text", [LEDGER, TWICE, "", b"### BUILD-001 | x\n\xff"])
def test_the_cache_says_what_the_text_says(tmp_path, text):
    plain = source(None, text).facts
    first, second = source(tmp_path, text), source(tmp_path, text)
    assert first.facts == second.facts == plain
    assert parsed(first) and not parsed(second)


def test_facts():
    assert source(None, TWICE).facts.duplicates == ["BUILD-002"] and len(source(None, TWICE).facts.hashes) == 3
    assert source(None, b"a\n\xff").facts.fault.startswith(f"{PATH}:2: ")


@pytest.mark.parametrize(
    "other", [{"text": TWICE}, {"dialect": DEBUG_LOG}, {"text": LEDGER.replace("\n", "\r\n")}, {"name": "other"}]
)
def test_what_differs_is_parsed(tmp_path, other):
    assert source(tmp_path).facts
    made = source(tmp_path, **other)
    assert made.facts == source(None, **other).facts and parsed(made)


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"key": 1}', "hashes", "[" * 9999])
def test_a_damaged_cache_is_thrown_away(tmp_path, damage):
    right = source(tmp_path).facts
    [kept] = tmp_path.iterdir()
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "hashes": 3}) if damage == "hashes" else damage)
    assert source(tmp_path).facts == right
    again = source(tmp_path)
    assert again.facts == right and not parsed(again)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert source(blocked / "cache").facts == source(None).facts != Facts({}, ())


def test_another_parser_is_another_version(tmp_path, monkeypatch):
    assert source(tmp_path).facts
    monkeypatch.setattr("autopack_hooks.sync.source._parser", lambda: "edited")
    made = source(tmp_path)
    assert made.facts and parsed(made)
