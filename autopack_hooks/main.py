"""The command line: dispatch to one module per command, and the one place that turns errors into exits."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from autopack_hooks.commands.cli.catalog import command_parser, load, program_parser
from autopack_hooks.core.errors import INTERRUPTED, USAGE, FatalError, UsageError
from autopack_hooks.core.terminal import use_color, write_line, write_text


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; prints, never raises (but for ``--help`` and usage errors: SystemExit)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    program = program_parser()
    args = program.parse_args(sys.argv[1:] if argv is None else argv)
    if not args.command:
        program.print_help()
        return USAGE
    name, *arguments = args.command
    try:
        module = load(name)
    except UsageError as error:
        return _fail(str(error), USAGE, args)
    except ImportError as error:
        return _fail(f"the installation is incomplete: {error}; install it again", USAGE, args)
    args.command = name
    command_parser(name, module).parse_args(arguments, args)
    use_color(args.color, os.environ)
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


def _run(module: object, args: argparse.Namespace) -> int:
    collecting = gc.isenabled()
    # A run is short and makes many small objects that live to its end: looking for cycles costs a third of a parse.
    gc.disable()
    try:
        code: int = module.run(args)  # type: ignore[attr-defined]  # every command module has run
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
