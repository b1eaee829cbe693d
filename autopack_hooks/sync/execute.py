"""A whole run: read the ledgers, take the locks, do each target, report. The heavy half of the ``sync`` command."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from autopack_hooks.audit.approval import Approval, approved
from autopack_hooks.audit.operator import git_operator
from autopack_hooks.audit.trail import AuditRecord, TrailEntry, open_trail
from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.files import write_atomic
from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.project.views import GitView, View
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.ending import ending
from autopack_hooks.sync.gate import Gate
from autopack_hooks.sync.permission import Permission, ancestry, reasons, side_of
from autopack_hooks.sync.report import Report, as_json, as_line, as_text, plan_document, shown, target_document
from autopack_hooks.sync.runner import (
    Job,
    Material,
    Source,
    TargetResult,
    compare_target,
    exit_code,
    material,
    sync_target,
)
from autopack_hooks.sync.source import Sources, load_sources
from autopack_hooks.sync.target import Progress, Target
from autopack_hooks.sync.targets import MODES, Choice, local_stores, make_targets, masked_targets, shared_targets

Step = Callable[[Target, Material, Job], TargetResult]
LONG = 1000
"""From so many changes on, a terminal is shown how far the work is."""


@dataclass(frozen=True)
class SyncRequest:
    """What the command line asks for."""

    mode: str
    choice: Choice
    ref: str
    worktree: bool
    max_seconds: float
    form: str
    timing: bool = True
    execute: bool = False
    plan_file: Path | None = None
    approval_file: Path | None = None
    force: bool = False
    lock_timeout: float = 30.0
    gate: Gate | None = None


class Stopwatch:
    """Seconds by phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Times what is inside."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = time.perf_counter() - start


@dataclass(frozen=True)
class PreparedSync:
    """A run that is ready: what was read, with what it is compared, and how."""

    source: Source
    sources: Sources
    what: Material
    targets: list[Target]
    resolved: Mapping[str, str]
    job: Job
    clock: Stopwatch


def prepare(request: SyncRequest, workspace: Workspace) -> PreparedSync:
    """Read the ledgers and resolve the targets. Raises FatalError where nothing can be begun."""
    clock = Stopwatch()
    deadline = Deadline(request.max_seconds, time.monotonic)
    resolved = masked_targets(request.choice, workspace.root)
    choice = replace(request.choice, clone=_clone(workspace.state_dir) if request.execute else "")
    targets = make_targets(request.mode, choice, workspace.root, workspace.environ)
    view, source = _source(request, workspace)
    with clock.phase("parse"):
        sources = load_sources(workspace, view)
        _nothing(request, sources)
        what = material(sources, workspace.config.project)
    commit = None if source.worktree else source.commit
    job = Job(workspace.config.project, commit, deadline, _progress)
    return PreparedSync(source, sources, what, targets, resolved, job, clock)


def perform(request: SyncRequest, workspace: Workspace) -> int:
    """Do the run and print its report; returns the exit code. Raises FatalError where nothing could be begun."""
    with ending():
        if not request.execute:
            stage = prepare(request, workspace)
            outcomes: dict[str, TargetResult] = {}
            if request.plan_file:
                each(stage, outcomes, compare_target, stage.job)
                document = _plan(request, workspace, stage, outcomes)
                write_atomic(request.plan_file, (json.dumps(document, indent=2) + "\n").encode())
        else:
            stage, outcomes = _write(request, workspace)
    code = exit_code(outcomes, stage.what.errors)
    _tell(request, _report(request, stage, outcomes, code))
    if request.gate and code == OK and stage.source.commit:
        _remember(request, workspace, stage.source.commit)
    return code


def _write(request: SyncRequest, workspace: Workspace) -> tuple[PreparedSync, dict[str, TargetResult]]:
    """Do the targets under the locks, and put it on record, whatever the end is."""
    operator = str(git_operator(workspace.repo, workspace.environ))
    forced = {"id": "--force", "operator": operator} if request.force else None
    outcomes: dict[str, TargetResult] = {}
    trail = open_trail(workspace, lambda: datetime.now(timezone.utc))
    with trail.writing(AuditRecord("sync", operator=operator, approval=forced)) as entry:
        stage = prepare(request, workspace)
        entry.set(commit=stage.source.commit)
        timeout = min(request.lock_timeout, stage.job.deadline.remaining())
        try:
            names = ["docs", *MODES[request.mode]]
            network = workspace.config.locks.allow_network_fs
            with MultiLock(workspace.root, names, timeout, command="autopack-hooks sync", allow_network_fs=network):
                job = replace(stage.job, check=_permission(request, workspace, stage, entry).check)
                each(stage, outcomes, sync_target, job)
        finally:
            _record(entry, outcomes)
        entry.set(
            exit_code=exit_code(outcomes, stage.what.errors),
            error="; ".join([*stage.what.errors, *(o.error for o in outcomes.values() if o.error)]),
        )
    return stage, outcomes


