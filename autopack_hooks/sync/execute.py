"""A whole run: read the ledgers, take the locks, do each target, report. The heavy half of the ``sync`` command."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from autopack_hooks.errors import UsageError
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.load import Loaded, load_ledgers
from autopack_hooks.locks import MultiLock
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.gate import Gate
from autopack_hooks.sync.report import Report, as_json, as_line, as_text
from autopack_hooks.sync.resolve import MODES, Choice, local_stores, make_targets, masked_targets
from autopack_hooks.sync.run import (
    Job,
    Material,
    Outcome,
    Source,
    exit_code,
    material,
    plan_document,
    plan_target,
    sync_target,
)
from autopack_hooks.sync.target import Progress, Target
from autopack_hooks.text import write_atomic
from autopack_hooks.workspace import GitView, View, Workspace, WorktreeView

LONG = 1000
"""From so many changes on, a terminal is shown a progress bar."""


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    mode: str
    choice: Choice
    execute: bool
    plan_file: Path | None
    force: bool
    ref: str
    worktree: bool
    max_seconds: float
    lock_timeout: float
    timing: bool
    form: str
    gate: Gate | None = None


def perform(request: Request, workspace: Workspace) -> int:
    """Do the run and print its report; returns the exit code. Raises FatalError where nothing could be begun."""
    clock = Stopwatch()
    deadline = Deadline(request.max_seconds, time.monotonic)
    resolved = masked_targets(request.choice, workspace.root)
    targets = make_targets(request.mode, request.choice, workspace.root, workspace.environ)
    view, source = _source(request, workspace)
    with clock.phase("parse"):
        loaded = load_ledgers(workspace, view)
        _nothing(request, loaded)
        what = material(loaded.ledgers, loaded.missing, workspace.config.project)
    job = Job(
        project_id=workspace.config.project,
        commit=None if source.worktree else source.commit,
        max_deletes=None if request.force else workspace.config.sync.max_deletes,
        deadline=deadline,
        progress=_progress,
    )
    outcomes = _outcomes(request, workspace, targets, what, job, clock)
    errors = [*what.errors, *(outcome.error for outcome in outcomes.values() if outcome.error)]
    report = Report(
        mode=request.mode,
        execute=request.execute,
        exit_code=exit_code(outcomes, what.errors),
        source=source,
        ledgers=loaded.ledgers,
        outcomes=outcomes,
        resolved=resolved,
        timings=clock.seconds if request.timing else None,
        errors=errors,
    )
    if request.plan_file:
        document = plan_document(source, request.mode, outcomes)
        write_atomic(request.plan_file, (json.dumps(document, indent=2) + "\n").encode())
    _tell(request, report)
    if request.gate and not report.exit_code and source.commit:
        _remember(request, workspace, loaded.ledgers, source.commit)
    return report.exit_code


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


def _source(request: Request, workspace: Workspace) -> tuple[View, Source]:
    repo = workspace.repo
    if repo is None or request.worktree:
        return WorktreeView(workspace.root), Source(repo.head() if repo else None, request.ref, True)
    commit = repo.resolve(request.ref)
    if commit is None and (request.ref != "HEAD" or repo.head() is not None):
        raise UsageError(f"{request.ref} names no commit of this repository; check --ref")
    if commit is None and request.execute and request.gate is None:
        raise UsageError("there is no commit yet to read the ledgers from; commit them, or use --worktree")
    return GitView(repo, commit or ""), Source(commit, request.ref, False)


def _nothing(request: Request, loaded: Loaded) -> None:
    """Refuse to sync a repository in which no ledger is known: everything stored would look deleted."""
    if request.execute and not loaded.ledgers and not loaded.missing and request.gate is None:
        raise UsageError("there is no ledger to sync; name yours under `ledgers:` in .autopack-hooks.yaml")


def _outcomes(
    request: Request, workspace: Workspace, targets: Sequence[Target], what: Material, job: Job, clock: Stopwatch
) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    if not targets or (not request.execute and not request.plan_file):
        return outcomes
    step = plan_target if request.plan_file else sync_target
    timeout = min(request.lock_timeout, job.deadline.remaining())
    names = ["docs", *MODES[request.mode]]
    with nullcontext() if request.plan_file else MultiLock(workspace.root, names, timeout=timeout):
        for target in targets:
            with clock.phase(target.name):
                outcomes[target.name] = step(target, what, job)
    return outcomes


@contextmanager
def _progress(name: str, total: int) -> Iterator[Progress]:
    """A bar on a terminal for long work, else nothing."""
    if total < LONG or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=total)
        yield lambda done: bar.advance(task, done)


def _tell(request: Request, report: Report) -> None:
    if request.gate is None:
        sys.stdout.write(as_json(report) if request.form == "json" else as_text(report))
    elif report.outcomes and not report.exit_code:
        sys.stdout.write(as_line(report))
    sys.stdout.flush()
    kind = "error" if request.gate is None else "warning: not all was synced"
    for error in report.errors:
        print(f"autopack-hooks: {kind}: {' '.join(error.split())}", file=sys.stderr)


def _remember(request: Request, workspace: Workspace, ledgers: Sequence[Ledger], commit: str) -> None:
    from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS

    named = workspace.config.ledgers
    paths = [path for path, _ in DEFAULT_LEDGERS.values()]
    if named is not None:
        paths = [ledger.path for ledger in named.values()]
    stores = local_stores(request.choice, request.mode, workspace.root)
    if request.gate:
        request.gate.remember(paths, stores, commit)
