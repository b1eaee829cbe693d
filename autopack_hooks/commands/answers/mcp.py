"""Serve search, get, recall and check to an agent, over stdin and stdout, by the Model Context Protocol.

The agent's client starts it; the tools only read. It needs the extra `mcp`: pip install 'autopack-hooks[mcp,sync]'.

Examples:
    autopack-hooks mcp
    autopack-hooks mcp --repo /path/to/repository
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading
from functools import partial

from autopack_hooks.commands.shared.targets import clocks, settings_of
from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.terminal import write_line
from autopack_hooks.project.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add no options: where the stores are is said by the configuration and the environment, which a client can set."""
    parser.set_defaults(database_url=None, qdrant_host=None, qdrant_path=None)


def run(args: argparse.Namespace) -> int:
    """Serve until the client leaves. Raises UsageError without the SDK."""
    try:
        from autopack_hooks.mcp.answers import Desk
        from autopack_hooks.mcp.server import serve
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed: pip install 'autopack-hooks[mcp]'") from error
    gc.enable()  # a server lives longer than the run of a command, for which it is off
    open_workspace = partial(Workspace.open, os.environ, args.repo, args.config)
    if sys.stdin.isatty():
        write_line(
            "autopack-hooks mcp: waiting for a client on stdin, which starts this itself; Ctrl-D ends", error=True
        )
    desk = Desk(open_workspace, partial(settings_of, args), clocks(), args.config, threading.Lock())
    serve(desk, verbose=args.verbose)
    return OK
