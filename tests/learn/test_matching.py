"""Where rules are broken: links, texts, entries; as many that are fine."""

from __future__ import annotations

from typing import Any

import pytest

from autopack_hooks.core.text import SourceText
from autopack_hooks.learn.matching import breaks, document_hits, existence, id_like, ledger_hits, own_case_faults
from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.learned import LearnedRule
from autopack_hooks.project.loader import make_ledger
from autopack_hooks.project.workspace import LedgerFile
from tests.support import LEDGER

PATH = "docs/BUILD_HISTORY.md"


def rule(kind: str, **own: Any) -> LearnedRule:
    return LearnedRule(
        {"id": "a1", "kind": kind, "scope": ["**/*.md"], "positives": [], "negatives": [], "to": None, **own}
    )


@pytest.mark.parametrize(
    "path, text, found",
    [
        ("README.md", "See [x](docs/old.md).", [(1, 9)]),
        ("README.md", "[x](./docs/../docs/old.md#a) [y](/docs/old.md?plain=1)", [(1, 5), (1, 34)]),
        ("docs/a.md", "\n[x](old.md)\n\n[y]: ../docs/old.md\n", [(2, 5), (4, 6)]),
        ("docs/a.md", "[x](%6Fld.md) old.md", [(1, 5)]),
        ("docs/a.md", "[x](docs/old.md) [y](https://e.org/docs/old.md) [z](old.md.bak)", []),
        ("docs/a.md", "`[x](old.md)` and old.md", []),
        ("docs/a.md", "```\n[x](old.md)\n```\n", []),
        ("docs/sub/a.md", "[x](old.md) [y](#old.md) [z](mailto:old.md)", []),
        ("src/a.py", "[x](docs/old.md)", []),
    ],
)
def test_links(path: str, text: str, found: list[tuple[int, int]]) -> None:
    hits = document_hits(rule("link_moved", **{"from": "docs/old.md"}), SourceText.from_text(path, text))
    assert [(hit.line, hit.column) for hit in hits] == found


@pytest.mark.parametrize(
    "text, found", [("a\r\nxTODO(x)\r\nTODO(x) TODO(x)", [(2, 2), (3, 1)]), ("todo(x) TODO()", []), ("", [])]
)
def test_texts(text: str, found: list[tuple[int, int]]) -> None:
    hits = document_hits(rule("forbidden_text", pattern=r"TODO\(x\)"), SourceText.from_text("a.md", text))
    assert [(hit.line, hit.column) for hit in hits] == found


@pytest.mark.parametrize(
    "kind, own, text, found",
    [
        ("required_field", {"field": "status"}, LEDGER, []),
        ("required_field", {"field": "Tests"}, LEDGER, ["BUILD-003", "BUILD-002", "BUILD-001"]),
        ("required_field", {"field": "Status"}, LEDGER.replace("**Status**: Complete\n", "", 1), ["BUILD-003"]),
        ("id_format", {"pattern": r"BUILD-\d{3}"}, LEDGER, []),
        ("id_format", {"pattern": r"BUILD-\d{3}"}, LEDGER.replace("BUILD-001 |", "BUILD-1 |"), ["BUILD-1"]),
        ("id_format", {"pattern": r"BUILD-\d{3}"}, LEDGER + "\n### BUILD_12 | 2026-01-01 | X\n", ["BUILD-12"]),
        ("id_format", {"pattern": r"BUILD-\d{3}"}, LEDGER + "\n### Notes on BUILD 12\n", []),
    ],
)
def test_ledgers(kind: str, own: dict[str, str], text: str, found: list[str | None]) -> None:
    ledger = make_ledger(LedgerFile("build_history", PATH, DIALECTS["build-history"]), {PATH: text.encode()})
    hits = list(ledger_hits(rule(kind, ledger="build_history", **own), [ledger]))
    assert [hit.entry_id for hit in hits] == found and all(hit.line > 0 for hit in hits)
    assert not list(ledger_hits(rule(kind, ledger="other", **own), [ledger]))


@pytest.mark.parametrize(
    "kind, own, path, text, broken",
    [
        ("required_field", {"field": "Tests"}, "a.md", "**Status**: x\n**tests**: pass", False),
        ("required_field", {"field": "Tests"}, "a.md", "- Tests: pass", False),
        ("required_field", {"field": "Tests"}, "a.md", "no Tests: here\n", True),
        ("id_format", {"pattern": r"B-\d"}, "a.md", " B-1 ", False),
        ("id_format", {"pattern": r"B-\d"}, "a.md", "B-12", True),
        ("id_format", {"pattern": r"B-\d"}, "a.py", "B-12", False),
        ("note", {"signature": "no space"}, "", "disk: no space left", True),
        ("note", {"signature": "no space"}, "", "spaces", False),
    ],
)
def test_cases(kind: str, own: dict[str, str], path: str, text: str, broken: bool) -> None:
    assert breaks(rule(kind, **own), path, text) is broken


def test_a_rule_is_held_to_its_cases() -> None:
    bad, fine, other = ({"path": p, "text": t} for p, t in (("a.md", "XXX"), ("a.md", "xxx"), ("a.py", "XXX")))
    assert not list(own_case_faults(rule("forbidden_text", pattern="XXX", positives=[bad], negatives=[fine, other])))
    assert (
        len(list(own_case_faults(rule("forbidden_text", pattern="XXX", positives=[fine, other], negatives=[bad])))) == 3
    )


def test_folders_are_there_too() -> None:
    there = existence(["a/b/c.md"])
    assert [there(path) for path in ("a", "a/b", "a/b/c.md", "a/b/c", "b")] == [True, True, True, False, False]


@pytest.mark.parametrize(
    "text, found",
    [("### BUILD_12 | x", "BUILD_12"), ("Build 7: y", "Build 7"), ("BUILD-001.2", "BUILD-001.2"), ("building 7", ""),
     ("REBUILD-7", ""), ("docs/BUILD-7.md", ""), ("BUILD", "")],
)  # fmt: skip
def test_what_looks_like_an_id(text: str, found: str) -> None:
    assert id_like("BUILD", text) == found
