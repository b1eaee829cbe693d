"""Learn from incidents: what repeats becomes a proposed rule, and an approved rule becomes a check.

`record` keeps incidents, `propose` writes docs/LEARNED_RULES.json, `approve` tries a rule on the history and lets it act.

Examples:
    autopack-hooks learn record junit.xml results.sarif
    autopack-hooks learn list --incidents
    autopack-hooks learn propose --min-count 3
    autopack-hooks learn approve 1f0c7a2b9d3e
    autopack-hooks learn advise "database is locked"
"""

from __future__ import annotations

import argparse
import importlib
import re
from datetime import date

from autopack_hooks.commands.cli.parsing import Parser, add_global_options
from autopack_hooks.commands.shared.targets import add_stores

_MODULES = {
    "record": "recording",
    "propose": "proposing",
    "approve": "deciding",
    "retire": "deciding",
    "list": "showing",
    "show": "showing",
    "advise": "advising",
    "import": "proposing",
}
"""Action -> its module here."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``learn``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    record = actions.add_parser("record", help="keep the incidents that other tools wrote")
    record.add_argument("files", nargs="+", metavar="FILE", help="JSON lines, JUnit XML, SARIF, GitHub annotations")
    record.add_argument("--log", action="store_true", help="the files are plain logs: lines that speak of errors count")
    record.add_argument("--commit", default="", metavar="REV", help="the commit that the files are about")
    propose = actions.add_parser("propose", help="write what repeats as proposed rules")
    propose.add_argument("--min-count", type=_count, default=3, metavar="N", help="at least N incidents (default: 3)")
    propose.add_argument("--min-commits", type=_count, default=1, metavar="N", help="at N commits (default: 1)")
    propose.add_argument("--since", type=_day, metavar="DATE", help="incidents of this day or later")
    propose.add_argument("--dry-run", action="store_true", help="print the proposals, and write nothing")
    approve = actions.add_parser("approve", help="try a rule on the files and the history, and let it act")
    approve.add_argument("ids", nargs="+", metavar="ID", help="the rules, by their ids")
    retire = actions.add_parser("retire", help="let a rule act no longer; it stays in the file")
    retire.add_argument("ids", nargs="+", metavar="ID", help="the rules, by their ids")
    retire.add_argument("--reason", required=True, metavar="TEXT", help="why, for those who come later")
    listing = actions.add_parser("list", help="list the rules")
    listing.add_argument("--incidents", action="store_true", help="list the incidents instead, by signature")
    show = actions.add_parser("show", help="show one rule with its incidents and cases")
    show.add_argument("ids", nargs="+", metavar="ID", help="the rules, by their ids")
    advise = actions.add_parser("advise", help="answer an error text from rules, notes and ledgers")
    advise.add_argument("text", metavar="TEXT|FILE", help="the error, or a file that holds it")
    taking = actions.add_parser("import", help="take over the rules of an older tool, as proposed notes")
    taking.add_argument("file", metavar="FILE", help="the file")
    for action in (listing, show):
        action.add_argument("--format", choices=("text", "json"), default="text", help="output format")
    add_stores(advise)
    for action in (record, propose, approve, retire, listing, show, advise, taking):
        add_global_options(action)


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a valid date; write it as 2026-01-31") from None


def run(args: argparse.Namespace) -> int:
    """Do what the action says. Raises UsageError, Refused (6) where a rule may not act."""
    module = importlib.import_module(f"autopack_hooks.commands.learn.{_MODULES[args.action]}")
    code: int = module.run(args)
    return code
