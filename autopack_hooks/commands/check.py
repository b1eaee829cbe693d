"""Validate the ledgers: syntax, ids, INDEX, META, references, and that no entry of the last commit is lost."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from autopack_hooks.checks.baseline import parse_baseline, render_baseline
from autopack_hooks.checks.context import Context
from autopack_hooks.checks.engine import check_ledgers
from autopack_hooks.checks.severity import default_severity, selected
from autopack_hooks.errors import FINDINGS, OK, UsageError
from autopack_hooks.findings import Finding, failed, ordered
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.ledger.parse import parse_ledger
from autopack_hooks.load import Loaded, load_ledgers
from autopack_hooks.report import FORMATS, render
from autopack_hooks.text import SourceText, write_atomic
from autopack_hooks.workspace import GitView, LedgerFile, View, Workspace, WorktreeView

FAMILIES = ("LED", "CFG")


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of ``check``."""
    parser.add_argument(
        "files", nargs="*", metavar="FILES", help="tell only what is wrong in these (default: every ledger)"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how findings are printed")
    parser.add_argument("--staged", action="store_true", help="read the index, as a commit will be, and not the files")
    parser.add_argument(
        "--write-baseline", action="store_true", help="accept the findings of today; only new ones fail from now on"
    )


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit 1 where one is an error. Raises ConfigError, UsageError, GitError."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    view = _view(workspace, staged=args.staged)
    loaded = load_ledgers(workspace, view)
    lost = [] if workspace.config.check.allow_removal else _history(workspace, loaded)
    context = Context(loaded.ledgers, {ledger.name: tuple(ledger.entries) for ledger in lost})
    found = [*check_ledgers(context, workspace.config.check), *_absent(workspace, loaded, lost)]
    wanted = _wanted(workspace, args.files)
    found = ordered(f for f in found if wanted is None or f.path in wanted)
    covered = {f.path for f in found} | {ledger.path for ledger in loaded.ledgers}
    covered = covered if wanted is None else covered & wanted
    found = _baseline(workspace, found, covered, write=args.write_baseline)
    sys.stdout.write(render(found, args.format))
    if not loaded.ledgers and not found and workspace.config.ledgers is None:
        print("autopack-hooks: no ledger here; name yours under `ledgers:` in .autopack-hooks.yaml", file=sys.stderr)
    return FINDINGS if failed(found) else OK


def _view(workspace: Workspace, *, staged: bool) -> View:
    if not staged:
        return WorktreeView(workspace.root)
    if workspace.repo is None:
        raise UsageError(f"{workspace.root}: --staged needs a git repository")
    return GitView(workspace.repo)


def _wanted(workspace: Workspace, files: Sequence[str]) -> set[str] | None:
    """The repository-relative paths of the files on the command line; None: all."""
    if not files:
        return None
    root = os.path.realpath(workspace.root)
    return {Path(os.path.relpath(os.path.realpath(name), root)).as_posix() for name in files}


def _history(workspace: Workspace, loaded: Loaded) -> list[Ledger]:
    """The ledgers of the last commit that had entries which are not there now."""
    if workspace.repo is None or workspace.repo.head() is None:
        return []
    view = GitView(workspace.repo, "HEAD")
    now = {ledger.path: ledger for ledger in loaded.ledgers}
    files = workspace.ledgers(view)
    before = view.read([file.path for file in files])
    lost = []
    for file in files:
        data, ledger = before[file.path], now.get(file.path)
        if data is None or (ledger and ledger.source.fault):
            continue
        source = SourceText.from_bytes(file.path, data)
        if ledger and ledger.source.text == source.text:
            continue
        here = set(ledger.entries) if ledger else set()
        if source.fault is None and not _headed_ids(source, file) <= here:
            old = parse_ledger(source, file.name, file.dialect)
            if not set(old.entries) <= here:
                lost.append(old)
    return lost


def _headed_ids(source: SourceText, file: LedgerFile) -> set[str]:
    """At least the ids of every entry of ``source``: a cheap look that mostly saves parsing the last commit's ledger."""
    lines = [line for line in source.lines if "#" in line or "|" in line]
    return set(file.dialect.id_pattern.findall("\n".join(lines)))


def _absent(workspace: Workspace, loaded: Loaded, lost: Sequence[Ledger]) -> Iterator[Finding]:
    """Ledgers whose file is not there: those of the configuration, and those that this commit deletes."""
    found = []
    source = workspace.config.source or ".autopack-hooks.yaml"
    for file in loaded.missing:
        message = f"the ledger {file.name} is to be in {file.path}, which does not exist"
        found.append(Finding(source, 1, 1, "CFG004", message, default_severity("CFG004"), context=file.path))
    here = {ledger.path for ledger in loaded.ledgers} | {file.path for file in loaded.missing}
    for ledger in lost:
        if ledger.path not in here:
            message = (
                f"the ledger {ledger.name} with {len(ledger.entries)} entries would be removed (check.allow_removal)"
            )
            found.append(Finding(ledger.path, 1, 1, "LED021", message, default_severity("LED021"), ledger=ledger.name))
    yield from selected(found, workspace.config.check)


def _baseline(
    workspace: Workspace, found: Sequence[Finding], covered: Collection[str], *, write: bool
) -> list[Finding]:
    path = workspace.config.check.baseline
    data = WorktreeView(workspace.root).read([path])[path]
    before = parse_baseline(path, None if write and data is None else data)
    if not write:
        return ordered(before.new(found, covered, FAMILIES))
    write_atomic(workspace.root / path, render_baseline(found, before, covered, FAMILIES))
    print(f"{path}: {len(found)} findings are known from now on; commit this file", file=sys.stderr)
    return []
