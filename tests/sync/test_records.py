from __future__ import annotations

import json

from autopack_hooks.ledger.dialect import BUILD_HISTORY, DEBUG_LOG
from autopack_hooks.project.workspace import LedgerFile
from autopack_hooks.sync.records import Records
from autopack_hooks.sync.source import LedgerSource
from tests.support import LEDGER


def records(text, dialect=BUILD_HISTORY, name="build_history"):
    file = LedgerFile(name, "docs/L.md", dialect)
    return Records([LedgerSource(file, {file.path: text.encode()}, ())], "demo")


def test_a_record_holds_what_the_ledger_says():
    record = records(LEDGER)["build_history", "BUILD-003"]
    assert record.key == ("build_history", "BUILD-003")
    assert (record.project_id, record.title, record.created_at) == ("demo", "Third", "2026-01-03T00:00:00+00:00")
    assert "Adds the third thing, after BUILD-002." in record.content
    assert "| 2026-01-03 | BUILD-003 | Third | Adds the third thing | 1 |" in record.content
    assert record.metadata["status"] == "Complete" and record.metadata["fields"] == {"Status": "Complete"}
    assert json.loads(json.dumps(record.metadata)) == record.metadata


def test_where_an_entry_stands_is_no_part_of_it():
    moved = "intro\n\n" * 5 + LEDGER
    assert records(moved)["build_history", "BUILD-001"] == records(LEDGER)["build_history", "BUILD-001"]


def test_a_row_alone_is_a_record_with_the_lead_of_its_summary_as_title():
    head = "## INDEX\n\n| Timestamp | DBG-ID | Severity | Summary | Status |\n|-|-|-|-|-|\n"
    text = head + "| soon | DBG-001 | LOW | **Locks**: held twice | Open |\n"
    record = records(text, DEBUG_LOG, "debug_log")["debug_log", "DBG-001"]
    assert (record.title, record.created_at) == ("Locks", None)
    assert record.metadata["severity"] == "LOW" and record.metadata["status"] == "Open"


def test_hashes_are_those_of_the_records():
    made = records(LEDGER)
    assert made.hashes == {key: made[key].content_hash for key in made} and len(made) == 3
