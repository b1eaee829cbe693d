"""The report of a sync, as text, as one line for hooks, and as the fixed JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autopack_hooks.ledger.model import Ledger
from autopack_hooks.sync.run import Outcome, Source


@dataclass(frozen=True)
class Report:
    """All that a run has to say; ``timings`` are seconds by phase (None: not to be told)."""

    mode: str
    execute: bool
    exit_code: int
    source: Source
    ledgers: Sequence[Ledger]
    outcomes: Mapping[str, Outcome]
    resolved: Mapping[str, str]
    timings: Mapping[str, float] | None
    errors: Sequence[str]


def as_json(report: Report) -> str:
    """The object of the contract."""
    document = {
        "mode": report.mode,
        "execute": report.execute,
        "exit_code": report.exit_code,
        "source": {
            "commit": report.source.commit,
            "ref": report.source.ref,
            "worktree": report.source.worktree,
        },
        "ledgers": {ledger.name: _ledger(ledger) for ledger in report.ledgers},
        "targets": {name: _target(name, outcome) for name, outcome in report.outcomes.items()},
        "errors": list(report.errors),
    }
    if report.timings is not None:
        document["timings"] = {phase: round(seconds, 4) for phase, seconds in report.timings.items()}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _ledger(ledger: Ledger) -> dict[str, Any]:
    duplicates = [e.entry_id for e in ledger.entries.values() if len(e.sections) > 1 or len(e.rows) > 1]
    return {"path": ledger.path, "entries": len(ledger.entries), "duplicates": duplicates}


def _target(name: str, outcome: Outcome) -> dict[str, Any]:
    document: dict[str, Any] = {
        "url": outcome.url,
        "inserted": outcome.inserted,
        "updated": outcome.updated,
        "deleted": outcome.deleted,
        "unchanged": outcome.unchanged,
    }
    if name == "qdrant":
        document["embedded"] = outcome.embedded
    if outcome.error:
        document["error"] = outcome.error
    return document


def as_text(report: Report) -> str:
    """A few lines: the source, the ledgers, each target with what was written, the timings."""
    where = "the working tree" if report.source.worktree else f"{report.source.ref} ({_short(report.source)})"
    lines = [f"sync {report.mode}{'' if report.execute else ' (nothing is written)'} from {where}"]
    for ledger in report.ledgers:
        duplicates = _ledger(ledger)["duplicates"]
        more = f", {len(duplicates)} ids stand more than once" if duplicates else ""
        lines.append(f"  {ledger.name:<14} {len(ledger.entries):>6} entries  {ledger.path}{more}")
    for name, url in report.resolved.items():
        outcome = report.outcomes.get(name)
        lines.append(f"  {name:<14} {_counts(name, outcome) if outcome else 'not touched'}  {url}")
    if report.timings is not None:
        lines.append("  timings        " + ", ".join(f"{k} {v:.2f} s" for k, v in report.timings.items()))
    return "\n".join(lines) + "\n"


def as_line(report: Report) -> str:
    """What a hook says: one line."""
    parts = [f"{name} {_counts(name, outcome)}" for name, outcome in report.outcomes.items()]
    return f"autopack-hooks: ledgers of {_short(report.source)} synced: {'; '.join(parts)}\n"


def _short(source: Source) -> str:
    return source.commit[:12] if source.commit else "no commit yet"


def _counts(name: str, outcome: Outcome) -> str:
    if outcome.error:
        return (
            "failed"
            if outcome.exit_code != 3
            else f"{outcome.inserted + outcome.updated + outcome.deleted} written, not all"
        )
    if not outcome.inserted + outcome.updated + outcome.deleted and outcome.plan is not None and not outcome.plan:
        return f"unchanged ({outcome.unchanged} entries)"
    text = f"{outcome.inserted} inserted, {outcome.updated} updated, {outcome.deleted} deleted"
    return text + (f", {outcome.embedded} passages embedded" if name == "qdrant" and outcome.embedded else "")
