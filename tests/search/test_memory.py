"""Which entries are in force, open or superseded, and which cite which."""

from __future__ import annotations

import pytest

from autopack_hooks.search.memory import KnownEntry, Memory
from tests.search.helpers import BUILDS, DECISIONS, PROBLEMS, files_ledger, ledger_of, section


def only(dialect: str, entry_id: str, status: str) -> KnownEntry:
    return Memory([ledger_of(dialect, [section(entry_id, "T", "Text.", status)])]).entries[0]


@pytest.mark.parametrize(
    ("status", "in_force"),
    [
        ("Accepted", True), ("\u2705 Implemented", True), ("**Decided**", True), ("", True),
        ("Superseded by DEC-009", False), ("Proposed", False), ("Rejected", False), ("Deprecated", False), ("DRAFT", False),
    ],
)  # fmt: skip
def test_a_decision_in_force(status: str, in_force: bool) -> None:
    assert only(DECISIONS, "DEC-001", status).in_force == in_force


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        ("Open", True), ("\u26a0 Investigating", True), ("In Progress", True), ("Partially fixed", True),
        ("Resolved", False), ("\u2705 Fixed", False), ("", False), ("Documented", False), ("Reviewed", False),
    ],
)  # fmt: skip
def test_an_open_problem(status: str, is_open: bool) -> None:
    assert only(PROBLEMS, "DBG-001", status).open_problem == is_open
    assert not only(BUILDS, "BUILD-001", status).open_problem, "a build is not a problem"


def test_newest_first_and_undated_last() -> None:
    rows = [
        ("BUILD-002", "2026-01-01"),
        ("BUILD-003", "2026-01-01"),
        ("BUILD-004", "someday"),
        ("BUILD-001", "2026-02-01"),
    ]
    memory = Memory([ledger_of(BUILDS, [section(i, "T", "x", date=d) for i, d in rows])])
    assert [entry.entry_id for entry in memory.entries] == ["BUILD-001", "BUILD-003", "BUILD-002", "BUILD-004"]


def test_citations() -> None:
    decisions = [
        section("DEC-002", "New", "Replaces DEC-001, see DEC-001 and DEC-099."),
        section("DEC-001", "Old", "x"),
    ]
    near = "As DEC-002 says; not XDEC-001, DEC-001-NOTES or docs/DEC-001.md."
    memory = Memory([ledger_of(DECISIONS, decisions), ledger_of(BUILDS, [section("BUILD-001", "B", near)])])
    assert memory.cites[DECISIONS, "DEC-002"] == ["DEC-001"] and memory.cites[DECISIONS, "DEC-001"] == []
    assert memory.cited_by == {"DEC-001": ["DEC-002"], "DEC-002": ["BUILD-001"]}


def test_decision_files_cite_by_links_and_supersede() -> None:
    body = "# {n}. T\n\nDate: 2026-01-0{n}\n\n## Status\n\n{status}\n\n## Decision\n\n{text}\n"
    memory = Memory([
        files_ledger("nygard", {
            "0001-a.md": body.format(n=1, status="Superseded by [2. T](0002-b.md)", text="x"),
            "0002-b.md": body.format(n=2, status="Accepted", text="See [it](0001-a.md), [not](https://x.org/0001-a.md)."),
        })
    ])  # fmt: skip
    assert memory.cites["adr", "ADR-0002"] == ["ADR-0001"]
    newest, oldest = memory.entries
    assert newest.in_force and oldest.superseded_by == ("ADR-0002",) and not oldest.in_force
    assert "superseded" in oldest.in_line()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\n### Added\n\n- A parser\n", "1.2.0 2026-01-02 A parser"),
        ("", "1.2.0 2026-01-02"),
    ],
)
def test_a_version_is_its_own_title(text: str, wanted: str) -> None:
    ledger = ledger_of("keep-a-changelog", [f"## [1.2.0] - 2026-01-02\n{text}"])
    assert Memory([ledger]).entries[0].in_line() == wanted


@pytest.mark.parametrize(
    ("title", "text", "wanted"),
    [
        ("Storage", "Rows live here.", "DEC-001 2026-01-02 (accepted) Storage: Rows live here."),
        ("Rows live here", "Rows live here, always.", "DEC-001 2026-01-02 (accepted) Rows live here, always."),
        ("Storage", "", "DEC-001 2026-01-02 (accepted) Storage"),
    ],
)
def test_a_line_carries_the_decision_once(title: str, text: str, wanted: str) -> None:
    assert Memory([ledger_of(DECISIONS, [section("DEC-001", title, text)])]).entries[0].in_line() == wanted
