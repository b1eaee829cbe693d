"""One sync: the ledgers of a commit against each target, each target on its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from autopack_hooks.errors import DEADLINE, OK, FatalError, InputError
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.guard import check_deletes
from autopack_hooks.sync.plan import Plan, make_plan
from autopack_hooks.sync.records import Records
from autopack_hooks.sync.target import Progress, Target
from autopack_hooks.workspace import LedgerFile


@dataclass(frozen=True)
class Source:
    """Where the ledgers were read: a commit (None before the first one) named ``ref``, or the working tree."""

    commit: str | None
    ref: str
    worktree: bool


@dataclass(frozen=True)
class Material:
    """What is to be stored: records by key, and the names of the ledgers that may lose nothing."""

    records: Records
    kept: Collection[str]
    errors: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """What happened to one target. ``error`` and ``exit_code`` say why it did not do all of its plan."""

    url: str
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    embedded: int = 0
    plan: Plan | None = None
    error: str = ""
    exit_code: int = OK


@dataclass(frozen=True)
class Job:
    """How a run is to go: the project, the commit to remember, the guard's limit (None: no guard)."""

    project_id: str
    commit: str | None
    max_deletes: str | None
    deadline: Deadline
    progress: Callable[[str, int], AbstractContextManager[Progress]] = field(repr=False)


def material(ledgers: Sequence[Ledger], missing: Sequence[LedgerFile], project_id: str) -> Material:
    """The records of ``ledgers``. A ledger that is no text, or whose file is ``missing``, keeps what is stored of it."""
    errors = [
        f"{ledger.path}:{ledger.source.fault.line}: {ledger.source.fault.reason}; nothing of it was synced or deleted"
        for ledger in ledgers
        if ledger.source.fault
    ]
    errors += [
        f"{file.path}: the ledger {file.name} is configured and not there; nothing of it was deleted"
        for file in missing
    ]
    readable = [ledger for ledger in ledgers if not ledger.source.fault]
    records = Records(readable, project_id)
    kept = {ledger.name for ledger in ledgers if ledger.source.fault} | {file.name for file in missing}
    return Material(records, kept, errors)


def sync_target(target: Target, what: Material, job: Job) -> Outcome:
    """Bring ``target`` in line; a FatalError of it ends up in the outcome, so that others go on."""
    try:
        with target.connect(job.project_id, job.deadline, write=True) as session:
            stored = session.stored()
            plan = make_plan(stored.hashes, what.records.hashes, what.kept)
            if job.max_deletes is not None:
                check_deletes(target.name, plan, stored.hashes, job.max_deletes)
            # With a ledger missing this is not the whole of the commit, so the commit is not noted.
            commit = None if what.errors else job.commit
            total = len(plan.insert) + len(plan.update) + len(plan.delete)
            with job.progress(target.name, total) as progress:
                done = session.apply(plan, what.records, commit, job.deadline, progress)
    except FatalError as error:
        return Outcome(target.url, error=str(error), exit_code=error.exit_code)
    left = total - done.inserted - done.updated - done.deleted
    late = (
        f"{target.name}: --max-seconds {job.deadline.seconds:g} was up with {left} of {total} changes left; "
        "what was written is complete, run again to go on"
    )
    return Outcome(
        target.url, done.inserted, done.updated, done.deleted, plan.unchanged, done.embedded, plan,
        "" if done.complete else late, OK if done.complete else DEADLINE,
    )  # fmt: skip


def plan_target(target: Target, what: Material, job: Job) -> Outcome:
    """What ``sync_target`` would do, without doing it."""
    try:
        with target.connect(job.project_id, job.deadline, write=False) as session:
            plan = make_plan(session.stored().hashes, what.records.hashes, what.kept)
    except FatalError as error:
        return Outcome(target.url, error=str(error), exit_code=error.exit_code)
    return Outcome(target.url, unchanged=plan.unchanged, plan=plan)


def exit_code(outcomes: Mapping[str, Outcome], errors: Sequence[str]) -> int:
    """The run's exit code: the first target that failed decides, then ledgers that could not be read."""
    failed = [outcome.exit_code for outcome in outcomes.values() if outcome.exit_code]
    return failed[0] if failed else (InputError.exit_code if errors else OK)


def plan_document(source: Source, mode: str, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """``sync --plan``: keys as ``ledger/ID``, and a digest (SHA-256) over all of it, the target identities included."""
    targets = {name: {"url": outcome.url, **_plan_lists(outcome.plan or Plan())} for name, outcome in outcomes.items()}
    body = {"version": 1, "mode": mode, "commit": source.commit, "worktree": source.worktree, "targets": targets}
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return {"digest": hashlib.sha256(canonical.encode()).hexdigest(), **body}


def _plan_lists(plan: Plan) -> dict[str, list[str]]:
    parts = {"insert": plan.insert, "update": plan.update, "delete": plan.delete}
    return {name: [f"{ledger}/{entry_id}" for ledger, entry_id in keys] for name, keys in parts.items()}
