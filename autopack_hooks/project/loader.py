"""Reads and parses the ledgers that a view holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import Dialect
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.project.workspace import LedgerFile, View, Workspace, known_dialects, read_ledgers


@dataclass(frozen=True)
class Loaded:
    """The parsed ledgers, and the configured ones whose file is not there."""

    ledgers: Sequence[Ledger]
    missing: Sequence[LedgerFile]


def load_ledgers(workspace: Workspace, view: View) -> Loaded:
    """Parse every ledger of the configuration that ``view`` holds; never raises for what is in them."""
    files = workspace.ledgers(view)
    others = known_dialects(files)
    contents = read_ledgers(files, view)
    ledgers = [make_ledger(file, found, others) for file, found in contents.items() if found]
    return Loaded(ledgers, [file for file, found in contents.items() if not found])


def make_ledger(file: LedgerFile, contents: Mapping[str, bytes], others: Sequence[Dialect] = ()) -> Ledger:
    """The ledger whose files have these ``contents``, by path; never raises for what is in them."""
    sources = [SourceText.from_bytes(path, data) for path, data in sorted(contents.items())]
    documents = [parse_document(source, file.name, file.dialect, others) for source in sources]
    return Ledger(file.name, file.path, file.dialect, documents)
