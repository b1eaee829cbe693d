"""What agents are told is put in and taken out again without a trace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autopack_hooks.core.errors import UsageError
from autopack_hooks.install.agents import AGENTS, SETTINGS, with_block, with_hooks, without_block, without_hooks
from autopack_hooks.main import main
from tests.support import GitRepo

HOOK = {"matcher": "Bash", "hooks": [{"type": "command", "command": "echo own"}]}
EVENTS = ("PreToolUse", "PostToolUse", "SessionStart")


@pytest.mark.parametrize(
    "text", ["# A\n\nOurs.\n", "# A", "", "\n", "# A\r\n\r\nOurs.\r\n", "# A\r\nx", "\ufeff# A\n", "# A\n\n\n"]
)
def test_the_block_leaves_no_trace(text: str) -> None:
    once = with_block(text)
    assert once.startswith(text) and "autopack-hooks prime" in once
    assert once.count("\r") == (once.count("\n") if "\r" in text else 0)
    assert with_block(once) == once
    assert without_block(once) == text
    assert without_block(text) == text


def test_a_file_of_its_own() -> None:
    assert without_block(with_block("", exists=False)) is None


def test_text_around_the_block_is_kept() -> None:
    once = with_block("# A\n")
    assert without_block(once + "\nLater.\n") == "# A\n\nLater.\n"
    assert without_block(with_block("", exists=False) + "\nLater.\n") == "\nLater.\n"
    older = once.replace(" v1:", " v0:").replace("Its ledgers hold", "They hold").replace("# A\n", "# B\n\nC\n")
    assert with_block(older + "\nLater.\n") == once.replace("# A\n", "# B\n\nC\n") + "\nLater.\n"


def test_half_a_block_is_left_alone() -> None:
    half = with_block("# A\n").partition("<!-- end")[0]
    for act in (with_block, without_block):
        with pytest.raises(UsageError, match=r"AGENTS\.md:3: "):
            act(half)


@pytest.mark.parametrize("indent", [None, 2, 4, "\t"])
@pytest.mark.parametrize(
    "own",
    [
        {"permissions": {"allow": ["Bash(ls)"]}},
        {"hooks": {"PreToolUse": [HOOK]}, "model": "x"},
        {"hooks": {"PreToolUse": [HOOK], "Stop": [HOOK]}},
        {"hooks": {"PreToolUse": [{**HOOK, "matcher": "Edit"}], "PostToolUse": [HOOK, HOOK]}, "é": "\u2028"},
    ],
)
def test_hooks_leave_no_trace(own: dict[str, Any], indent: Any) -> None:
    text = json.dumps(own, indent=indent, ensure_ascii=False) + "\n"
    once = with_hooks(text)
    merged = json.loads(once)
    for event in EVENTS:
        groups = merged["hooks"][event]
        assert groups[:-1] == own.get("hooks", {}).get(event, [])
        assert groups[-1]["hooks"][0]["command"] == f"autopack-hooks agent-hook {event}"
    assert with_hooks(once) == once and without_hooks(once) == text and without_hooks(text) == text


def test_a_hook_that_the_user_changed_stays_and_goes_alone() -> None:
    changed = {"type": "command", "command": "/opt/bin/autopack-hooks  agent-hook PreToolUse", "timeout": 3}
    own = {"hooks": {"PreToolUse": [{"matcher": "Edit", "hooks": [changed, {"type": "command", "command": "x"}]}]}}
    merged = json.loads(with_hooks(json.dumps(own)))
    assert merged["hooks"]["PreToolUse"] == own["hooks"]["PreToolUse"]
    left = json.loads(without_hooks(json.dumps(merged)))
    assert left == {"hooks": {"PreToolUse": [{"matcher": "Edit", "hooks": [{"type": "command", "command": "x"}]}]}}


@pytest.mark.parametrize(
    "command", ["autopack-hooks recall x", "echo agent-hook PreToolUse", "my-autopack-hooksx agent-hook PreToolUse"]
)
def test_hooks_of_others_are_not_ours(command: str) -> None:
    own = {"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": command}]}, 3, {"hooks": 3}]}}
    assert without_hooks(json.dumps(own)) == json.dumps(own)
    assert len(json.loads(with_hooks(json.dumps(own)))["hooks"]["PreToolUse"]) == 4


@pytest.mark.parametrize(
    "text", ["{", "// a\n{}", "[]", '{"hooks": []}', '{"hooks": {"PreToolUse": {}}}', "[" * 99_999]
)
def test_settings_that_are_not_understood(text: str) -> None:
    for act in (with_hooks, without_hooks):
        with pytest.raises(UsageError, match=r"settings\.json: .* run this again"):
            act(text)


def run(repo: GitRepo, *args: str) -> int:
    return main(["init", "--agents", "--hooks", "none", "--yes", "--repo", str(repo.root), *args])


def test_init(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ledger_repo) == 0 and f"{AGENTS} {SETTINGS} &&" in capsys.readouterr().out
    once = ledger_repo.read(AGENTS), ledger_repo.read(SETTINGS)
    assert run(ledger_repo) == 0 and (ledger_repo.read(AGENTS), ledger_repo.read(SETTINGS)) == once
    assert run(ledger_repo, "--remove") == 0
    assert not (ledger_repo.root / AGENTS).exists() and not (ledger_repo.root / ".claude").exists()
    assert (ledger_repo.root / ".autopack-hooks.yaml").exists()
    capsys.readouterr()
    assert run(ledger_repo, "--remove") == 0 and "Nothing to do" in capsys.readouterr().out


def test_init_keeps_what_it_does_not_understand(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    ledger_repo.write(SETTINGS, "{,}")
    assert run(ledger_repo) == 1 and "not valid JSON" in capsys.readouterr().out
    assert ledger_repo.read(SETTINGS) == "{,}" and (ledger_repo.root / AGENTS).exists()
    assert run(ledger_repo, "--remove") == 1 and not (ledger_repo.root / AGENTS).exists()


def test_a_link_stays_one(ledger_repo: GitRepo, tmp_path: Path) -> None:
    ledger_repo.write("CLAUDE.md", "# C\n")
    (ledger_repo.root / AGENTS).symlink_to("CLAUDE.md")
    assert run(ledger_repo) == 0 and (ledger_repo.root / AGENTS).is_symlink()
    assert "autopack-hooks prime" in ledger_repo.read("CLAUDE.md")
    (tmp_path / "out.md").write_text("# O\n")
    (ledger_repo.root / AGENTS).unlink()
    (ledger_repo.root / AGENTS).symlink_to(tmp_path / "out.md")
    assert run(ledger_repo) == 2 and (tmp_path / "out.md").read_text() == "# O\n"


def test_remove_alone_is_refused_and_uninstall_removes_too(ledger_repo: GitRepo) -> None:
    assert main(["init", "--remove", "--repo", str(ledger_repo.root)]) == 2
    run(ledger_repo)
    assert main(["uninstall", "--repo", str(ledger_repo.root)]) == 0
    assert not (ledger_repo.root / AGENTS).exists() and not (ledger_repo.root / SETTINGS).exists()
