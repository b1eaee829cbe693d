"""Take out what ``init`` put in: hooks, merge driver, attributes, the blocks of ``.gitignore``, pre-commit and ``AGENTS.md``.

The configuration, the baseline, the ledgers and the stores stay, so that ``init`` can be run again at any time.

Examples:
    autopack-hooks uninstall
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from autopack_hooks.commands.setup.init import make_setup, shown, work_tree
from autopack_hooks.core.errors import FINDINGS, OK, UsageError
from autopack_hooks.core.terminal import write_line
from autopack_hooks.install import agents, driver, hooks, ignored, runners, shims
from autopack_hooks.install.setup import Setup, Step


def configure(parser: argparse.ArgumentParser) -> None:
    """Add no options: everything that ``init`` installed is taken out."""
    del parser


def run(args: argparse.Namespace) -> int:
    """Take everything out and print a line for each step; exit 1 where something must be done by hand.

    Raises UsageError outside a repository. An invalid configuration does not matter.
    """
    if args.config:
        raise UsageError("uninstall does not read the configuration; leave --config out")
    setup = make_setup(work_tree(args.repo), ask=False)
    done = shown(_steps(setup))
    if any(step.failed for step in done):
        write_line("Not complete: do what is said above, and run `autopack-hooks uninstall` again.")
        return FINDINGS
    if not done:
        write_line("Nothing to do: nothing of this program is installed here.")
    else:
        write_line("Done: commit the files that were changed. Configuration, baseline, ledgers and stores are kept.")
    return OK


def _steps(setup: Setup) -> Iterator[Step]:
    yield from runners.remove(setup)
    yield from hooks.remove(setup, chained=True)
    yield from driver.remove(setup)
    if setup.repo.try_run("config", "--local", "--get-all", shims.PROGRAM_KEY)[0] == 0:
        setup.repo.run("config", "--local", "--unset-all", shims.PROGRAM_KEY)
        yield Step("removed", f"{shims.PROGRAM_KEY} from git's local configuration", True)
    yield from ignored.remove(setup)
    yield from agents.remove(setup)
