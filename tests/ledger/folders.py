"""Ledgers of several files, given as texts, and what the checks say of them."""

from __future__ import annotations

from collections.abc import Mapping

from autopack_hooks.checks.context import RuleContext
from autopack_hooks.config.model import CheckConfig
from autopack_hooks.ledger.dialect import DIALECTS, Dialect
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.project.loader import make_ledger
from autopack_hooks.project.workspace import LedgerFile
from tests.checks.helpers import check_ledgers

Files = Mapping[str, str]


def ledger_of(files: Files, dialect: str | Dialect = "madr") -> Ledger:
    """The ledger ``decisions`` whose files have these texts, by path."""
    known = DIALECTS[dialect] if isinstance(dialect, str) else dialect
    contents = {path: text.encode("utf-8", "surrogatepass") for path, text in files.items()}
    return make_ledger(LedgerFile("decisions", "docs/adr/*.md", known), contents)


def told(files: Files, dialect: str | Dialect = "madr", *, select: tuple[str, ...] = ("LED",)) -> list[str]:
    """``path:line CODE`` of all that the checks say."""
    found = check_ledgers(RuleContext([ledger_of(files, dialect)]), CheckConfig(select=select))
    return [f"{f.path.rpartition('/')[2]}:{f.line} {f.code}" for f in found]


def madr(title: str, status: str = "accepted", *, day: int = 1, more: str = "") -> str:
    """A decision as MADR 4 has it."""
    return (
        f"---\nstatus: {status}\ndate: 2026-01-{day:02}\n---\n\n# {title}\n\n"
        f"## Context and Problem Statement\n\nWe must choose.\n\n## Decision Outcome\n\nWe chose.\n{more}"
    )


def nygard(number: int, title: str, *status: str) -> str:
    """A decision as adr-tools writes it."""
    lines = "\n\n".join(status or ("Accepted",))
    return (
        f"# {number}. {title}\n\nDate: 2026-01-02\n\n## Status\n\n{lines}\n\n## Context\n\nWhy.\n\n## Decision\n\nSo.\n"
    )
