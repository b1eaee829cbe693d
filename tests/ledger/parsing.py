"""Ledgers of one file, from texts."""

from __future__ import annotations

from collections.abc import Sequence

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import Dialect
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.ledger.parse import parse_document


def parse_ledger(source: SourceText, name: str, dialect: Dialect, others: Sequence[Dialect] = ()) -> Ledger:
    """Return the ledger ``name`` that is one file."""
    return Ledger(name, source.path, dialect, [parse_document(source, name, dialect, others)])
