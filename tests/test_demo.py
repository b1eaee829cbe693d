"""The demo does what it promises, whatever the caller's git is set to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOSTILE = """\
[core]
\thooksPath = /nowhere/hooks
\tautocrlf = true
[commit]
\tgpgsign = true
[merge]
\tff = only
[init]
\tdefaultBranch = trunk
[user]
\tuseConfigOnly = true
"""


def demo(tmp_path: Path, *args: str, **extra: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.gitconfig").write_text(HOSTILE)
    (tmp_path / "temporary").mkdir()
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env |= {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "temporary"), **extra}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    command = [sys.executable, str(ROOT / "examples/demo.py"), *args]
    return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)


def test_it_keeps_its_promises_under_any_settings(tmp_path: Path) -> None:
    done = demo(tmp_path, DATABASE_URL="postgresql://nowhere/x", GIT_DIR="/nowhere", QDRANT_HOST="nowhere")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    for shown in (
        "LED004 BUILD-002",
        "1 inserted, 1 updated, 0 deleted",
        "BUILD-004|2026-03-12|",
        "unchanged (7 entries)",
    ):
        assert shown in done.stdout
    assert "\x1b" not in done.stdout
    assert list((tmp_path / "temporary").iterdir()) == [], "it cleans up"


def test_its_repository_can_be_kept(tmp_path: Path) -> None:
    done = demo(tmp_path, "--keep")
    kept = Path(done.stdout.rstrip().rpartition(" ")[2])
    assert (kept / "autopack.db").exists()
    assert (kept / ".git").is_dir()


@pytest.mark.parametrize("program", ["git", "autopack-hooks"])
def test_a_broken_promise_fails(tmp_path: Path, program: str) -> None:
    """A git whose merges do nothing, and a tool that does nothing: the demo must not say that all is well."""
    folder = tmp_path / "bin"
    folder.mkdir()
    real = shutil.which("git") if program == "git" else f"{sys.executable} -m autopack_hooks"
    (folder / program).write_text(f'#!/bin/sh\ncase "$1" in merge|init) exit 0 ;; esac\nexec {real} "$@"\n')
    (folder / program).chmod(0o755)
    env = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    command = [sys.executable, str(ROOT / "examples/demo.py")]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "The demo failed" in done.stderr and "Traceback" not in done.stderr
