"""This project passes its own hooks, through the real pre-commit."""

from __future__ import annotations

import os
import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import GitRepo

ROOT = Path(__file__).parent.parent


@pytest.fixture
def project(new_repo: Callable[..., GitRepo]) -> GitRepo:
    """The project as it stands, in a repository of its own."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so there is no telling which files belong to the project")
    listed = GitRepo(ROOT).git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    copy = new_repo("autopack-hooks")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (copy.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy.root / name)
    copy.commit("all of it")
    return copy


def lend_environments(project: GitRepo) -> None:
    """Give the copy's dev.py the environment of the running tests, so that it builds none from the registry."""
    places = runpy.run_path(str(project.root / "dev.py"))["places"]
    for purpose in ("sync", "dev"):
        folder = Path(places(purpose)[1])
        folder.mkdir(parents=True)
        for part in Path(sys.prefix).iterdir():
            if part.name != "complete":
                (folder / part.name).symlink_to(part)
        (folder / "complete").touch()


@pytest.mark.skipif(os.name == "nt", reason="the hooks call python3, which Windows does not have by that name")
def test_it_passes_its_own_hooks(
    project: GitRepo, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend_environments(project)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    monkeypatch.setenv("PYTHONPATH", str(project.root))
    # Types are checked by CI and by a commit; here they would take longer than all the rest.
    out = project.run(sys.executable, "-m", "pre_commit", "run", "--all-files", SKIP="lint")
    assert out.count("Passed") == 3
    assert out.count("Skipped") == 1
