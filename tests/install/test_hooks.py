"""Hooks beside those of other managers: where ours go, and what is shown where they are not called."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from autopack_hooks.install import shims
from autopack_hooks.main import main
from tests.support import GitRepo

HUSKY_9 = {".husky/_/h": "x\n", ".husky/_/pre-commit": "x\n", ".husky/pre-commit": "npm test\n"}
HUSKY_8 = {
    ".husky/_/husky.sh": "x\n",
    ".husky/pre-commit": '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nnpm test\n',
}
HUSKY_4 = {".git/hooks/pre-commit": "#!/bin/sh\n# husky\n\n# Hook created by Husky v4.3.8\n", "package.json": "{}\n"}
LEFTHOOK = {"lefthook.yml": "pre-commit:\n  commands:\n    lint: {run: make lint}\n"}
CALLED = {"lefthook.yml": "pre-commit: {commands: {ledgers: {run: autopack-hooks check --staged}}}\n"}
SIMPLE = {".git/hooks/pre-commit": '#!/bin/sh\n\nif [ "$SKIP_SIMPLE_GIT_HOOKS" = "1" ]; then exit 0; fi\n'}


@pytest.fixture(autouse=True)
def bare_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "sh", "env"):
        (folder / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(folder))


@pytest.mark.parametrize(
    ("files", "hooks_path", "folder", "shown"),
    [
        (HUSKY_9, ".husky/_", ".husky", [".husky/pre-commit", shims.chained_line("pre-commit")]),
        (HUSKY_8, ".husky", ".husky", [".husky/pre-commit", shims.chained_line("pre-commit")]),
        (HUSKY_9, "", ".husky", ["npm install"]),
        (HUSKY_4, "", ".git/hooks", ["package.json", '"pre-commit": "autopack-hooks check']),
        (LEFTHOOK, "", ".git/hooks", ["lefthook.yml", "{run: autopack-hooks check --staged"]),
        (CALLED, "", ".git/hooks", ["lefthook install"]),
        (SIMPLE, "", ".git/hooks", ["simple-git-hooks", "package.json"]),
    ],
    ids=[
        "husky 9",
        "husky 8",
        "husky not installed",
        "husky 4",
        "lefthook",
        "lefthook not installed",
        "simple-git-hooks",
    ],
)
def test_beside_another_manager(
    repo: GitRepo, files: Mapping[str, str], hooks_path: str, folder: str, shown: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name, text in files.items():
        repo.write(name, text).chmod(0o755)
    if hooks_path:
        repo.git("config", "core.hooksPath", hooks_path)
    for _turn in range(2):
        assert main(["init", "--repo", str(repo.root), "--yes"]) == 1
        out = capsys.readouterr().out
        assert all(text in out for text in shown), out
        assert "hooks" in out.splitlines()[-1]
    assert (repo.root / folder / "post-merge").exists()
    assert all((repo.root / name).read_text() == text for name, text in files.items()), "nothing of theirs is changed"
    assert not (repo.root / ".husky/_/post-merge").exists()


@pytest.mark.parametrize(
    ("files", "hooks_path"),
    [
        ({**HUSKY_9, ".husky/pre-commit": shims.chained_line("pre-commit") + "\n"}, ".husky/_"),
        ({**HUSKY_4, "package.json": '{"husky": {"hooks": {"pre-commit": "autopack-hooks check"}}}\n'}, ""),
        ({**CALLED, ".git/hooks/pre-commit": "#!/bin/sh\nlefthook run pre-commit\n"}, ""),
        ({".git/hooks/pre-commit": "#!/bin/sh\nautopack-hooks check --staged\n"}, ""),
    ],
    ids=["husky 9", "husky 4", "lefthook", "own"],
)
def test_where_ours_is_called_it_is_a_success(repo: GitRepo, files: Mapping[str, str], hooks_path: str) -> None:
    for name, text in files.items():
        repo.write(name, text).chmod(0o755)
    if hooks_path:
        repo.git("config", "core.hooksPath", hooks_path)
    assert main(["init", "--repo", str(repo.root), "--yes"]) == 0


def test_a_comment_is_no_call(repo: GitRepo) -> None:
    repo.write(".git/hooks/pre-commit", "#!/bin/sh\n# autopack-hooks check\n").chmod(0o755)
    assert main(["init", "--repo", str(repo.root), "--yes"]) == 1
