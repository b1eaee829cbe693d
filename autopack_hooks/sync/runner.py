"""One sync: the ledgers of a commit against each target, each target on its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from autopack_hooks.core.errors import DEADLINE, OK, FatalError, InputError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.plan import Plan, make_plan
from autopack_hooks.sync.records import Records
from autopack_hooks.sync.source import Sources
from autopack_hooks.sync.target import Applied, Overtaken, Progress, Session, Stored, Target

Check = Callable[[str, Stored, Plan], None]
"""Called with a target's name, what it holds and what would be done, in the session that writes; raises Refused."""


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
class TargetResult:
    """What happened to one target. ``error`` and ``exit_code`` say why it did not do all of its plan.

    ``stored`` is what it held before.
    """

    url: str
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    embedded: int = 0
    plan: Plan | None = None
    error: str = ""
    exit_code: int = OK
    stored: Stored | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Job:
    """How a run is to go: the project, the commit to remember, what must pass before anything is written."""

    project_id: str
    commit: str | None
    deadline: Deadline
    progress: Callable[[str, int], AbstractContextManager[Progress]] = field(repr=False)
    check: Check = field(default=lambda *_: None, repr=False)


def material(sources: Sources, project_id: str) -> Material:
    """The records of the ledgers. One that is no text, or whose file is missing, keeps what is stored of it."""
    readable = [ledger for ledger in sources.ledgers if not ledger.facts.fault]
    broken = [ledger for ledger in sources.ledgers if ledger.facts.fault]
    errors = [f"{ledger.facts.fault}; nothing of it was synced or deleted" for ledger in broken]
    errors += [
        f"{file.path}: the ledger {file.name} is configured and not there; nothing of it was deleted"
        for file in sources.missing
    ]
    kept = {ledger.name for ledger in broken} | {file.name for file in sources.missing}
    return Material(Records(readable, project_id), kept, errors)


def sync_target(target: Target, what: Material, job: Job) -> TargetResult:
    """Bring ``target`` in line; a FatalError of it ends up in the outcome, so that others go on."""
    try:
        with target.connect(job.project_id, job.deadline, write=True) as session:
            while True:
                try:
                    stored, plan, done = _attempt(target.name, session, what, job)
                    break
                except Overtaken:
                    job.deadline.check(f"waiting for another writer of {target.url}")
    except FatalError as error:
        return TargetResult(target.url, error=str(error), exit_code=error.exit_code)
    total = len(plan.insert) + len(plan.update) + len(plan.delete)
    written = done.inserted + done.updated + done.deleted
    late = (
        f"{target.name}: --max-seconds {job.deadline.seconds:g} was up with {written} of {total} changes done and "
        f"{total - written} left; what was written is complete, run again to go on"
    )
    return TargetResult(
        target.url, done.inserted, done.updated, done.deleted, plan.unchanged, done.embedded, plan,
        "" if done.complete else late, OK if done.complete else DEADLINE, stored,
    )  # fmt: skip


def _attempt(name: str, session: Session, what: Material, job: Job) -> tuple[Stored, Plan, Applied]:
    """Compare, check and write in one session. Raises Overtaken where another writer came between."""
    stored = session.stored()
    plan = make_plan(stored.hashes, what.records.hashes, what.kept)
    job.check(name, stored, plan)
    what.records.fetch((*plan.insert, *plan.update))
    total = len(plan.insert) + len(plan.update) + len(plan.delete)
    with job.progress(name, total) as progress:
        # With a ledger missing this is not the whole of the commit.
        done = session.apply(plan, what.records, job.commit, job.deadline, progress, whole=not what.errors)
    return stored, plan, done


def compare_target(target: Target, what: Material, job: Job) -> TargetResult:
    """What ``sync_target`` would do, without doing it."""
    try:
        with target.connect(job.project_id, job.deadline, write=False) as session:
            stored = session.stored()
    except FatalError as error:
        return TargetResult(target.url, error=str(error), exit_code=error.exit_code)
    plan = make_plan(stored.hashes, what.records.hashes, what.kept)
    return TargetResult(target.url, unchanged=plan.unchanged, plan=plan, stored=stored)


def exit_code(outcomes: Mapping[str, TargetResult], errors: Sequence[str]) -> int:
    """The run's exit code: the first target that failed decides, then ledgers that could not be read."""
    failed = [outcome.exit_code for outcome in outcomes.values() if outcome.exit_code]
    return failed[0] if failed else (InputError.exit_code if errors else OK)
