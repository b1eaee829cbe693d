"""The report of a sync, as text, as one line for hooks, and as the fixed JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.plan_file import with_digest
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.runner import Source, TargetResult
from autopack_hooks.sync.source import LedgerSource


@dataclass(frozen=True)
class Report:
    """All that a run has to say; ``timings`` are seconds by phase (None: not to be told)."""

    mode: str
    execute: bool
    exit_code: int
    source: Source
    ledgers: Sequence[LedgerSource]
    outcomes: Mapping[str, TargetResult]
    resolved: Mapping[str, str]
    timings: Mapping[str, float] | None
    errors: Sequence[str]


def as_json(report: Report) -> str:
    """The object of the contract."""
    document = {
        "mode": report.mode,
        "execute": report.execute,
        "exit_code": report.exit_code,
        "source": source_document(report.source),
        "ledgers": {ledger.name: ledger_document(ledger) for ledger in report.ledgers},
        "targets": {name: target_document(name, outcome) for name, outcome in report.outcomes.items()},
        "errors": list(report.errors),
    }
    if report.timings is not None:
        document["timings"] = {phase: round(seconds, 4) for phase, seconds in report.timings.items()}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def source_document(source: Source) -> dict[str, Any]:
    """``source`` of the contract."""
    return {"commit": source.commit, "ref": source.ref, "worktree": source.worktree}


def ledger_document(ledger: LedgerSource) -> dict[str, Any]:
    """One of the ``ledgers`` of the contract."""
    return {"path": ledger.path, "entries": len(ledger.facts.hashes), "duplicates": list(ledger.facts.duplicates)}


def target_document(name: str, outcome: TargetResult) -> dict[str, Any]:
    """One of the ``targets`` of the contract."""
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
    lines = [f"sync {report.mode}{'' if report.execute else ' (nothing is written)'} from {place(report.source)}"]
    lines += [ledger_line(ledger) for ledger in report.ledgers]
    for name, url in report.resolved.items():
        outcome = report.outcomes.get(name)
        lines.append(f"  {name:<14} {_counts(name, outcome) if outcome else 'not touched'}  {url}")
    if report.timings is not None:
        lines.append("  timings        " + ", ".join(f"{k} {v:.2f} s" for k, v in report.timings.items()))
    return "\n".join(lines) + "\n"


def place(source: Source) -> str:
    """Where the ledgers were read, in words."""
    return "the working tree" if source.worktree else f"{source.ref} ({_short(source)})"


def ledger_line(ledger: LedgerSource) -> str:
    """One ledger: its name, how many entries it has, its path."""
    twice = len(ledger.facts.duplicates)
    more = f", {twice} {'id stands' if twice == 1 else 'ids stand'} more than once" if twice else ""
    return f"  {ledger.name:<14} {len(ledger.facts.hashes):>6} entries  {ledger.path}{more}"


def as_line(report: Report) -> str:
    """What a hook says: one line."""
    parts = [f"{name} {_counts(name, outcome)}" for name, outcome in report.outcomes.items()]
    return f"autopack-hooks: ledgers of {_short(report.source)} synced: {'; '.join(parts)}\n"


def _short(source: Source) -> str:
    return source.commit[:12] if source.commit else "no commit yet"


def _counts(name: str, outcome: TargetResult) -> str:
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


def plan_document(
    source: Source, mode: str, project_id: str, outcomes: Mapping[str, TargetResult], reasons: Sequence[str]
) -> dict[str, Any]:
    """``sync --plan``: keys as ``ledger/ID`` by target, the ``reasons`` why it needs an approval, and the digest of all
    of it, the commit and the targets' identities included."""
    targets = {name: {"url": outcome.url, **_lists(outcome.plan or Plan())} for name, outcome in outcomes.items()}
    body = {"version": 1, "mode": mode, "project": project_id, "commit": source.commit, "worktree": source.worktree}
    return with_digest({**body, "reason": "; ".join(reasons), "targets": targets})


def _lists(plan: Plan) -> dict[str, list[str]]:
    parts = {"insert": plan.insert, "update": plan.update, "delete": plan.delete}
    return {name: [shown(key) for key in keys] for name, keys in parts.items()}


def shown(key: Key) -> str:
    """A key as it is printed: ``ledger/ID``."""
    return "/".join(key)
