"""Runs one sync: read the ledgers of a commit, take the locks, bring each target in line, report.

Each target is done on its own: a fault of one is part of its result, and the others go on.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from autopack_hooks.audit.approval import approved
from autopack_hooks.audit.operator import git_operator
from autopack_hooks.audit.trail import AuditRecord, TrailEntry, open_trail
from autopack_hooks.core.errors import DEADLINE, TARGET, FatalError, UsageError
from autopack_hooks.core.files import write_atomic, write_named
from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.project.views import GitView, View
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.sync.deadline import Clocks, Deadline
from autopack_hooks.sync.guard import Permission, Side, ancestry_of, excesses
from autopack_hooks.sync.identity import Identity, merged
from autopack_hooks.sync.plan import Plan, make_plan
from autopack_hooks.sync.report import Report, plan_document, printed, target_document
from autopack_hooks.sync.source import Revision, SyncInput, load_input
from autopack_hooks.sync.target import (
    ALTERED,
    Applied,
    FieldDifferences,
    Overtaken,
    Progress,
    Session,
    Stored,
    StoreDamaged,
    Target,
    TargetResult,
)
from autopack_hooks.sync.targets import MODES, TargetSettings, make_targets

Check = Callable[[str, Stored, Plan], None]
"""Called with a target's name, its content and its plan, in the session that writes; raises Refused."""

LIFTED = ("allow_deletes", "set_back")
"""The fields of a request that lift a guard."""

ShowProgress = Callable[[str, int], AbstractContextManager[Progress]]
"""Called with a target's name and the number of changes, before they are made."""

OnWait = Callable[[str], object] | None
"""Called with a line that names the holder of a lock, for each lock that is waited for."""


@dataclass(frozen=True)
class SyncRequest:
    """Hold what the command line asks for.

    With ``hook`` the run is one of a git hook, which has less to refuse. A ``thorough`` run trusts no hash that a target
    stores: it compares every field.
    """

    mode: str
    settings: TargetSettings
    ref: str
    worktree: bool
    max_seconds: float
    execute: bool = False
    hook: bool = False
    plan_file: Path | None = None
    approval_file: Path | None = None
    allow_deletes: bool = False
    set_back: bool = False
    lock_timeout: float = 30.0
    adopt: str = ""
    beside: bool = False
    thorough: bool = False


def _show_nothing(name: str, total: int) -> AbstractContextManager[Progress]:
    return nullcontext(lambda done: None)


@dataclass(frozen=True)
class Job:
    """The terms of a run.

    Attributes:
        identity: The project, and what it does about entries of others.
        commit: The commit to record; None for the working tree.
        deadline: When to stop.
        progress: Shows the progress of each target.
        check: Must pass before anything is written.
        thorough: Compare every field, not only the hashes.
    """

    identity: Identity
    commit: str | None
    deadline: Deadline
    progress: ShowProgress = field(default=_show_nothing, repr=False)
    check: Check = field(default=lambda *_: None, repr=False)
    thorough: bool = False


Step = Callable[[Target, SyncInput, Job], TargetResult]


class Stopwatch:
    """Seconds by phase, measured with ``clock``."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time the body."""
        start = self._clock()
        try:
            yield
        finally:
            self.seconds[name] = self._clock() - start


