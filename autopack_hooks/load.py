"""Reads and parses the ledgers that a view holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.ledger.parse import parse_ledger
from autopack_hooks.text import SourceText
from autopack_hooks.workspace import LedgerFile, View, Workspace


@dataclass(frozen=True)
class Loaded:
    """The parsed ledgers, and the configured ones whose file is not there."""

    ledgers: Sequence[Ledger]
    missing: Sequence[LedgerFile]


def load_ledgers(workspace: Workspace, view: View) -> Loaded:
    """Parse every ledger of the configuration that ``view`` holds; never raises for what is in them."""
    files = workspace.ledgers(view)
    contents = view.read([file.path for file in files])
    dialects = {file.dialect.prefix: file.dialect for file in files}
    others = [*dialects.values(), *(d for d in DIALECTS.values() if d.prefix not in dialects)]
    ledgers, missing = [], []
    for file in files:
        data = contents[file.path]
        if data is None:
            missing.append(file)
        else:
            ledgers.append(parse_ledger(SourceText.from_bytes(file.path, data), file.name, file.dialect, others))
    return Loaded(ledgers, missing)
