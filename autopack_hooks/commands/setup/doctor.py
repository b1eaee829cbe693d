"""Find everything that may be wrong with an installation, each with the command that mends it; nothing is changed.

Exit code 1 where something is wrong, 0 otherwise; notes do not fail.

Examples:
    autopack-hooks doctor
    autopack-hooks doctor --format json
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.commands.setup.init import make_setup, work_tree
from autopack_hooks.commands.shared.targets import clocks, settings_of
from autopack_hooks.config.lock_names import known_names
from autopack_hooks.config.model import CONFIG_NAME
from autopack_hooks.core.errors import FINDINGS, FatalError
from autopack_hooks.core.errors import OK as SUCCESS
from autopack_hooks.core.terminal import json_text, text_of, write_text
from autopack_hooks.install import driver, health, precommit
from autopack_hooks.install.health import NOTE, OK, WRONG, Diagnosis
from autopack_hooks.install.setup import Setup
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.locking.multilock import lock_folder
from autopack_hooks.locking.network import network_refusal
from autopack_hooks.locking.status import STALLED, lock_statuses
from autopack_hooks.project.loader import read_ledgers
from autopack_hooks.project.workspace import Workspace, load_config
from autopack_hooks.sync.deadline import utc_now

if TYPE_CHECKING:
    from autopack_hooks.sync.target import TargetResult
    from autopack_hooks.sync.targets import TargetSettings

PATIENCE = 10.0
"""Seconds for all targets: whoever asks wants an answer."""
SYNC = "autopack-hooks sync --execute"
EXTRA = "pip install 'autopack-hooks[sync]'"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``doctor``."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="the format of the report")


def run(args: argparse.Namespace) -> int:
    """Print what was looked at; exit 1 where something is wrong. Raises UsageError outside a repository."""
    setup = make_setup(work_tree(args.repo), ask=False)
    found = list(_diagnoses(setup, args))
    wrong = sum(item.state == WRONG for item in found)
    if args.format == "json":
        write_text(json_text({"ok": not wrong, "checks": [item._asdict() for item in found]}))
    else:
        write_text(text_of(line for item in found for line in _lines(item)))
        end = (
            f"{wrong} {'problem' if wrong == 1 else 'problems'}: the command that mends it stands below each"
            if wrong
            else "No problems."
        )
        write_text(f"{end}\n")
    return FINDINGS if wrong else SUCCESS


def _lines(item: Diagnosis) -> Iterator[str]:
    yield f"{item.state:<6} {item.topic:<9} {item.message}"
    if item.command:
        yield f"{'':<6} {'':<9}   {item.command}"


def _diagnoses(setup: Setup, args: argparse.Namespace) -> Iterator[Diagnosis]:
    yield from health.versions(setup.repo, sys.version_info[:3])
    workspace = None
    try:
        workspace = Workspace(setup.repo.root, setup.repo, load_config(setup.repo.root, args.config), os.environ)
        yield from _configuration(workspace)
    except FatalError as error:
        yield Diagnosis(
            "config", WRONG, str(error), f"correct {args.config or CONFIG_NAME}, and run `autopack-hooks doctor` again"
        )
    yield from health.hook_state(setup)
    names = [CONFIG_NAME, precommit.FILE_NAME, driver.ATTRIBUTES]
    if workspace is None:
        yield from health.hidden(setup, names)
        return
    files = workspace.ledgers(workspace.worktree)
    yield from health.merges(setup, [file.path for file in files if file.dialect.entries != FILES])
    yield from health.hidden(setup, [*names, workspace.config.check.baseline])
    yield from _ledgers(workspace)
    yield from _locks(workspace)
    yield from _permissions(workspace)
    yield from _stores(workspace)


def _configuration(workspace: Workspace) -> Iterator[Diagnosis]:
    from autopack_hooks.checks.pipeline import refuse_unknown_codes
    from autopack_hooks.checks.runner import load_baseline

    refuse_unknown_codes(workspace.config.check, workspace.config.source)
    if workspace.config.source is None:
        yield Diagnosis("config", NOTE, f"there is no {CONFIG_NAME}; the defaults hold", "autopack-hooks init")
    else:
        yield Diagnosis("config", OK, workspace.config.source)
    load_baseline(workspace, workspace.worktree)


def _ledgers(workspace: Workspace) -> Iterator[Diagnosis]:
    files = workspace.ledgers(workspace.worktree)
    contents = read_ledgers(files, workspace.worktree)
    for file in files:
        if not contents[file]:
            command = f"correct {CONFIG_NAME}, or start it: autopack-hooks new {file.name} TITLE"
            yield Diagnosis("ledgers", WRONG, f"{file.name}: there is no file {file.path}", command)
    if not files:
        yield Diagnosis("ledgers", NOTE, "there is no ledger yet", "autopack-hooks new build_history TITLE")
    elif all(contents.values()):
        yield Diagnosis("ledgers", OK, ", ".join(f"{file.name} ({file.path})" for file in files))


def _locks(workspace: Workspace) -> Iterator[Diagnosis]:
    settings, folder = workspace.config.locks, lock_folder(workspace.root)
    refusal = network_refusal(folder)
    if refusal and not settings.allow_network_fs:
        yield Diagnosis(
            "locks",
            WRONG,
            refusal,
            "clone to a local disk, or set locks.allow_network_fs if its locks are known to work",
        )
        return
    found = lock_statuses(folder, known_names(settings.names), utc_now(), settings.grace)
    bad = [status for status in found if status.state == STALLED or status.reason]
    for status in bad:
        what = status.reason or f"{status.holder} does not show that it is alive"
        yield Diagnosis("locks", WRONG, f"{status.name}: {what}", "autopack-hooks lock status")
    if not bad:
        held = [status.name for status in found if status.held]
        yield Diagnosis("locks", OK, f"held now: {', '.join(held)}" if held else "none is held")


def _permissions(workspace: Workspace) -> Iterator[Diagnosis]:
    """Yield what the user allowed this repository to reach."""
    from autopack_hooks.core.git import own_settings
    from autopack_hooks.sync.allowed import ALLOW_ENV, allowed_hosts, allowed_variables
    from autopack_hooks.sync.placement import ALLOW_PATH

    if workspace.repo is None:
        return
    for name in own_settings(workspace.root, workspace.repo.env, ALLOW_PATH, local=True):
        there = Path(os.path.expanduser(name)).is_dir()
        state, message = (
            (OK, f"stores may lie in {name}") if there else (NOTE, f"{ALLOW_PATH} names {name}, which is not there")
        )
        yield Diagnosis("allowed", state, message, "" if there else f"git config --get-all --show-origin {ALLOW_PATH}")
    if hosts := allowed_hosts(workspace.repo, workspace.environ):
        yield Diagnosis("allowed", OK, f"servers: {', '.join(hosts)}")
    if variables := allowed_variables(workspace.repo):
        yield Diagnosis("allowed", OK, f"{ALLOW_ENV}: {', '.join(variables)}")


def _stores(workspace: Workspace) -> Iterator[Diagnosis]:
    """Diagnose the targets of the configured mode: their libraries, their places, and what they hold."""
    if workspace.config.sync.mode == "docs-only":
        return
    missing = [name for name in ("sqlalchemy", "qdrant_edge") if find_spec(name) is None]
    if missing:
        yield Diagnosis(
            "stores",
            NOTE,
            f"the sync extra is not installed ({', '.join(missing)}), so nothing is synced from here",
            EXTRA,
        )
        return
    try:
        named = argparse.Namespace(database_url=None, qdrant_host=None, qdrant_path=None)
        settings = settings_of(named, workspace)
        places = {name: place.resolve() for name, place in settings.places.items()}
    except FatalError as error:
        yield Diagnosis(
            "stores", WRONG, str(error), "autopack-hooks explain guard" if "guard" in str(error) else "see above"
        )
        return
    for place in places.values():
        if problem := _unwritable(place):
            yield Diagnosis("stores", WRONG, problem, "correct its permissions")
    yield from _targets(workspace, settings)


def _unwritable(place: Path) -> str:
    nearest = next(path for path in (place, *place.parents) if path.exists())
    return "" if os.access(nearest, os.W_OK) else f"{nearest}: cannot be written"


def _targets(workspace: Workspace, settings: TargetSettings) -> Iterator[Diagnosis]:
    from autopack_hooks.sync.compare import compare
    from autopack_hooks.sync.runner import SyncRequest

    mode = settings.mode(workspace.config.sync.mode)
    request = SyncRequest(
        mode, settings, "HEAD", workspace.repo is not None and workspace.repo.head() is None, PATIENCE
    )
    try:
        report = compare(request, workspace, clocks())
    except FatalError as error:
        yield Diagnosis("stores", WRONG, str(error), "autopack-hooks status")
        return
    for name, result in report.results.items():
        yield _target(name, result)


def _target(name: str, result: TargetResult) -> Diagnosis:
    from autopack_hooks.sync.compare import Differences

    commit = result.stored.commit if result.stored else None
    differ = Differences.of(result)
    number = sum(len(keys) for keys in vars(differ).values())
    if result.error:
        return Diagnosis(name, WRONG, f"{result.url}: {result.error}", "autopack-hooks status")
    if commit is None:
        return Diagnosis(name, NOTE if number else OK, f"{result.url}: not synced yet", SYNC if number else "")
    if number:
        entries = "1 entry differs" if number == 1 else f"{number} entries differ"
        return Diagnosis(name, WRONG, f"{result.url}: behind HEAD, {entries}", SYNC)
    return Diagnosis(name, OK, f"{result.url}: as the ledgers say, from {commit[:12]}")
