"""Print the documentation of one code, or the list of all."""

from __future__ import annotations

import argparse
import difflib

from autopack_hooks.checks.manual import page
from autopack_hooks.checks.rules import CODES
from autopack_hooks.commands.cli.topics import TOPICS
from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.terminal import text_of, write_text


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``explain``."""
    parser.add_argument("code", nargs="?", metavar="CODE", help="such as LED004; without one, all are listed")


def run(args: argparse.Namespace) -> int:
    """Print the page or the list; raises UsageError for an unknown code, naming the nearest."""
    if args.code is None:
        write_text(text_of(f"{c.code}  {c.severity.value:7}  {c.title}" for c in CODES.values()))
        write_text(text_of(f"{name:6}  topic    {topic.title}" for name, topic in TOPICS.items()))
        return OK
    if args.code.lower() in TOPICS:
        write_text(TOPICS[args.code.lower()].text)
        return OK
    code = CODES.get(args.code.upper())
    if code is None:
        near = difflib.get_close_matches(args.code.upper(), CODES, 1)
        raise UsageError(
            f"{args.code} is not a code; "
            + (f"did you mean {near[0]}?" if near else "run `autopack-hooks explain` for the list")
        )
    write_text(page(code))
    return OK
