"""The hook ledger-fix through the real runners: it mends the file and stops the commit once, as every fixer does."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import LEDGER, GitRepo

MANIFEST = Path(__file__).parent.parent.parent / ".pre-commit-hooks.yaml"
PATH = "docs/BUILD_HISTORY.md"


@pytest.mark.parametrize("runner", ["pre-commit", "prek"])
def test_a_commit_is_stopped_once(
    ledger_repo: GitRepo, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runner: str
) -> None:
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    monkeypatch.setenv("PREK_HOME", str(tmp_path / "prek"))
    (hook,) = (hook for hook in yaml.safe_load(MANIFEST.read_text()) if hook["id"] == "ledger-fix")
    del hook["minimum_pre_commit_version"]
    hook.update(
        language="system",
        entry=hook["entry"].replace("autopack-hooks", f"{shlex.quote(sys.executable)} -m autopack_hooks"),
    )
    ledger_repo.write(".pre-commit-config.yaml", yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook]}]}))
    ledger_repo.commit("hooks")
    ledger_repo.run(programs / runner, "install")
    changed = LEDGER.replace("Adds the second thing.", "Adds it at last.")
    ledger_repo.write(PATH, changed.replace("Total_Builds: 3", "Total_Builds: 9"))
    ledger_repo.git("add", "-A")
    assert "fixed docs/BUILD_HISTORY.md" in ledger_repo.git("commit", "-m", "x", ok=False)
    assert ledger_repo.read(PATH) == changed
    ledger_repo.git("add", "-A")
    ledger_repo.git("commit", "-m", "x")
