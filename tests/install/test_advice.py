"""Commands that whoever reads them can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack_hooks.install.advice import runnable

CONFIG = "repos:\n- repo: x\n  rev: v1\n  hooks:\n  - id: ledger-fix\n"


def program(folder: Path) -> Path:
    folder.mkdir(parents=True)
    path = folder / "autopack-hooks"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("config", "marks", "arguments", "wanted"),
    [
        (CONFIG, {}, ["fix"], "pre-commit run ledger-fix --hook-stage manual --all-files"),
        (CONFIG, {"PREK_HOOK_STAGE": "x"}, ["fix"], "prek run ledger-fix --hook-stage manual --all-files"),
        (CONFIG, {}, ["fix", "--stubs"], "OWN fix --stubs"),
        (CONFIG + "    stages: [pre-commit]\n", {}, ["fix"], "OWN fix"),
        ("repos: []\n", {}, ["fix"], "OWN fix"),
        ("repos: [\n", {}, ["fix"], "OWN fix"),
        (None, {}, ["fix"], "OWN fix"),
    ],
)
def test_in_the_environment_of_a_runner(
    tmp_path: Path, config: str | None, marks: dict[str, str], arguments: list[str], wanted: str
) -> None:
    own = program(tmp_path / "env/bin")
    if config is not None:
        (tmp_path / ".pre-commit-config.yaml").write_text(config)
    environ = {"PRE_COMMIT": "1", "PATH": str(own.parent), **marks}
    assert runnable(tmp_path, environ, str(own.parent / "python"), *arguments) == wanted.replace("OWN", str(own))


def test_on_the_path_it_has_its_name(tmp_path: Path) -> None:
    own, other = program(tmp_path / "env/bin"), program(tmp_path / "user/bin")
    environ = {"PRE_COMMIT": "1", "PATH": f"{own.parent}:{other.parent}"}
    assert runnable(tmp_path, environ, str(own.parent / "python"), "fix", "a b.md") == "autopack-hooks fix 'a b.md'"
    assert runnable(tmp_path, {"PATH": str(own.parent)}, str(own.parent / "python"), "fix") == "autopack-hooks fix"
