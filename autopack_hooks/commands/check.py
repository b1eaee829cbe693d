"""Validate the ledgers: syntax, ids, INDEX, META, references, and that no entry of the last commit is lost."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from autopack_hooks.checks.baseline import parse_baseline, render_baseline
from autopack_hooks.checks.branches import find_clashes
from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.engine import check_ledgers
from autopack_hooks.checks.severity import chosen, default_severity
from autopack_hooks.core.errors import FINDINGS, OK, UsageError
from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.findings import Finding, failed, ordered
from autopack_hooks.core.globs import is_pattern
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.project.loader import Loaded, load_ledgers, make_ledger, read_ledgers
from autopack_hooks.project.views import GitView, View, WorktreeView
from autopack_hooks.project.workspace import LedgerFile, Workspace
from autopack_hooks.report import FORMATS, render

FAMILIES = ("LED", "CFG")


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of ``check``."""
    parser.add_argument(
        "files", nargs="*", metavar="FILES", help="tell only what is wrong in these (default: every ledger)"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how findings are printed")
    parser.add_argument("--staged", action="store_true", help="read the index, as a commit will be, and not the files")
    parser.add_argument(
        "--against",
        metavar="REF",
        action="append",
        default=[],
        help="tell ids that this branch has taken, too (repeatable)",
    )
    parser.add_argument(
        "--write-baseline", action="store_true", help="accept the findings of today; only new ones fail from now on"
    )


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit 1 where one is an error. Raises ConfigError, UsageError, GitError."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    view = _view(workspace, staged=args.staged)
    wanted = _wanted(workspace, args.files)
    loaded, found = look(workspace, view, args.against, wanted, write=args.write_baseline)
    sys.stdout.write(render(found, args.format))
    if not loaded.ledgers and not found and workspace.config.ledgers is None:
        print("autopack-hooks: no ledger here; name yours under `ledgers:` in .autopack-hooks.yaml", file=sys.stderr)
    return FINDINGS if failed(found) else OK


def look(
    workspace: Workspace,
    view: View,
    against: Sequence[str] = (),
    wanted: Collection[str] | None = None,
    *,
    write: bool = False,
) -> tuple[Loaded, list[Finding]]:
    """The ledgers that ``view`` holds, and what is wrong with them: in the files ``wanted`` (None: all), beyond the
    baseline, which is written anew with ``write``. ``against`` are branches whose ids count too."""
    loaded = load_ledgers(workspace, view)
    lost = [] if workspace.config.check.allow_removal else _history(workspace, loaded)
    context = RuleContext(loaded.ledgers, {ledger.name: _places(ledger) for ledger in lost})
    found = [*check_ledgers(context, workspace.config.check), *_absent(workspace, loaded, lost)]
    found += chosen(find_clashes(workspace, loaded, against), workspace.config.check)
    found = ordered(f for f in found if wanted is None or f.path in wanted)
    covered = {f.path for f in found} | {d.path for ledger in loaded.ledgers for d in ledger.documents}
    covered = covered if wanted is None else covered & set(wanted)
    return loaded, _baseline(workspace, view, found, covered, write=write)


def _view(workspace: Workspace, *, staged: bool) -> View:
    if not staged:
        return workspace.worktree
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
    lost = []
    for file, before in read_ledgers(workspace.ledgers(view), view).items():
        ledger = now.get(file.path)
        if not before or (ledger and ledger.faulty):
            continue
        here = set(ledger.entries) if ledger else set()
        same = {document.path: document.source for document in ledger.documents} if ledger else {}
        if not _may_have_lost(file, before, same, here):
            continue
        old = make_ledger(file, before)
        if not old.faulty and not set(old.entries) <= here:
            lost.append(old)
    return lost


def _may_have_lost(
    file: LedgerFile, before: Mapping[str, bytes], now: Mapping[str, SourceText], here: Collection[str]
) -> bool:
    """A cheap look that mostly saves parsing the last commit's ledger: whether an id that may be of an entry is gone."""
    for path, data in before.items():
        number = file.dialect.file_number(path) if file.dialect.entries == FILES else None
        if number is not None:
            if file.dialect.make_id(number) not in here:
                return True
            continue
        source = SourceText.from_bytes(path, data)
        if path in now and now[path].text == source.text:
            continue
        lines = [line for line in source.lines if "#" in line or "|" in line]
        if not set(file.dialect.id_pattern.findall("\n".join(lines))) <= set(here):
            return True
    return False


def _places(ledger: Ledger) -> dict[str, str]:
    """Id -> the file that it is in."""
    return {entry.entry_id: entry.parts[0].path for entry in ledger.entries.values()}


def _absent(workspace: Workspace, loaded: Loaded, lost: Sequence[Ledger]) -> Iterator[Finding]:
    """Ledgers whose file is not there: those of the configuration, and those that this commit deletes."""
    found = []
    source = workspace.config.source or ".autopack-hooks.yaml"
    for file in loaded.missing:
        what = "which matches no file" if is_pattern(file.path) else "which does not exist"
        message = f"the ledger {file.name} is to be in {file.path}, {what}"
        found.append(Finding(source, 1, 1, "CFG004", message, default_severity("CFG004"), context=file.path))
    here = {ledger.path for ledger in loaded.ledgers} | {file.path for file in loaded.missing}
    for ledger in lost:
        if ledger.path not in here:
            message = (
                f"the ledger {ledger.name} with {len(ledger.entries)} entries would be removed (check.allow_removal)"
            )
            path = ledger.documents[0].path
            found.append(Finding(path, 1, 1, "LED021", message, default_severity("LED021"), ledger=ledger.name))
    yield from chosen(found, workspace.config.check)


def _baseline(
    workspace: Workspace, view: View, found: Sequence[Finding], covered: Collection[str], *, write: bool
) -> list[Finding]:
    path = workspace.config.check.baseline
    # What is written goes beside what the file says; what is checked is held against what a commit would have.
    data = (WorktreeView(workspace.root) if write else view).read([path])[path]
    before = parse_baseline(path, None if write and data is None else data)
    if not write:
        return ordered(chosen(before.new(found, covered, FAMILIES), workspace.config.check))
    write_atomic(workspace.root / path, render_baseline(found, before, covered, FAMILIES))
    print(f"{path}: {len(found)} findings are known from now on; commit this file", file=sys.stderr)
    return []
