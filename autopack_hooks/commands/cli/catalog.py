"""The commands: the module, the group and the purpose of each. Only the module of the command at hand is imported."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Collection
from typing import Any, NamedTuple

from autopack_hooks.commands.cli.parsing import (
    GLOBAL_DEFAULTS,
    PROGRAM,
    Parser,
    actions_of,
    add_global_options,
    did_you_mean,
)
from autopack_hooks.core.errors import UsageError

GROUPS = ("ledgers", "answers", "links", "database and vector index", "setup and teamwork", "help")
LEDGERS, ANSWERS, LINKS, INDEXES, SETUP, HELP = GROUPS


class Command(NamedTuple):
    """A command: its module in this room, the group that lists it, and what it does."""

    module: str
    group: str
    summary: str


COMMANDS = {
    "check": Command("check", LEDGERS, "validate the ledgers"),
    "fix": Command("fix", LEDGERS, "bring INDEX, META and SUMMARY in line with the entries"),
    "new": Command("new", LEDGERS, "add an entry with the next free id"),
    "renumber": Command("renumber", LEDGERS, "give an entry another id, and every mention of it with it"),
    "search": Command("answers.search", ANSWERS, "find the entries that answer a question, in what was synced"),
    "get": Command("answers.get", ANSWERS, "print whole entries, with what cites them"),
    "recall": Command("answers.recall", ANSWERS, "print what the ledgers say of files"),
    "prime": Command("answers.prime", ANSWERS, "print what a newcomer or an agent should know at the start"),
    "mcp": Command(
        "answers.mcp", ANSWERS, "serve search, get, recall and check to agents (Model Context Protocol, stdio)"
    ),
    "agent-hook": Command("answers.agent_hook", ANSWERS, "answer the hooks of a coding agent, which calls it"),
    "report": Command("answers.report", ANSWERS, "write one HTML page to look at"),
    "mv": Command("mv", LINKS, "move a document or a folder, with every link to it and in it"),
    "links": Command("links", LINKS, "check the links of the navigation docs"),
    "fix-links": Command("fix_links", LINKS, "repair the links whose fix is certain"),
    "sync": Command("sync", INDEXES, "bring the database and the vector index in line with the ledgers"),
    "verify": Command("verify", INDEXES, "compare the database and the vector index with the ledgers"),
    "status": Command("status", INDEXES, "show the state of the ledgers, the targets and the locks"),
    "lock": Command("lock", SETUP, "show who holds the workspace's locks, run a command under them, break a stale one"),
    "approve": Command("approve", INDEXES, "let a plan through that a guard refuses"),
    "audit": Command("audit", INDEXES, "show or verify the trail of what was written"),
    "merge-driver": Command("merge_driver", SETUP, "merge three versions of a ledger, as git asks for it"),
    "claims": Command("claims", SETUP, "show the ids that writers have claimed at the remote, release or prune them"),
    "ci": Command("ci", SETUP, "check, resolve or tidy in continuous integration, where hooks do not run"),
    "init": Command("setup.init", SETUP, "write the configuration and install the hooks"),
    "doctor": Command(
        "setup.doctor", SETUP, "find what is wrong with the installation, with the command that mends it"
    ),
    "uninstall": Command("setup.uninstall", SETUP, "take out what init put in; configuration, ledgers and stores stay"),
    "config": Command("setup.config", SETUP, "show every option, its value and where that comes from"),
    "help": Command("setup.help", HELP, "show the options and examples of a command"),
    "dialects": Command("setup.dialects", HELP, "list the dialects of ledgers, with an example each"),
    "explain": Command("setup.explain", HELP, "print the documentation of a finding's code"),
    "completion": Command("setup.completion", HELP, "print what completes command lines in bash, zsh or fish"),
}

EXIT_CODES = """\
Exit codes:
  0    success, nothing to report
  1    findings, drift, or a fixer changed something
  2    the command line or the configuration is wrong
  3    --max-seconds ran out; what was written is complete
  4    a target is not configured, or cannot be reached
  5    a lock could not be had in time
  6    a guard refused: it needs an approval
  130  interrupted"""


def program_parser() -> Parser:
    """Return the parser of what stands before a command; it leaves the command and its arguments in ``command``."""
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [OPTIONS] COMMAND [ARGUMENTS]",
        description="Keep Markdown ledgers, docs links and the indexes derived from them right.",
        epilog=f"{_listed()}\n\nRun `{PROGRAM} help COMMAND` for its options and examples.\n\n{EXIT_CODES}",
        # What an abbreviation stands for is for the command to say.
        allow_abbrev=False,
    )
    command = parser.add_argument("command", nargs=argparse.PARSER, metavar="COMMAND", help=argparse.SUPPRESS)
    command.required = False
    add_global_options(parser)
    parser.set_defaults(**GLOBAL_DEFAULTS)
    return parser


def _listed() -> str:
    """Return the commands by group."""
    width = max(map(len, COMMANDS)) + 2
    lines = ["Commands:"]
    for group in GROUPS:
        members = [(name, command) for name, command in COMMANDS.items() if command.group == group]
        lines += [f"  {group}:", *(f"    {name:{width}}{command.summary}" for name, command in members)]
    return "\n".join(lines)


def load(name: str) -> Any:
    """Import the module of a command, which has ``configure`` and ``run``. Raises UsageError for an unknown one."""
    if name not in COMMANDS:
        hint = did_you_mean(name, COMMANDS) or f"see `{PROGRAM} --help`"
        raise UsageError(f"{name!r} is not a command; {hint}")
    return importlib.import_module(f"autopack_hooks.commands.{COMMANDS[name].module}")


def command_parser(name: str, module: Any) -> Parser:
    """Return the parser of a command, with the options that its ``module`` declares and the examples of its docstring."""
    text, _, examples = (getattr(module, "__doc__", "") or "").partition("Examples:\n")
    parser = Parser(
        prog=f"{PROGRAM} {name}", description=text, epilog=f"Examples:\n{examples.rstrip()}" if examples else None
    )
    module.configure(parser)
    add_global_options(parser)
    return parser


def parser_of(name: str, *actions: str) -> argparse.ArgumentParser:
    """Return the parser of a command, or of an action of it. Raises UsageError, which names the nearest."""
    parser: argparse.ArgumentParser = command_parser(name, load(name))
    for action in actions:
        known = actions_of(parser)
        if action not in known:
            raise UsageError(
                f"{action!r} is not an action of {parser.prog}; {did_you_mean(action, known) or _known(known)}"
            )
        parser = known[action]
    return parser


def _known(names: Collection[str]) -> str:
    return f"known: {', '.join(names)}" if names else "it has none"
