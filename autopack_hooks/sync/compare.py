"""The differences between what targets hold and what the ledgers say, entry by entry, for ``verify`` and ``status``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autopack_hooks.core.errors import FINDINGS
from autopack_hooks.core.terminal import json_text, text_of
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.sync.deadline import Clocks
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.report import Report, described, ledger_lines, printed, source_document
from autopack_hooks.sync.runner import SyncRequest, SyncRun
from autopack_hooks.sync.target import TargetResult


@dataclass(frozen=True)
class Differences:
    """The keys of the entries that differ, each list sorted.

    Attributes:
        missing: Only in the ledgers, or stored in part.
        stale: Stored with another content.
        foreign: Only in the target.
        duplicate: Stored more than once.
    """

    missing: Sequence[Key] = ()
    stale: Sequence[Key] = ()
    foreign: Sequence[Key] = ()
    duplicate: Sequence[Key] = ()

    @classmethod
    def of(cls, result: TargetResult) -> Differences:
        """Return the differences that the plan of ``result`` would repair."""
        if result.plan is None or result.stored is None:
            return cls()
        plan, stored = result.plan, result.stored
        updates: dict[str, list[Key]] = {"missing": list(plan.insert), "stale": [], "duplicate": []}
        for key in plan.update:
            updates["stale" if stored.hashes[key] else stored.faults.get(key, "duplicate")].append(key)
        return cls(**{kind: sorted(keys) for kind, keys in updates.items()}, foreign=plan.delete)

    def __bool__(self) -> bool:
        return any(vars(self).values())


def compare(request: SyncRequest, workspace: Workspace, clocks: Clocks) -> Report:
    """Compare every target of the request's mode; writes nothing. A target's fault is part of its result."""
    return SyncRun(request, workspace, clocks).compare()


def exit_code(report: Report) -> int:
    """Return the exit code of ``verify``: a target's fault before a difference."""
    return report.exit_code or (FINDINGS if any(map(Differences.of, report.results.values())) else 0)


def as_json(report: Report) -> str:
    """Return one object with the key of every entry that differs."""
    document = {
        "mode": report.mode,
        "exit_code": exit_code(report),
        **source_document(report),
        "targets": {name: _document(result) for name, result in report.results.items()},
        "errors": report.errors,
    }
    return json_text(document)


def _document(result: TargetResult) -> dict[str, Any]:
    differences = vars(Differences.of(result)).items()
    stored = result.stored
    return {
        "url": result.url,
        **({"commit": stored.commit, "pending": stored.pending} if stored else {}),
        **{kind: [printed(key) for key in keys] for kind, keys in differences},
        "fields": {printed(key): list(names) for key, names in sorted(result.fields.items())},
        "unchanged": result.unchanged,
        **({"error": result.error} if result.error else {}),
    }


def as_text(report: Report) -> str:
    """Return the ledgers, a line for each target, and below it a line for each entry that differs."""
    lines = [f"verify {report.mode} against {described(report.revision)}", *ledger_lines(report)]
    for name, result in report.results.items():
        differences = vars(Differences.of(result)).items()
        lines.append(f"  {name:<14} {summary(result)}  {result.url}")
        lines += [f"    {kind:<9} {printed(key)}{_named(result, key)}" for kind, keys in differences for key in keys]
    return text_of(lines)


def _named(result: TargetResult, key: Key) -> str:
    names = result.fields.get(key)
    return f" ({', '.join(names)})" if names else ""


def summary(result: TargetResult) -> str:
    """Describe a target in a few words."""
    if result.error:
        return "not compared"
    parts = [f"{len(keys)} {kind}" for kind, keys in vars(Differences.of(result)).items() if keys]
    return ", ".join(parts) or f"equal ({result.unchanged} {'entry' if result.unchanged == 1 else 'entries'})"
