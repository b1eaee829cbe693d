"""The hooks that this repository offers, and the copies of them: they must say the same."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from autopack_hooks.commands.cli.catalog import COMMANDS
from autopack_hooks.install import precommit, shims

ROOT = Path(__file__).parent.parent
MANIFEST: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
OWN: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
HOOKS = {hook["id"]: hook for hook in MANIFEST}


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_says_what_it_is_and_sees_deletions(name: str) -> None:
    hook = HOOKS[name]
    assert hook["language"] == "python"
    assert hook["name"] and hook["description"].endswith(".")
    assert (hook["pass_filenames"], hook["always_run"], hook["require_serial"]) == (False, True, True)
    assert hook["minimum_pre_commit_version"] == "3.2.0"
    assert "manual" in hook["stages"]


@pytest.mark.parametrize("name", HOOKS)
def test_every_entry_is_a_command_that_exists(name: str) -> None:
    program, command, *_ = HOOKS[name]["entry"].split()
    assert program == "autopack-hooks"
    assert command in COMMANDS


def test_only_the_sync_needs_more_than_the_core() -> None:
    assert {name for name, hook in HOOKS.items() if "additional_dependencies" in hook} == {"ledger-sync"}
    assert HOOKS["ledger-sync"]["additional_dependencies"] == [".[sync]"]


def test_no_check_runs_after_the_fact_and_no_sync_before_it() -> None:
    for name, hook in HOOKS.items():
        after = {stage for stage in hook["stages"] if stage.startswith("post-")}
        assert bool(after) is (name == "ledger-sync"), name


def test_the_block_that_init_writes_names_hooks_of_the_manifest() -> None:
    assert set(precommit.HOOKS) <= set(HOOKS)
    staged = {stage for hook in precommit.HOOKS for stage in HOOKS[hook]["stages"]}
    assert set(precommit.HOOK_TYPES) <= staged


def test_our_own_hooks_are_those_of_the_manifest_from_our_sources() -> None:
    own = {hook["id"]: hook for repo in OWN["repos"] for hook in repo["hooks"]}
    assert set(precommit.HOOKS) <= set(own)
    for name in precommit.HOOKS:
        assert own[name]["entry"] == HOOKS[name]["entry"].replace("autopack-hooks", "python3 dev.py run", 1)
        assert set(own[name]["stages"]) <= set(HOOKS[name]["stages"])
    assert tuple(OWN["default_install_hook_types"]) == precommit.HOOK_TYPES


@pytest.mark.parametrize("name", shims.files())
def test_the_hooks_folder_holds_what_init_installs(name: str) -> None:
    path = ROOT / "hooks" / name
    assert path.read_text() == shims.files()[name], "run: python3 dev.py docs"
    assert path.stat().st_mode & 0o111, "a hook must be executable"
    subprocess.run(["sh", "-n", str(path)], check=True)


def test_the_hooks_folder_holds_nothing_else() -> None:
    assert {path.name for path in (ROOT / "hooks").iterdir()} == set(shims.files())


def test_shims_are_three_lines() -> None:
    assert {shims.shim(event).count("\n") for event in shims.EVENTS} == {3}


def test_ci_runs_on_every_python_that_the_project_promises() -> None:
    promised = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == promised
