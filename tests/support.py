"""What tests share: a git repository to act on, and a small valid ledger."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

LEDGER = """\
# Build History

<!-- META
Last_Updated: 2026-01-03T00:00:00Z
Total_Builds: 3
Format_Version: 2.0
-->

## INDEX (Chronological - Most Recent First)

| Timestamp | BUILD-ID | Phase | Summary | Files Changed |
|-----------|----------|-------|---------|---------------|
| 2026-01-03 | BUILD-003 | Third | Adds the third thing | 1 |
| 2026-01-02 | BUILD-002 | Second | Adds the second thing | 2 |
| 2026-01-01 | BUILD-001 | First | Adds the first thing | 3 |

## BUILDS (Reverse Chronological)

### BUILD-003 | 2026-01-03 | Third

**Status**: Complete

Adds the third thing, after BUILD-002.

### BUILD-002 | 2026-01-02 | Second

**Status**: Complete

Adds the second thing.

### BUILD-001 | 2026-01-01 | First

**Status**: Complete

Adds the first thing.
"""


class GitRepo:
    """A git work tree and how tests act on it; ``git`` runs with the environment that the test has."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *args: str | Path, ok: bool | None = True, cwd: Path | None = None, **env: str) -> str:
        """Run a program in the repository; returns what it wrote to both streams. ``ok=None``: any exit code."""
        done = subprocess.run(
            [str(arg) for arg in args],
            cwd=cwd or self.root,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            check=False,
        )
        assert ok is None or (done.returncode == 0) is ok, f"{args}: exit {done.returncode}\n{done.stdout}"
        return done.stdout

    def git(self, *args: str | Path, ok: bool | None = True, cwd: Path | None = None) -> str:
        """Run git in the repository."""
        return self.run("git", *args, ok=ok, cwd=cwd)

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file, making its folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name: str) -> str:
        """A file's text, newlines as they are."""
        return (self.root / name).read_bytes().decode()

    def commit(self, message: str = "change") -> None:
        """Commit everything, past any hook."""
        self.git("add", "-A")
        self.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--no-verify", "--allow-empty", "-m", message)
