"""Small ledgers of decisions, problems and builds, parsed from their texts."""

from __future__ import annotations

from collections.abc import Iterable

from autopack_hooks.ledger.dialect import DIALECTS, Dialect
from autopack_hooks.ledger.model import Entry, Ledger
from autopack_hooks.project.loader import make_ledger
from autopack_hooks.project.workspace import LedgerFile

DECISIONS, PROBLEMS, BUILDS = "architecture-decisions", "debug-log", "build-history"


def section(entry_id: str, title: str, body: str, status: str = "Accepted", date: str = "2026-01-02") -> str:
    return f"### {entry_id} | {date} | {title}\n\n**Status**: {status}\n\n{body}\n"


def ledger_of(dialect: str, sections: Iterable[str], name: str = "") -> Ledger:
    kind = DIALECTS[dialect]
    path = f"docs/{dialect}.md"
    text = "# Ledger\n\n" + "\n".join(sections)
    return make_ledger(LedgerFile(name or dialect, path, kind), {path: text.encode()})


def files_ledger(dialect: str, files: dict[str, str]) -> Ledger:
    kind: Dialect = DIALECTS[dialect]
    contents = {f"docs/adr/{name}": text.encode() for name, text in files.items()}
    return make_ledger(LedgerFile("adr", "docs/adr/*.md", kind), contents)


def entry_of(body: str, title: str = "Title") -> Entry:
    return ledger_of(DECISIONS, [section("DEC-001", title, body)]).entries["DEC-001"]
