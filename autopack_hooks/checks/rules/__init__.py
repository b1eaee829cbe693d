"""The rules, one family per module with its codes, and their registry: these lists; nothing is found by import magic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.rules import (
    against,
    config,
    files,
    generated,
    headings,
    ids,
    links,
    markers,
    references,
    rows,
    supersession,
    values,
    versions,
)
from autopack_hooks.core.findings import Finding
from autopack_hooks.ledger.model import Document, Ledger

FileRule = Callable[[Document, RuleContext], Iterator[Finding]]
LedgerRule = Callable[[Ledger, RuleContext], Iterator[Finding]]

# Each file of a ledger on its own.
FILE_RULES: Sequence[FileRule] = (
    markers.conflict_markers,
    headings.malformed,
    headings.quoted,
    headings.stray,
    headings.unclaimed,
    headings.foreign,
    rows.cells,
    rows.places,
    rows.id_cells,
    rows.order,
    values.dates,
    values.words,
    generated.second_meta,
    generated.values,
    references.references,
    files.numbers,
    versions.links,
)
# What shows only in all files of a ledger together.
LEDGER_RULES: Sequence[LedgerRule] = (
    ids.duplicates,
    ids.halves,
    ids.listings,
    ids.removed,
    rows.contradictions,
    headings.titles,
    files.gaps,
    supersession.supersession,
)
_LEDGER_FAMILIES = (
    markers, headings, ids, rows, values, generated, references, files, supersession, versions, against,
)  # fmt: skip


def _by_code(codes: Sequence[Code]) -> list[Code]:
    return sorted(codes, key=lambda code: code.code)


CODES: dict[str, Code] = {
    code.code: code
    for code in (
        *_by_code([code for family in _LEDGER_FAMILIES for code in family.CODES]),
        *links.CODES,
        *config.CODES,
    )
}
"""Every code in the order of the manual: ledgers, links, configuration."""
