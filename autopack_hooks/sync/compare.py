"""What targets hold against what the ledgers say, entry by entry, for ``verify`` and ``status``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autopack_hooks.core.errors import FINDINGS
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.sync.execute import PreparedSync, SyncRequest, each, prepare
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.report import ledger_document, ledger_line, place, shown, source_document
from autopack_hooks.sync.runner import TargetResult, compare_target, exit_code


@dataclass(frozen=True)
class Differences:
    """Keys by what is wrong with them, each sorted.

    ``missing``: in the ledgers alone. ``stale``: stored with another content. ``foreign``: in the target alone.
    ``duplicate``: stored more than once, or only in part.
    """

    missing: Sequence[Key] = ()
    stale: Sequence[Key] = ()
    foreign: Sequence[Key] = ()
    duplicate: Sequence[Key] = ()

    @classmethod
    def of(cls, outcome: TargetResult) -> Differences:
        """The differences that ``outcome``'s plan would mend."""
        if outcome.plan is None or outcome.stored is None:
            return cls()
        plan, hashes = outcome.plan, outcome.stored.hashes
        whole = [key for key in plan.update if hashes[key]]
        broken = [key for key in plan.update if not hashes[key]]
        return cls(plan.insert, whole, plan.delete, broken)

    def __bool__(self) -> bool:
        return any(vars(self).values())


def compare(request: SyncRequest, workspace: Workspace) -> tuple[PreparedSync, dict[str, TargetResult]]:
    """Compare every target of the request's mode; writes nothing. A target's fault is in its outcome."""
    stage = prepare(request, workspace)
    outcomes: dict[str, TargetResult] = {}
    each(stage, outcomes, compare_target, stage.job)
    return stage, outcomes


def verdict(stage: PreparedSync, outcomes: Mapping[str, TargetResult]) -> int:
    """The exit code of ``verify``: a target's fault before a difference."""
    fault = exit_code(outcomes, stage.what.errors)
    return fault or (FINDINGS if any(map(Differences.of, outcomes.values())) else 0)


def as_json(mode: str, stage: PreparedSync, outcomes: Mapping[str, TargetResult]) -> str:
    """One object: every difference by its key."""
    document = {
        "mode": mode,
        "exit_code": verdict(stage, outcomes),
        "source": source_document(stage.source),
        "ledgers": {ledger.name: ledger_document(ledger) for ledger in stage.sources.ledgers},
        "targets": {name: _document(outcome) for name, outcome in outcomes.items()},
        "errors": errors(stage, outcomes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _document(outcome: TargetResult) -> dict[str, Any]:
    found = {name: [shown(key) for key in keys] for name, keys in vars(Differences.of(outcome)).items()}
    stored = outcome.stored
    marks = {"commit": stored.commit, "pending": stored.pending} if stored else {}
    return {
        "url": outcome.url, **marks, **found, "unchanged": outcome.unchanged,
        **({"error": outcome.error} if outcome.error else {}),
    }  # fmt: skip


def as_text(mode: str, stage: PreparedSync, outcomes: Mapping[str, TargetResult]) -> str:
    """The ledgers, each target in a line, and below it a line for each entry that differs."""
    lines = [f"verify {mode} against {place(stage.source)}"]
    lines += [ledger_line(ledger) for ledger in stage.sources.ledgers]
    for name, outcome in outcomes.items():
        found = vars(Differences.of(outcome))
        lines.append(f"  {name:<14} {summary(outcome)}  {outcome.url}")
        lines += [f"    {what:<9} {shown(key)}" for what, keys in found.items() for key in keys]
    return "\n".join(lines) + "\n"


def summary(outcome: TargetResult) -> str:
    """A target in a few words."""
    if outcome.error:
        return "not compared"
    parts = [f"{len(keys)} {what}" for what, keys in vars(Differences.of(outcome)).items() if keys]
    return ", ".join(parts) or f"equal ({outcome.unchanged} entries)"


def errors(stage: PreparedSync, outcomes: Mapping[str, TargetResult]) -> list[str]:
    """What could not be read, and what could not be reached."""
    return [*stage.what.errors, *(outcome.error for outcome in outcomes.values() if outcome.error)]
