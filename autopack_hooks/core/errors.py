"""The one tree of errors that end a command, each with its exit code.

``main`` is the only place that catches them: it prints ``autopack-hooks: error: <message>`` on one line
and exits with ``exit_code``. A message says what is wrong, where, and what to do. It never holds a secret.
"""

from __future__ import annotations

OK = 0
FINDINGS = 1
USAGE = 2
DEADLINE = 3
TARGET = 4
LOCKED = 5
REFUSED = 6
INTERRUPTED = 130
TERMINATED = 143


class FatalError(Exception):
    """Base of every error that a user sees as one line."""

    exit_code = USAGE


class UsageError(FatalError):
    """The command line, or what it was asked to do, makes no sense (exit 2)."""


class ConfigError(FatalError):
    """A configuration or policy file cannot be used (exit 2)."""


class InputError(FatalError):
    """A ledger or document cannot be read or parsed; nothing was derived from it (exit 1)."""

    exit_code = FINDINGS


class DeadlineExceeded(FatalError):
    """``--max-seconds`` ran out; what was written is complete (exit 3)."""

    exit_code = DEADLINE


class TargetError(FatalError):
    """A required target is not configured, cannot be reached or refuses its work (exit 4)."""

    exit_code = TARGET


class LockTimeout(FatalError):
    """A lock could not be had in time (exit 5)."""

    exit_code = LOCKED


class Refused(FatalError):
    """A guard refused: mass deletion, missing approval, a target ahead of this commit (exit 6)."""

    exit_code = REFUSED


class Terminated(KeyboardInterrupt):
    """SIGTERM: ends a run as Ctrl-C does, between two batches (exit 143)."""

    exit_code = TERMINATED
