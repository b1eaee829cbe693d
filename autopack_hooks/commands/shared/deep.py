"""Options and notes of the commands that scan documents for links."""

from __future__ import annotations

import argparse
from dataclasses import replace

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.terminal import write_line
from autopack_hooks.links.runner import Run
from autopack_hooks.project.workspace import Workspace


def add_glob_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the documents of a deep scan."""
    parser.add_argument(
        "--include-glob",
        action="append",
        default=[],
        metavar="GLOB",
        help="with --deep: read these documents instead of those of links.include (may be given again)",
    )
    parser.add_argument(
        "--exclude-glob",
        action="append",
        default=[],
        metavar="GLOB",
        help="with --deep: leave out these documents, too (may be given again)",
    )


def narrowed(workspace: Workspace, args: argparse.Namespace) -> Workspace:
    """Return the workspace with the documents that the command line chose. Raises UsageError without --deep."""
    if not is_narrowed(args):
        return workspace
    if not args.deep:
        raise UsageError("--include-glob and --exclude-glob choose documents of a deep scan; add --deep")
    links = workspace.config.links
    include = tuple(args.include_glob) or links.include
    links = replace(links, include=include, exclude=(*links.exclude, *args.exclude_glob))
    return workspace._replace(config=replace(workspace.config, links=links))


def is_narrowed(args: argparse.Namespace) -> bool:
    """Return whether the command line chose documents of a deep scan."""
    return bool(args.include_glob or args.exclude_glob)


def show_notes(job: Run) -> None:
    """Print what a scan could not do, though it went on."""
    for note in job.notes:
        write_line(f"autopack-hooks: {note}", error=True)
