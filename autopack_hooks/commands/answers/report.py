"""Write one HTML page to look at: open problems, decisions in force, broken links, findings over time, targets.

Entries and findings are those of HEAD, links those of the files as they are. The page runs no script and loads nothing.
It needs the extra `report`.

Examples:
    autopack-hooks report --html report.html
    autopack-hooks report --html report.html --max-seconds 1
"""

from __future__ import annotations

import argparse
import os

from autopack_hooks.commands.shared.targets import seconds
from autopack_hooks.core.errors import OK, FatalError, TargetError
from autopack_hooks.core.files import write_named
from autopack_hooks.core.terminal import write_line
from autopack_hooks.project.workspace import Workspace, refuse_nothing
from autopack_hooks.search.lookup import read_memory


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``report``."""
    parser.add_argument("--html", required=True, metavar="FILE", help="the file to write the page to")
    parser.add_argument(
        "--database-url", metavar="URL", help="default: DATABASE_URL, the configuration, sqlite:///autopack.db"
    )
    parser.add_argument("--qdrant-host", metavar="URL", help="a Qdrant server; default: QDRANT_HOST, the configuration")
    parser.add_argument("--qdrant-path", metavar="DIR", help="the folder of an embedded Qdrant")
    parser.add_argument(
        "--max-seconds",
        type=seconds,
        default=3.0,
        metavar="S",
        help="how long the targets may take to answer (default: 3); one that does not is shown as not compared",
    )


def run(args: argparse.Namespace) -> int:
    """Write the page; exit 0 whatever it shows, for `check`, `links` and `verify` judge. Raises FatalError."""
    try:
        from autopack_hooks.report.html import ReportPage, render_page
    except ImportError as error:
        raise TargetError(
            f"the report needs {error.name or error}, which is not installed: pip install 'autopack-hooks[report]'"
        ) from error
    from autopack_hooks.commands.overview.debt import commit_day, debt_samples
    from autopack_hooks.commands.overview.entries import entry_parts
    from autopack_hooks.commands.overview.links import link_summary
    from autopack_hooks.commands.overview.targets import target_states

    workspace = Workspace.open(os.environ, args.repo, args.config)
    memory, commit = read_memory(workspace)
    refuse_nothing(workspace, memory.ledgers, "a ledger")
    notes: list[str] = []
    links = None
    try:
        links = link_summary(workspace)
    except FatalError as error:
        notes.append(f"The links could not be checked: {error}")
    size = sum(len(document.source.text) for ledger in memory.ledgers for document in ledger.documents)
    page = ReportPage(
        project=workspace.project,
        commit=commit,
        day=commit_day(workspace.repo, commit) if workspace.repo and commit else "",
        links=links,
        debt=debt_samples(workspace, commit, size),
        targets=target_states(workspace, args),
        notes=notes,
        **entry_parts(memory),
    )
    data = render_page(page)
    write_named(workspace.root, args.html, data)
    if not args.quiet:
        write_line(f"{args.html}: {len(data) / 1000:.0f} KB")
    return OK
