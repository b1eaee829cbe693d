"""Print the documentation of a finding's code or of a topic, or list them. A code may be given in short: led4 is LED004.

Examples:
    autopack-hooks explain LED004
    autopack-hooks explain lnk
    autopack-hooks explain guard
"""

from __future__ import annotations

import argparse
import re

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.manual import page
from autopack_hooks.checks.rules import CODES
from autopack_hooks.commands.cli.parsing import did_you_mean
from autopack_hooks.commands.cli.topics import TOPICS
from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.terminal import write_styled, write_text

_SHORT = re.compile(r"([A-Z]{3})[-_ ]?0*([0-9]{1,3})")
_DIGITS = str.maketrans("OQILSB", "001158")
"""Letters that are read as digits, or typed for them."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``explain``."""
    parser.add_argument(
        "code",
        nargs="?",
        metavar="CODE",
        help="such as LED004 or led4, a family such as LED, or a topic such as guard; without one, all are listed",
    )


def run(args: argparse.Namespace) -> int:
    """Print the page or the list; raises UsageError for an unknown code, naming the nearest."""
    name = _full("" if args.code is None else args.code.upper())
    if name in CODES or name.lower() in TOPICS:
        write_text(page(CODES[name]) if name in CODES else TOPICS[name.lower()].text)
        return OK
    family = [code for code in CODES.values() if code.code[:3] == name or args.code is None]
    if not family:
        near = _full(name[:3] + name[3:].translate(_DIGITS))
        hint = (
            f"did you mean {near}?"
            if near in CODES
            else did_you_mean(args.code.lower(), TOPICS) or did_you_mean(name, CODES)
        )
        raise UsageError(f"{args.code} is not a code; {hint or 'run `autopack-hooks explain` for the list'}")
    _show_list(family)
    for topic, (title, _) in TOPICS.items() if args.code is None else ():
        write_styled(("code", f"{topic:6}"), "  ", ("dim", "topic  "), f"  {title}")
    return OK


def _full(name: str) -> str:
    """Return the code with three digits that a short one stands for, and any other text as it is."""
    short = _SHORT.fullmatch(name)
    return f"{short[1]}{int(short[2]):03}" if short else name


def _show_list(codes: list[Code]) -> None:
    for code in codes:
        severity = code.severity.value
        write_styled(("code", code.code), "  ", (severity, f"{severity:7}"), f"  {code.title}")
