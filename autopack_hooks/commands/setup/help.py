"""Show the commands, or the options and examples of one.

Examples:
    autopack-hooks help
    autopack-hooks help check
    autopack-hooks help lock run
"""

from __future__ import annotations

import argparse

from autopack_hooks.commands.cli.catalog import parser_of, program_parser
from autopack_hooks.core.errors import OK
from autopack_hooks.core.terminal import write_text


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``help``."""
    parser.add_argument(
        "command_names", nargs="*", metavar="COMMAND", help="a command, and an action of it if it has any"
    )


def run(args: argparse.Namespace) -> int:
    """Print the help; raises UsageError for an unknown command, naming the nearest."""
    parser = parser_of(*args.command_names) if args.command_names else program_parser()
    write_text(parser.format_help())
    return OK
