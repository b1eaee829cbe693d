"""The report of a sync: as text, as one line for hooks, as the JSON object of the contract; and the document of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autopack_hooks.core.errors import DEADLINE, LOCKED, OK, REFUSED, InputError
from autopack_hooks.core.terminal import json_text, text_of
from autopack_hooks.core.words import counted
from autopack_hooks.sync.plan import Plan, with_digest
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.source import LedgerSource, Revision
from autopack_hooks.sync.target import TargetResult


@dataclass(frozen=True)
class Report:
    """The result of a run.

    Attributes:
        mode: ``docs-only``, ``db-only``, ``qdrant-only`` or ``full``.
        execute: The run was one that writes.
        revision: Where the ledgers were read.
        ledgers: The ledgers.
        results: Target -> its result.
        targets: Target -> its URL, masked, also of those that the mode does not touch.
        origins: Target -> who named its place.
        timings: Phase -> seconds; None to leave them out.
        source_errors: Why ledgers could not be read.
    """

    mode: str
    execute: bool
    revision: Revision
    ledgers: Sequence[LedgerSource]
    results: Mapping[str, TargetResult]
    targets: Mapping[str, str]
    origins: Mapping[str, str]
    timings: Mapping[str, float] | None
    source_errors: Sequence[str]

    @property
    def errors(self) -> list[str]:
        """Why ledgers could not be read, then why targets failed."""
        failed = dict.fromkeys(result.error for result in self.results.values() if result.error)
        return [*self.source_errors, *failed]

    @property
    def warnings(self) -> list[str]:
        """The stores that were replaced, and why."""
        return [f"{name}: {r.stored.replaced}" for name, r in self.results.items() if r.stored and r.stored.replaced]

    @property
    def exit_code(self) -> int:
        """The exit code: the first target that failed decides, then ledgers that could not be read."""
        failed = [result.exit_code for result in self.results.values() if result.exit_code]
        return failed[0] if failed else (InputError.exit_code if self.source_errors else OK)


def as_json(report: Report) -> str:
    """Return the JSON object of the contract."""
    document = {
        "mode": report.mode,
        "execute": report.execute,
        "exit_code": report.exit_code,
        **source_document(report),
        "targets": {
            name: {**target_document(name, result), **_planned(report, result), "origin": report.origins[name]}
            for name, result in report.results.items()
        },
        "errors": report.errors,
    }
    if report.timings is not None:
        document["timings"] = {phase: round(seconds, 4) for phase, seconds in report.timings.items()}
    return json_text(document)


def _planned(report: Report, result: TargetResult) -> dict[str, Any]:
    """Return the numbers of a plan that is not carried out."""
    if report.execute or result.plan is None:
        return {}
    return {"planned": {action: len(keys) for action, keys in _keys(result.plan).items()}}


def source_document(report: Report) -> dict[str, Any]:
    """Return ``source`` and ``ledgers`` of the contract."""
    return {
        "source": dict(vars(report.revision)),
        "ledgers": {
            ledger.name: {
                "path": ledger.path,
                "entries": len(ledger.digest.hashes),
                "duplicates": list(ledger.digest.duplicates),
            }
            for ledger in report.ledgers
        },
    }


def target_document(name: str, result: TargetResult) -> dict[str, Any]:
    """Return one of the ``targets`` of the contract."""
    document: dict[str, Any] = {
        "url": result.url,
        "inserted": result.inserted,
        "updated": result.updated,
        "deleted": result.deleted,
        "unchanged": result.unchanged,
    }
    if name == "qdrant":
        document["embedded"] = result.embedded
    if result.former:
        document["adopted"] = {"from": result.former, "entries": result.adopted}
    if result.stored and result.stored.replaced:
        document["replaced"] = result.stored.replaced
    if result.error:
        document["error"] = result.error
    return document


def as_text(report: Report) -> str:
    """Return a few lines: the source, the ledgers, each target with what was written, the timings."""
    note = "" if report.execute else " (nothing is written)"
    lines = [f"sync {report.mode}{note} from {described(report.revision)}", *ledger_lines(report)]
    for name, url in report.targets.items():
        result = report.results.get(name)
        counts = _counts(name, result, execute=report.execute) if result else "not touched"
        lines.append(f"  {name:<14} {counts}  {url} ({report.origins[name]})")
    if report.timings is not None:
        lines.append(f"  timings        {timings_line(report)}")
    return text_of(lines)


def timings_line(report: Report) -> str:
    """Return the phases with their seconds."""
    return ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in (report.timings or {}).items())


def described(revision: Revision) -> str:
    """Say in words where the ledgers were read."""
    return "the working tree" if revision.worktree else f"{revision.ref} ({_short(revision)})"


def ledger_lines(report: Report) -> list[str]:
    """Return a line for each ledger: its name, the number of its entries, its path."""
    lines = []
    for ledger in report.ledgers:
        entries, twice = len(ledger.digest.hashes), len(ledger.digest.duplicates)
        note = f", {twice} {'id occurs' if twice == 1 else 'ids occur'} more than once" if twice else ""
        lines.append(f"  {ledger.name:<14} {entries:>6} {_entries(entries)}  {ledger.path}{note}")
    return lines


def as_line(report: Report, findings: str = "") -> str:
    """Return the one line of a hook, which may also say what ``findings`` the ledgers have."""
    parts = [f"{name} {_counts(name, result, execute=True)}" for name, result in report.results.items()]
    parts += [f"{findings} in them (`autopack-hooks check`)"] if findings else []
    return text_of([f"autopack-hooks: ledgers of {_short(report.revision)} synced: {'; '.join(parts)}"])


def _short(revision: Revision) -> str:
    return revision.commit[:12] if revision.commit else "no commit yet"


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"


def _counts(name: str, result: TargetResult, *, execute: bool) -> str:
    if result.error:
        words = {DEADLINE: f"{result.written} written, not all", REFUSED: "refused", LOCKED: "in use by another"}
        return words.get(result.exit_code, "failed")
    taken = f", {result.adopted} taken over from {result.former}" if result.former else ""
    return _changes(name, result, execute=execute) + taken


def _changes(name: str, result: TargetResult, *, execute: bool) -> str:
    plan = result.plan
    if not result.written and plan is not None and not plan:
        return f"unchanged ({result.unchanged} {_entries(result.unchanged)})"
    if plan is not None and not execute:
        return f"{len(plan.insert)} to insert, {len(plan.update)} to update, {len(plan.delete)} to delete"
    text = f"{result.inserted} inserted, {result.updated} updated, {result.deleted} deleted"
    return text + (f", {counted(result.embedded, 'passage')} embedded" if name == "qdrant" and result.embedded else "")


def plan_document(
    revision: Revision, mode: str, project_id: str, results: Mapping[str, TargetResult], reasons: Sequence[str]
) -> dict[str, Any]:
    """Return the document of ``sync --plan``, its digest over everything in it included.

    Args:
        revision: Where the ledgers were read.
        mode: The mode.
        project_id: The project.
        results: Target -> its result, with the plan. Keys are written as ``ledger/ID``.
        reasons: Why the plan needs an approval.
    """
    targets = {name: {"url": result.url, **_keys(result.plan or Plan())} for name, result in results.items()}
    body = {"version": 1, "mode": mode, "project": project_id, "commit": revision.commit, "worktree": revision.worktree}
    return with_digest({**body, "reason": "; ".join(reasons), "targets": targets})


def _keys(plan: Plan) -> dict[str, list[str]]:
    parts = {"insert": plan.insert, "update": plan.update, "delete": plan.delete}
    return {name: [printed(key) for key in keys] for name, keys in parts.items()}


def printed(key: Key) -> str:
    """Return a key as it is printed: ``ledger/ID``."""
    return "/".join(key)