class SyncRun:
    """A run whose ledgers are read and whose targets are made, not yet connected. ``results`` fill up target by target."""

    def __init__(
        self, request: SyncRequest, workspace: Workspace, clocks: Clocks, progress: ShowProgress = _show_nothing
    ) -> None:
        """Read the ledgers and make the targets.

        Args:
            request: What is asked for.
            workspace: Where the ledgers are.
            clocks: The time.
            progress: Shows the progress of each target.

        Raises:
            FatalError: The run cannot begin.
        """
        self.request = request
        self.workspace = workspace
        self.clocks = clocks
        self.stopwatch = Stopwatch(clocks.monotonic)
        deadline = Deadline(request.max_seconds, clocks.monotonic)
        clone = _clone_id(workspace.state_dir) if request.execute else ""
        self.targets = make_targets(request.mode, request.settings, workspace.environ, clone, clocks.now)
        view, self.revision = _revision(request, workspace)
        with self.stopwatch.phase("parse"):
            self.input = load_input(workspace, view)
        self._refuse_no_ledger()
        commit = None if self.revision.worktree else self.revision.commit
        self.job = Job(self._identity(), commit, deadline, progress, thorough=request.thorough)
        self.results: dict[str, TargetResult] = {}

    def _identity(self) -> Identity:
        """Return the project; a run that writes, or plans it, is careful with the entries of others."""
        request = self.request
        careful = (request.execute or request.plan_file) and not request.beside
        unshared = set(MODES[request.mode]) - request.settings.shared_targets(request.mode)
        return Identity(self.workspace.project, request.adopt, unshared if careful else ())

    def _refuse_no_ledger(self) -> None:
        """Refuse to sync a repository in which no ledger is known: everything stored would look deleted."""
        request = self.request
        if request.execute and not request.hook and not self.input.ledgers and not self.input.errors:
            raise UsageError("there is no ledger to sync; name yours under `ledgers:` in .autopack-hooks.yaml")

    def compare(self) -> Report:
        """Compare every target; nothing is written."""
        self._each(compare_target, self.job, self.results)
        return self.report()

    def write(self, entry: TrailEntry, on_wait: OnWait = None) -> Report:
        """Bring every target in line under the locks; the audit record ``entry`` says what was written, however it ends."""
        request, workspace = self.request, self.workspace
        entry.set(commit=self.revision.commit)
        timeout = min(request.lock_timeout, self.job.deadline.remaining())
        network = workspace.config.locks.allow_network_fs
        names = ["docs", *MODES[request.mode]]
        try:
            with MultiLock(
                workspace.root,
                names,
                timeout,
                command="autopack-hooks sync",
                allow_network_fs=network,
                on_wait=on_wait,
            ):
                self._each(sync_target, replace(self.job, check=self._permission(entry).check), self.results)
        finally:
            _record(entry, self.results)
        report = self.report()
        entry.set(exit_code=report.exit_code, error="; ".join(report.errors))
        return report

    def _each(self, step: Step, job: Job, results: dict[str, TargetResult]) -> None:
        """Fill ``results`` target by target, so that the finished ones are known where one ends the run."""
        for target in self.targets:
            with self.stopwatch.phase(target.name):
                results[target.name] = step(target, self.input, job)

    def _permission(self, entry: TrailEntry) -> Permission:
        """Find out what may be done: with an approval exactly the plan of now, if that is the approved one."""
        request, workspace, repo = self.request, self.workspace, self.workspace.repo
        config = workspace.config.sync
        shared = request.settings.shared_targets(request.mode)
        permission = Permission(config.max_deletes, request.allow_deletes, request.set_back, shared)
        if shared and not request.set_back:
            side = Side.of(repo, self.job.commit, request.ref, config.branches)
            permission = replace(permission, side=side, is_ancestor=ancestry_of(repo))
        if request.approval_file is None:
            return permission
        planned: dict[str, TargetResult] = {}
        self._each(compare_target, self.job, planned)
        permission = permission.for_plans(planned)
        digest = str(self.plan(planned)["digest"])
        entry.set(plan_digest=digest)
        approval = approved(workspace, request.approval_file, digest, self.clocks.now())
        entry.set(approval=approval.for_record())
        return permission

    def plan(self, results: Mapping[str, TargetResult]) -> dict[str, object]:
        """Return the document of the plan that ``results`` hold."""
        reasons = excesses(results, self.workspace.config.sync.max_deletes)
        return plan_document(self.revision, self.request.mode, self.workspace.project, results, reasons)

    def report(self) -> Report:
        """Return the report of what has been done so far."""
        return Report(
            mode=self.request.mode,
            execute=self.request.execute,
            revision=self.revision,
            ledgers=self.input.ledgers,
            results=self.results,
            targets=self.request.settings.masked(),
            origins=self.request.settings.origins,
            timings=self.stopwatch.seconds,
            source_errors=self.input.errors,
        )


def run_sync(
    request: SyncRequest,
    workspace: Workspace,
    clocks: Clocks,
    progress: ShowProgress = _show_nothing,
    on_wait: OnWait = None,
) -> Report:
    """Carry out ``request``: write, or make the plan file, or only read the ledgers. See SyncRun for the arguments."""
    if request.execute:
        operator = str(git_operator(workspace.repo, workspace.environ))
        lifted = [name for name in LIFTED if getattr(request, name)]
        forced = {"id": ", ".join(lifted).replace("_", "-"), "operator": operator} if lifted else None
        trail = open_trail(workspace, clocks.now)
        with trail.writing(AuditRecord("sync", operator=operator, approval=forced)) as entry:
            return SyncRun(request, workspace, clocks, progress).write(entry, on_wait)
    run = SyncRun(request, workspace, clocks, progress)
    if request.plan_file is None:
        return run.report()
    report = run.compare()
    write_named(workspace.root, request.plan_file, (json.dumps(run.plan(run.results), indent=2) + "\n").encode())
    return report


def _record(entry: TrailEntry, results: Mapping[str, TargetResult]) -> None:
    deleted = {
        name: [printed(key) for key in result.plan.delete[: result.deleted]]
        for name, result in results.items()
        if result.plan and result.deleted
    }
    entry.set(targets={name: target_document(name, result) for name, result in results.items()}, deleted=deleted)


def _clone_id(state_dir: Path) -> str:
    """Return a name that this clone keeps, by which a server's other writers know it; "" where none can be kept."""
    path = state_dir / "clone-id"
    with suppress(OSError):
        if not path.exists():
            state_dir.mkdir(parents=True, exist_ok=True)
            write_atomic(path, uuid.uuid4().hex.encode())
        return path.read_text("ascii", "replace")[:32]
    return ""


