"""One command, one module: ``configure(parser)`` declares its options, ``run(args)`` returns its exit code."""

from __future__ import annotations

import argparse
from typing import NoReturn

from autopack_hooks.core.errors import USAGE


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, as all other errors are said."""

    def error(self, message: str) -> NoReturn:
        """Exit with USAGE."""
        told = f"{' '.join(message.split())}; `{self.prog} --help` tells what there is"
        self.exit(USAGE, f"autopack-hooks: error: {told}\n")
