"""One command, one module: ``configure(parser)`` declares its options, ``run(args)`` returns its exit code."""

from __future__ import annotations

import argparse
from typing import NoReturn

from autopack_hooks.core.errors import USAGE
from autopack_hooks.core.terminal import write_line


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line, as every other error is reported."""

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with USAGE."""
        write_line(f"autopack-hooks: error: {' '.join(message.split())}; see `{self.prog} --help`", error=True)
        self.exit(USAGE)
