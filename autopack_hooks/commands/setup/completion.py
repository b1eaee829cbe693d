"""Print the script that completes command lines in a shell: commands, options, their values, codes, ledgers.

Examples:
    autopack-hooks completion bash
    autopack-hooks completion zsh
    autopack-hooks completion fish
"""

from __future__ import annotations

import argparse

from autopack_hooks.checks.rules import CODES
from autopack_hooks.commands.cli.catalog import COMMANDS
from autopack_hooks.commands.cli.parsing import PROGRAM
from autopack_hooks.commands.cli.shells import SHELLS
from autopack_hooks.commands.cli.tree import Values, command_tree
from autopack_hooks.config.lock_names import NAMES
from autopack_hooks.config.model import Config
from autopack_hooks.config.sources import settings_of
from autopack_hooks.core.errors import OK
from autopack_hooks.core.terminal import write_text
from autopack_hooks.ledger.dialect import DIALECTS

_PLAIN = "LC_ALL=C grep -x '[A-Za-z0-9._/-]*'"
"""A name with anything else in it is not offered: it would stand on a command line as it is."""
LEDGERS = f"{PROGRAM} config show ledgers 2>/dev/null | sed -n 's/^ledgers[.]//; s/[.].*//p' | sort -u | {_PLAIN}"
BRANCHES = f"git for-each-ref --format='%(refname:short)' refs/heads refs/remotes refs/tags 2>/dev/null | {_PLAIN}"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``completion``."""
    parser.add_argument("shell", choices=tuple(SHELLS), help="the shell that reads the script")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    keys = [setting.key for setting in settings_of(Config(), None, {})]
    sections = dict.fromkeys(key.rpartition(".")[0] for key in keys if "." in key)
    known = {
        "LEDGER": Values(command=LEDGERS),
        "REF": Values(command=BRANCHES),
        "explain CODE": Values(words=tuple(CODES)),
        "dialects NAME": Values(words=tuple(DIALECTS)),
        "help COMMAND": Values(words=tuple(COMMANDS)),
        "config show KEY": Values(words=(*sections, "ledgers", *keys)),
        "mv OLD": Values(files=True),
        "mv NEW": Values(files=True),
        **{f"lock {action} NAME": Values(words=tuple(NAMES)) for action in ("run", "break")},
    }
    write_text(SHELLS[args.shell](command_tree(known)))
    return OK
