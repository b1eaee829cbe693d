"""Print what the ledgers say of files: the decisions and problems that name them, the newest first.

An entry counts that names a file by its path, by one that it had before a rename, or by a name that only this file has.

Examples:
    autopack-hooks recall src/store.py
    autopack-hooks recall --staged
    autopack-hooks recall --diff main --budget 2000
"""

from __future__ import annotations

import argparse
import os

from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.git import Repo, locate
from autopack_hooks.core.terminal import json_text, write_text
from autopack_hooks.search.recall import recall_lines, relative_path, within_budget


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``recall``."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a file or a folder, which need not exist yet")
    parser.add_argument("--staged", action="store_true", help="the files of the commit that is being made")
    parser.add_argument("--diff", metavar="REF", help="the files that changed since this branch or commit")
    parser.add_argument(
        "--budget", type=int, default=400, metavar="BYTES", help="the most that is printed (default: 400)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="output format")


def run(args: argparse.Namespace) -> int:
    """Print the lines; nothing where no entry names the files. Raises UsageError."""
    if args.budget < 1:
        raise UsageError("--budget must be a number of bytes above 0")
    root, repo = locate(os.environ, args.repo)
    if repo is None:
        raise UsageError(f"{root}: not in a git work tree; name one with --repo")
    lines = recall_lines(repo, _asked(args, repo), os.environ, args.config)
    if args.format == "json":
        write_text(json_text(lines))
    else:
        more = f"{{count}} more; --budget {sum(len(line.encode()) + 1 for line in lines)} shows all"
        write_text(within_budget(lines, args.budget, more))
    return OK


def _asked(args: argparse.Namespace, repo: Repo) -> list[str]:
    """Return the repository-relative paths that the command line names, each once. Raises UsageError."""
    paths = [path for name in args.paths if (path := relative_path(repo.root, name)) is not None]
    if args.staged:
        paths += (
            _names(repo.run("diff-index", "--cached", "--name-only", "-z", "HEAD", index=True)) if repo.head() else []
        )
    if args.diff:
        commit = repo.resolve(args.diff)
        if commit is None:
            raise UsageError(f"--diff {args.diff}: no such branch or commit; fetch it, or correct the name")
        base = repo.merge_base(commit, "HEAD") or commit
        paths += _names(repo.run("diff-index", "--name-only", "-z", base))
    if not (args.paths or args.staged or args.diff):
        raise UsageError("nothing to recall: name files, or give --staged or --diff REF")
    return list(dict.fromkeys(paths))


def _names(listing: bytes) -> list[str]:
    return [os.fsdecode(name) for name in listing.split(b"\0") if name]
