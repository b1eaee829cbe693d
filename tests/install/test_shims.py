from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from autopack_hooks.install import shims
from tests.support import GitRepo


@pytest.mark.skipif(os.name == "nt", reason="the program is wrapped in a shell script")
def test_without_the_program_the_module_is_run_and_never_one_of_the_repository(
    ledger_repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "git").symlink_to(shutil.which("git") or "git")
    python = programs / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    for name, text in shims.files().items():
        hook = ledger_repo.write(f".git/hooks/{name}", text)
        hook.chmod(0o755)
    # A commit that somebody else made may hold such files; running them is what must not happen.
    for name in ("argparse.py", "autopack_hooks.py"):
        ledger_repo.write(name, "raise SystemExit('taken from the repository')\n")
    ledger_repo.git("add", "-A")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/bin{os.pathsep}/usr/bin")
    out = ledger_repo.git("commit", "-m", "files named like modules")
    assert "taken from" not in out and "synced" in out
    assert (ledger_repo.root / "autopack.db").exists()
