"""The command line: arguments, dispatch to one module per command, and the one place that turns errors into exits."""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from autopack_hooks import __version__
from autopack_hooks.commands import Parser
from autopack_hooks.core.errors import INTERRUPTED, USAGE, FatalError
from autopack_hooks.core.terminal import write_line, write_text

# Command -> (module, what it does). Only the module of the command at hand is imported.
COMMANDS = {
    "check": ("check", "validate the ledgers"),
    "fix": ("fix", "bring INDEX, META and SUMMARY in line with the entries"),
    "new": ("new", "add an entry with the next free id"),
    "renumber": ("renumber", "give an entry another id, and every mention of it with it"),
    "mv": ("mv", "move a document or a folder, with every link to it and in it"),
    "links": ("links", "check the links of the navigation docs"),
    "fix-links": ("fix_links", "repair the links whose fix is certain"),
    "sync": ("sync", "bring the database and the vector index in line with the ledgers"),
    "verify": ("verify", "compare the database and the vector index with the ledgers"),
    "search": ("search", "find the entries that answer a question"),
    "status": ("status", "show the state of the ledgers, the targets and the locks"),
    "lock": ("lock", "show who holds the workspace's locks, run a command under them, break a stale one"),
    "approve": ("approve", "let a plan through that a guard refuses"),
    "audit": ("audit", "show or verify the trail of what was written"),
    "merge-driver": ("merge_driver", "merge three versions of a ledger, as git asks for it"),
    "init": ("init", "write the configuration and install the hooks"),
    "dialects": ("dialects", "list the dialects of ledgers, with an example each"),
    "explain": ("explain", "print the documentation of a finding's code"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; prints, never raises (but for ``--help`` and usage errors: SystemExit)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    selected = arguments[0] if arguments and arguments[0] in COMMANDS else None
    try:
        module = importlib.import_module(f"autopack_hooks.commands.{COMMANDS[selected][0]}") if selected else None
    except ImportError as error:
        write_line(f"autopack-hooks: error: the installation is incomplete: {error}; install it again", error=True)
        return USAGE
    parser = build_parser(selected, module)
    args = parser.parse_args(arguments)
    if not args.command:
        parser.print_help()
        return USAGE
    return _run(module, args)


def script() -> NoReturn:
    """Run ``main`` as the installed program and ``python -m`` do, and end the process at once.

    Everything is closed by then; taking the objects of a large ledger apart one by one would cost a tenth of the run.
    """
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def build_parser(selected: str | None, module: object) -> argparse.ArgumentParser:
    """Return the parser of the command ``selected`` with the options that ``module`` declares; without a name, that of all."""
    parser = Parser(
        prog="autopack-hooks",
        description="Keep Markdown ledgers, docs links and the indexes derived from them right.",
        epilog="Exit codes: 0 success, 1 findings or drift, 2 usage, 3 out of time, 4 target, 5 lock, 6 refused by a guard.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    # Asked for the name, argparse would write a usage message to find it, and load what measures the terminal.
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", prog=parser.prog)
    if selected is None:
        for name, (_, summary) in COMMANDS.items():
            commands.add_parser(name, help=summary, description=summary)
        return parser
    sub = commands.add_parser(selected, help=COMMANDS[selected][1], description=getattr(module, "__doc__", "") or "")
    sub.add_argument("--repo", metavar="DIR", help="the repository (default: the one around the working directory)")
    sub.add_argument("--config", metavar="FILE", help="the configuration (default: .autopack-hooks.yaml at the root)")
    sub.add_argument("--verbose", action="store_true", help="say more, and show tracebacks")
    module.configure(sub)  # type: ignore[attr-defined]  # every command module has configure and run
    return parser


def _run(module: object, args: argparse.Namespace) -> int:
    collecting = gc.isenabled()
    # A run is short and makes many small objects that live to its end: looking for cycles costs a third of a parse.
    gc.disable()
    try:
        code: int = module.run(args)  # type: ignore[attr-defined]  # see build_parser
        sys.stdout.flush()
        return code
    except FatalError as error:
        return _fail(str(error), error.exit_code, args)
    except KeyboardInterrupt as stop:
        code = getattr(stop, "exit_code", INTERRUPTED)
        return _fail("interrupted; what was written is complete, run again to go on", code, args)
    except BrokenPipeError:
        # The reader of our output left; a later flush at exit must not complain either.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", USAGE, args)
    except RecursionError:
        return _fail("the input is nested too deeply", USAGE, args)
    except MemoryError:
        return _fail("not enough memory", USAGE, args)
    except Exception as error:
        return _fail(f"internal error: {type(error).__name__}: {error}; run with --verbose and report it", USAGE, args)
    finally:
        if collecting:
            gc.enable()


def _fail(message: str, code: int, args: argparse.Namespace) -> int:
    if args.verbose:
        import traceback

        from autopack_hooks.core.redact import redact

        write_text(
            redact(traceback.format_exc(), [*os.environ.values(), *map(str, vars(args).values())]) + "\n", error=True
        )
    sys.stdout.flush()
    write_line(f"autopack-hooks: error: {' '.join(message.split())}", error=True)
    return code
