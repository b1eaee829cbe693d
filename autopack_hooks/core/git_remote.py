"""Run git where it speaks with a remote: for a bounded time, and without a question at the terminal."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

from autopack_hooks.core.git import Repo

TIMED_OUT = 124
"""The exit code of a git that took too long."""


def run_remote(repo: Repo, *args: str, seconds: float, data: bytes | None = None) -> tuple[int, bytes, str]:
    """Run git in a repository for at most so many seconds, with the programs that it starts, such as ssh.

    Args:
        repo: the repository.
        args: the arguments.
        seconds: the most that it may take.
        data: what it reads.

    Returns:
        tuple: exit code (TIMED_OUT where it took too long), stdout, stderr.
    """
    pipe, source = subprocess.PIPE, subprocess.PIPE if data is not None else subprocess.DEVNULL
    command = ("git", *args)
    with subprocess.Popen(
        command, cwd=repo.root, env=repo.env, stdin=source, stdout=pipe, stderr=pipe, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(data, seconds)
        except subprocess.TimeoutExpired:
            _kill_with_children(process)
            process.communicate()
            return TIMED_OUT, b"", f"no answer within {seconds:g} s"
    return process.returncode, out, err.decode("utf-8", "replace").strip()


def _kill_with_children(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
