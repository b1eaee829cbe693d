"""``completion``: the scripts complete what the parsers know, in the shells themselves where they are installed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autopack_hooks.commands.cli.catalog import COMMANDS
from autopack_hooks.commands.cli.tree import Node, Switch, command_tree
from autopack_hooks.main import main
from tests.support import GitRepo

ROOT = Path(__file__).parents[2]
HOSTILE = "x$(touch${IFS}owned)"
LINES = [
    ("", {"check", "fix-links", "completion"}, {"--repo"}),
    ("fi", {"fix", "fix-links"}, {"check"}),
    ("--co", {"--config", "--color"}, {"--repo"}),
    ("--color ", {"auto", "always", "never"}, {"check"}),
    ("--repo . ch", {"check"}, set()),
    ("--repo check li", {"links"}, set()),
    ("check --format ", {"text", "json", "github", "sarif"}, {"check"}),
    ("check --format js", {"json"}, {"text"}),
    ("fix-links --ex", {"--execute"}, set()),
    ("lock ", {"status", "run", "break"}, {"check"}),
    ("lock run ", {"docs", "queue"}, {"status"}),
    ("lock run --tim", {"--timeout"}, {"--token"}),
    ("explain LED00", {"LED004"}, {"LED010"}),
    ("new ", {"build_history"}, {"check", "project"}),
    ("new build_history ", set(), {"build_history"}),
    ("config show links.h", {"links.history"}, {"links.nav"}),
    ("check --against ma", {"main"}, set()),
    ("check --against x", set(), {HOSTILE}),
    ("help re", {"renumber"}, set()),
    ("audit ", {"show", "verify"}, set()),
    ("recall --diff ma", set(), {"check"}),  # a value here
    ("fix --diff --un", {"--unsafe"}, set()),  # a flag there
    ("explain --nonsense LED00", {"LED004"}, set()),
]


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_one_the_shell_can_read(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)
    assert all(name in text for name in COMMANDS)
    if shutil.which(shell):
        done = subprocess.run([shell, "-n"], input=text, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_tree_has_every_action_and_every_option() -> None:
    tree = {node.path: node for node in command_tree({}).walk()}
    assert set(COMMANDS) <= {path[0] for path in tree if path}
    assert {("lock", "run"), ("config", "show")} <= set(tree)
    assert "--database-url" in names(tree["sync",]) and "--worker" not in names(tree["sync",])
    assert {"-q", "--color"} <= names(tree[()]) & names(tree["lock", "run"])


def names(node: Node) -> set[str]:
    switches: list[Switch] = node.switches
    return {name for switch in switches for name in switch.names}


@pytest.fixture
def program(ledger_repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """A repository to complete in, and the program on the path."""
    ledger_repo.git("branch", HOSTILE)
    folder = tmp_path / "bin"
    folder.mkdir()
    run = f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m autopack_hooks "$@"\n'
    (folder / "autopack-hooks").write_text(run)
    (folder / "autopack-hooks").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return ledger_repo


def check_all(shell: str, lines: list[str], asked: str, program: GitRepo) -> None:
    """Let the shell complete every line, each answer after a line with a number."""
    done = subprocess.run([shell], input=asked, text=True, capture_output=True, cwd=program.root, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    answers = done.stdout.split("=====\n")[1:]
    assert len(answers) == len(lines)
    for (line, wanted, unwanted), answer in zip(LINES, answers, strict=True):
        found = {row.split("\t")[0] for row in answer.splitlines()}
        assert wanted <= found and not unwanted & found, f"{line!r} -> {sorted(found)[:20]}"
    assert not (program.root / "owned").exists()


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes(program: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    for line, _, _ in LINES:
        words = ["autopack-hooks", *line.split(" ")]
        lines.append(
            f"COMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}; COMPREPLY=(); _autopack_hooks\n"
            'printf "=====\\n"; printf "%s\\n" "${COMPREPLY[@]}"\n'
        )
    check_all("bash", lines, script("bash", capsys) + "".join(lines), program)


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_takes_a_value_after_the_sign(program: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    """Readline hands ``--format=js`` over as three words."""
    asked = script("bash", capsys)
    for words in (
        ["check", "--format", "="],
        ["check", "--format", "=", "js"],
        ["check", "--format", "=", "json", "--st"],
    ):
        asked += (
            f"COMP_WORDS=(autopack-hooks {' '.join(words)}); COMP_CWORD={len(words)}; COMPREPLY=(); _autopack_hooks\n"
            'echo "${COMPREPLY[*]}"\n'
        )
    done = subprocess.run(["bash"], input=asked, text=True, capture_output=True, cwd=program.root, check=False)
    assert done.stdout.splitlines() == ["text json github sarif", "json", "--staged"]


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
def test_fish_completes(program: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f'printf "=====\\n"; complete -C "autopack-hooks {line}"\n' for line, _, _ in LINES]
    check_all("fish", lines, script("fish", capsys) + "".join(lines), program)
