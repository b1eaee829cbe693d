"""List the dialects in which a ledger may be written, the built-in ones and those of the configuration, with examples.

Examples:
    autopack-hooks dialects --short
    autopack-hooks dialects madr
"""

from __future__ import annotations

import argparse
import difflib
import os

from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.terminal import write_text
from autopack_hooks.ledger.dialect import FILES, VERSIONS, Dialect
from autopack_hooks.ledger.example import example
from autopack_hooks.project.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``dialects``."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="one of them (default: all)")
    parser.add_argument("--short", action="store_true", help="one line each, without examples")


def run(args: argparse.Namespace) -> int:
    """Print the dialects; raises UsageError for an unknown name, naming the nearest, and ConfigError."""
    known = Workspace.open(os.environ, args.repo, args.config).config.dialects
    if args.name and args.name not in known:
        near = difflib.get_close_matches(args.name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
        raise UsageError(f"{args.name} is not a dialect; {hint}")
    selected = [known[args.name]] if args.name else list(known.values())
    texts = [describe(dialect) if args.short else f"{describe(dialect)}\n{shown(dialect)}" for dialect in selected]
    write_text("\n".join(texts) + ("\n" if args.short else ""))
    return OK


def describe(dialect: Dialect) -> str:
    """Return a dialect in one line."""
    ids = "versions such as 1.0.0" if dialect.ids == VERSIONS else f"ids such as {dialect.make_id(1)}"
    heading = f"`{'#' * dialect.level} {dialect.heading_form}`"
    what = "one file per entry, with the title" if dialect.entries == FILES else "one file, with entries under"
    index = ", and an INDEX" if dialect.columns else ""
    return f"{dialect.name}: {ids}; {what} {heading}{index}"


def shown(dialect: Dialect) -> str:
    """Return a dialect's example with its path, indented."""
    path, text = example(dialect)
    lines = [f"    {line}".rstrip() for line in text.rstrip("\n").split("\n")]
    return "\n".join([f"  {path}", "", *lines, "", ""])