def _permission(request: SyncRequest, workspace: Workspace, stage: PreparedSync, entry: TrailEntry) -> Permission:
    """What may be done. With an approval: exactly the plan of today, if that is what was approved."""
    config, repo = workspace.config.sync, workspace.repo
    shared = shared_targets(request.choice, request.mode, workspace.root)
    permission = Permission(config.max_deletes, request.force, shared)
    if shared and not request.force:
        side = side_of(repo, stage.job.commit, request.ref, config.branches)
        permission = replace(permission, side=side, is_ancestor=ancestry(repo))
    if request.approval_file is None:
        return permission
    planned: dict[str, TargetResult] = {}
    each(stage, planned, compare_target, stage.job)
    permission = permission.for_plans(planned)
    digest = str(_plan(request, workspace, stage, planned)["digest"])
    entry.set(plan_digest=digest)
    approval: Approval = approved(workspace, request.approval_file, digest, datetime.now(timezone.utc))
    entry.set(approval=approval.for_record())
    return permission


def _record(entry: TrailEntry, outcomes: Mapping[str, TargetResult]) -> None:
    deleted = {
        name: [shown(key) for key in outcome.plan.delete[: outcome.deleted]]
        for name, outcome in outcomes.items()
        if outcome.plan and outcome.deleted
    }
    entry.set(targets={name: target_document(name, outcome) for name, outcome in outcomes.items()}, deleted=deleted)


def _clone(state_dir: Path) -> str:
    """A name that this clone keeps, by which servers know its writers; "" where none can be kept."""
    path = state_dir / "clone-id"
    with suppress(OSError):
        if not path.exists():
            state_dir.mkdir(parents=True, exist_ok=True)
            write_atomic(path, uuid.uuid4().hex.encode())
        return path.read_text("ascii", "replace")[:32]
    return ""


def _source(request: SyncRequest, workspace: Workspace) -> tuple[View, Source]:
    repo = workspace.repo
    if repo is None or request.worktree:
        return workspace.worktree, Source(repo.head() if repo else None, request.ref, True)
    commit = repo.resolve(request.ref)
    if commit is None and (request.ref != "HEAD" or repo.head() is not None):
        raise UsageError(f"{request.ref} names no commit of this repository; check --ref")
    if commit is None and request.execute and request.gate is None:
        raise UsageError("there is no commit yet to read the ledgers from; commit them, or use --worktree")
    return GitView(repo, commit or ""), Source(commit, request.ref, False)


def _nothing(request: SyncRequest, sources: Sources) -> None:
    """Refuse to sync a repository in which no ledger is known: everything stored would look deleted."""
    if request.execute and not sources.ledgers and not sources.missing and request.gate is None:
        raise UsageError("there is no ledger to sync; name yours under `ledgers:` in .autopack-hooks.yaml")


def each(stage: PreparedSync, outcomes: dict[str, TargetResult], step: Step, job: Job) -> None:
    """Fill ``outcomes`` target by target, so that those that are done are known where one ends it all."""
    for target in stage.targets:
        with stage.clock.phase(target.name):
            outcomes[target.name] = step(target, stage.what, job)


def _plan(
    request: SyncRequest, workspace: Workspace, stage: PreparedSync, outcomes: Mapping[str, TargetResult]
) -> dict[str, object]:
    """The document of today's plan."""
    why = reasons(outcomes, workspace.config.sync.max_deletes)
    return plan_document(stage.source, request.mode, workspace.config.project, outcomes, why)


def _report(request: SyncRequest, stage: PreparedSync, outcomes: Mapping[str, TargetResult], code: int) -> Report:
    return Report(
        mode=request.mode,
        execute=request.execute,
        exit_code=code,
        source=stage.source,
        ledgers=stage.sources.ledgers,
        outcomes=outcomes,
        resolved=stage.resolved,
        timings=stage.clock.seconds if request.timing else None,
        errors=[*stage.what.errors, *(outcome.error for outcome in outcomes.values() if outcome.error)],
    )


@contextmanager
def _progress(name: str, total: int) -> Iterator[Progress]:
    """A count on a terminal for long work, else nothing."""
    if total < LONG or not sys.stderr.isatty():
        yield lambda done: None
        return
    done_so_far = 0

    def show(done: int) -> None:
        nonlocal done_so_far
        done_so_far += done
        print(f"\r{name}: {done_so_far} of {total} entries", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        # Back to the start of the line, and clear it: the report follows.
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _tell(request: SyncRequest, report: Report) -> None:
    if request.gate is None:
        sys.stdout.write(as_json(report) if request.form == "json" else as_text(report))
    elif report.outcomes and not report.exit_code:
        sys.stdout.write(as_line(report))
    sys.stdout.flush()
    kind = "error" if request.gate is None else "warning: not all was synced"
    for error in report.errors:
        print(f"autopack-hooks: {kind}: {' '.join(error.split())}", file=sys.stderr)


def _remember(request: SyncRequest, workspace: Workspace, commit: str) -> None:
    from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS

    named = workspace.config.ledgers
    paths = [path for path, _ in DEFAULT_LEDGERS.values()]
    if named is not None:
        paths = [ledger.path for ledger in named.values()]
    stores = local_stores(request.choice, request.mode, workspace.root)
    if request.gate:
        request.gate.remember(paths, stores, commit)
