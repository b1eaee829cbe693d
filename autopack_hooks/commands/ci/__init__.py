"""What hooks and merge drivers cannot do on a server, as steps of continuous integration.

`check` annotates a pull request, `resolve` merges the base into its branch where only ledgers conflict, and `main`, after a
merge, gives the later of two entries with one id another one and brings the generated parts up to date. GitHub's variables
are understood; elsewhere the options name the branches.

Examples:
    autopack-hooks ci check
    autopack-hooks ci resolve --base main --head feature
    autopack-hooks ci main --branch main
"""

from __future__ import annotations

import argparse
import os

from autopack_hooks.commands.ci.event import CiEvent, read_event
from autopack_hooks.core.errors import UsageError
from autopack_hooks.project.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the modes of ``ci``."""
    modes = parser.add_subparsers(dest="mode", metavar="MODE", required=True)
    check = modes.add_parser("check", help="annotate and sum up a pull request or a merge group")
    check.add_argument("--base", metavar="BRANCH", help="the branch that it goes to (default: as the service says)")
    resolve = modes.add_parser("resolve", help="merge the base into a branch where only ledgers conflict, and push")
    resolve.add_argument("--base", metavar="BRANCH", help="the branch that it goes to (default: as the service says)")
    resolve.add_argument("--head", metavar="BRANCH", help="the branch to push to (default: as the service says)")
    main = modes.add_parser("main", help="after a merge: renumber the later of two entries, fix, commit and push")
    main.add_argument("--branch", metavar="BRANCH", help="the branch to push to (default: as the service says)")


def run(args: argparse.Namespace) -> int:
    """Run a mode. Raises UsageError where a branch is not known, GitError."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    if workspace.repo is None:
        raise UsageError(f"{workspace.root}: not in a git work tree")
    event = read_event(os.environ)
    if args.mode == "check":
        from autopack_hooks.commands.ci.pull_request import check_pull_request

        return check_pull_request(workspace, _given(event, base=args.base), os.environ)
    if args.mode == "resolve":
        from autopack_hooks.commands.ci.resolve import resolve_conflict

        event = _given(event, base=args.base, head=args.head)
        return resolve_conflict(workspace, workspace.repo, _named(event.base, "base"), _named(event.head, "head"))
    from autopack_hooks.commands.ci.after_merge import tidy_branch

    return tidy_branch(workspace, workspace.repo, _named(args.branch or event.branch, "branch"), event.before)


def _given(event: CiEvent, *, base: str | None = None, head: str | None = None) -> CiEvent:
    return event._replace(
        base=base or event.base, base_commit="" if base else event.base_commit, head=head or event.head
    )


def _named(name: str, option: str) -> str:
    if not name or name.startswith("-"):
        raise UsageError(f"no branch given, and none in the environment; name it with --{option}")
    return name
