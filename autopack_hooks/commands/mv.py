"""Move a document or a folder, with every link to it and every link in it, in the work tree and in the index.

Only links are changed; what prose says of the old place stays. Exit code 1 says that a link could not be taken along.

Examples:
    autopack-hooks mv docs/setup.md docs/guides/install.md --diff
    autopack-hooks mv docs/setup.md docs/guides/ --stub
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from autopack_hooks.commands import journal_of, report_waiting, show_finished
from autopack_hooks.core.edits import FileChange, diff
from autopack_hooks.core.errors import FINDINGS, OK, UsageError
from autopack_hooks.core.files import destination
from autopack_hooks.core.git import Repo
from autopack_hooks.core.terminal import escaped_path, write_line, write_text
from autopack_hooks.core.tracked import rename_in_index
from autopack_hooks.links.move import Move, MovePlan, plan_move
from autopack_hooks.links.redirects import stub
from autopack_hooks.links.runner import Run, open_run
from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.project.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``mv``."""
    parser.add_argument("old", metavar="OLD", help="the document or folder, which git tracks")
    parser.add_argument("new", metavar="NEW", help="its new place, or the folder that it is moved into")
    parser.add_argument("--diff", action="store_true", help="change nothing; show what would change")
    parser.add_argument("--stub", action="store_true", help="leave a pointer to the new place at the old one")


def run(args: argparse.Namespace) -> int:
    """Move it and print what was changed. Raises UsageError where it cannot be moved so, Refused, LockTimeout."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    if (repo := workspace.repo) is None:
        raise UsageError(f"{workspace.root}: mv needs a git repository")

    def rename(moves: Mapping[str, str]) -> None:
        rename_in_index(repo, moves)

    with MultiLock(workspace.root, ["docs"], purpose=f"mv {args.old}", on_wait=report_waiting):
        journal = journal_of(workspace, args)
        if finished := journal.finish(rename):
            show_finished(finished)
            return FINDINGS if finished.left else OK
        job = open_run(workspace, deep=True, staged=False, mentions=False)
        if _is_done(workspace, repo, job, args):
            write_line(f"{args.old} is {args.new} already")
            return OK
        move = _move(workspace, repo, job, args)
        plan = plan_move(job, move)
        changes = [*plan.changes, *([FileChange.new(move.old, stub(move.old, move.new))] if args.stub else [])]
        if args.diff:
            write_text(diff(changes))
        else:
            journal.write(changes, {move.old: move.new}, rename)
    _report(workspace, move, plan, dry=args.diff)
    return FINDINGS if plan.refused or plan.symlinks else OK


def _is_done(workspace: Workspace, repo: Repo, job: Run, args: argparse.Namespace) -> bool:
    """Return whether the index has made the same move since the last commit, as when only our exit was cut off."""
    old, new = (_path(workspace, name) for name in (args.old, args.new))
    if job.tree.find_plain(old) or not job.tree.find_plain(new):
        return False
    return bool(repo.blob_ids("HEAD", [old])) and not repo.blob_ids("HEAD", [new])


def _move(workspace: Workspace, repo: Repo, job: Run, args: argparse.Namespace) -> Move:
    """Return the move that the arguments ask for. Raises UsageError where it would lose something."""
    old, new = (_path(workspace, name) for name in (args.old, args.new))
    if os.path.isdir(workspace.root / new) and not os.path.islink(workspace.root / new):
        new = f"{new}/{old.rpartition('/')[2]}" if new != "." else old.rpartition("/")[2]
    below = [path for path in job.tree.modes if path == old or path.startswith(f"{old}/")]
    if not below or not os.path.lexists(workspace.root / old):
        raise UsageError(f"{args.old}: git does not track it, or it is not there; `git add` it first")
    if any(job.tree.modes[path] == "160000" for path in below):
        raise UsageError(f"{args.old}: there is a submodule in it; move that with `git mv`")
    if any(entry.stage for entry in repo.index_entries()):
        raise UsageError("a merge is not finished: resolve its conflicts first")
    if new == old or new.startswith(f"{old}/"):
        raise UsageError(f"{args.new}: it is {args.old} itself, or inside of it")
    if os.path.lexists(workspace.root / new) or job.tree.find(new):
        raise UsageError(f"{new}: there is something already; choose another name or remove it first")
    parent = next((p.as_posix() for p in Path(new).parents if p.as_posix() in job.tree.modes), None)
    if parent:
        raise UsageError(f"{args.new}: {parent} is a file, not a folder")
    if args.stub and old not in job.tree.modes:
        raise UsageError(f"--stub: {args.old} is a folder; only a document leaves a pointer")
    destination(workspace.root, new)
    destination(workspace.root, Path(old).parent.joinpath("x").as_posix())
    return Move(old, new)


def _path(workspace: Workspace, name: str) -> str:
    """Return a path of the command line as seen from the root; a link at its end is the link. Raises UsageError."""
    full = os.path.abspath(name)
    real = os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full))
    path = Path(os.path.relpath(real, os.path.realpath(workspace.root))).as_posix()
    parts = path.split("/")
    if parts[0] == ".." or any(part.lower() == ".git" for part in parts):
        raise UsageError(f"{name}: it is not in the work tree of {workspace.root}")
    return path


def _report(workspace: Workspace, move: Move, plan: MovePlan, *, dry: bool) -> None:
    links = f"{plan.links} link" + ("s" if plan.links != 1 else "")
    documents = f"{len(plan.changes)} document" + ("s" if len(plan.changes) != 1 else "")
    write_line(f"{'would move' if dry else 'moved'} {move.old} to {move.new}, with {links} in {documents}")
    for fix in plan.refused:
        write_line(
            f"{escaped_path(fix.source)}:{fix.line}:{fix.column}: left alone: {fix.new} could not be proved right",
            error=True,
        )
    for path in plan.symlinks:
        write_line(f"{escaped_path(move.after(path))}: this symbolic link leads nowhere now; make it anew", error=True)
    config = workspace.config
    named = [ledger.path for ledger in (config.ledgers or {}).values()]
    named += [*(config.links.nav or ()), config.links.policy, config.check.baseline]
    for path in dict.fromkeys(named):
        if move.after(path) != path:
            write_line(f"{config.source}: it names {path}, which is {move.after(path)} now", error=True)