def _revision(request: SyncRequest, workspace: Workspace) -> tuple[View, Revision]:
    repo = workspace.repo
    if repo is None or request.worktree:
        return workspace.worktree, Revision(repo.head() if repo else None, request.ref, True)
    commit = repo.resolve(request.ref)
    if commit is None and (request.ref != "HEAD" or repo.head() is not None):
        raise UsageError(
            f"--ref {request.ref!r} is not a commit of this repository; give a branch, a tag or a commit id"
        )
    if commit is None and request.execute and not request.hook:
        raise UsageError("there is no commit yet to read the ledgers from; commit them, or use --worktree")
    return GitView(repo, commit or ""), Revision(commit, request.ref, False)


def sync_target(target: Target, source: SyncInput, job: Job) -> TargetResult:
    """Bring ``target`` in line; its FatalError becomes part of the result, so that the others go on."""
    try:
        try:
            result, done = _bring_in_line(target, source, job)
        except StoreDamaged:
            # The store was opened before it was found out; now it is replaced.
            result, done = _bring_in_line(target, source, job)
    except (FatalError, ImportError) as error:
        return _failed(target, error)
    if done.complete:
        return result
    size = result.plan.size if result.plan else 0
    late = (
        f"{target.name}: --max-seconds {job.deadline.seconds:g} was up with {result.written} of {size} changes done "
        f"and {size - result.written} left; what was written is complete, run again to go on"
    )
    return replace(result, error=late, exit_code=DEADLINE)


def _failed(target: Target, error: FatalError | ImportError) -> TargetResult:
    if isinstance(error, FatalError):
        return TargetResult(target.url, error=str(error), exit_code=error.exit_code)
    text = f"{target.name}: {error.name or error} is not installed: pip install 'autopack-hooks[sync]'"
    return TargetResult(target.url, error=text, exit_code=TARGET)


def _bring_in_line(target: Target, source: SyncInput, job: Job) -> tuple[TargetResult, Applied]:
    with target.connect(job.identity.project_id, job.deadline, write=True) as session:
        while True:
            try:
                return _attempt(target, session, source, job)
            except Overtaken:
                job.deadline.check(f"waiting for another writer of {target.url}")


def _attempt(target: Target, session: Session, source: SyncInput, job: Job) -> tuple[TargetResult, Applied]:
    """Compare, check and write in one session. Raises Overtaken where another writer came between."""
    name = target.name
    stored, plan, result = _compare(target, session, source, job)
    job.check(name, stored, plan)
    if result.former:
        session.adopt(result.former, job.commit)
        _, plan, after = _compare(target, session, source, job)
        result = replace(after, former=result.former, adopted=result.adopted)
    source.records.fetch((*plan.insert, *plan.update))
    with job.progress(name, plan.size) as progress:
        # With a ledger missing this is not the whole of the commit.
        done = session.apply(plan, source.records, job.commit, job.deadline, progress, whole=not source.errors)
    counts = {name: getattr(done, name) for name in ("inserted", "updated", "deleted", "embedded")}
    return replace(result, **counts), done


def _content(name: str, session: Session, job: Job) -> tuple[Stored, str, int]:
    """Return what is there, with the entries that are to be taken over; of which project those are, and how many."""
    stored = session.stored()
    former = job.identity.former(name, session, stored)
    if not former:
        return stored, "", 0
    old = session.stored_of(former)
    return merged(stored, old), former, len(old.hashes)


def compare_target(target: Target, source: SyncInput, job: Job) -> TargetResult:
    """Return the plan of ``sync_target`` without carrying it out."""
    try:
        with target.connect(job.identity.project_id, job.deadline, write=False) as session:
            return _compare(target, session, source, job)[2]
    except (FatalError, ImportError) as error:
        return _failed(target, error)


def _compare(target: Target, session: Session, source: SyncInput, job: Job) -> tuple[Stored, Plan, TargetResult]:
    """Return what is stored (with what is to be taken over), the plan that makes it right, and both as a result."""
    stored, former, adopted = _content(target.name, session, job)
    wanted = source.records.hashes
    fields: FieldDifferences = {}
    if job.thorough:
        source.records.fetch(key for key in stored.hashes if key in wanted)
        fields = session.differences(source.records, job.deadline)
        altered = {key: ALTERED for key in fields if key not in wanted or stored.hashes.get(key) == wanted[key]}
        stored = replace(stored, hashes={**stored.hashes, **altered})
    plan = make_plan(stored.hashes, wanted, source.protected)
    result = TargetResult(target.url, unchanged=plan.unchanged, plan=plan, stored=stored, fields=fields)
    return stored, plan, replace(result, former=former, adopted=adopted)
