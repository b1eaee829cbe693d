"""``agent-hook``: context before an edit, errors of a ledger after it, and silence about everything else."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autopack_hooks.main import main
from tests.support import LEDGER, GitRepo

BOOK = "docs/BUILD_HISTORY.md"
BODY = "the second thing."


@pytest.fixture
def named(ledger_repo: GitRepo) -> GitRepo:
    ledger_repo.write("src/a.py", "a = 1\n")
    ledger_repo.write(BOOK, LEDGER.replace(BODY, f"{BODY} See `src/a.py`."))
    ledger_repo.commit("code")
    return ledger_repo


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Call ``agent-hook`` with an input, from a folder that has nothing to do with it; gives code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(event: str | None, given: Any, *args: str) -> tuple[int, str, str]:
        data = given if isinstance(given, bytes) else json.dumps(given).encode()
        stream = SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False)
        monkeypatch.setattr("sys.stdin", stream)
        capsys.readouterr()
        code = main(["agent-hook", *([event] if event else []), *args])
        return code, *capsys.readouterr()

    return call


def edit(repo: GitRepo, path: str, cwd: str = "", key: str = "file_path", tool: str = "Edit") -> dict[str, Any]:
    return {
        "session_id": "s",
        "cwd": str(repo.root / cwd),
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": {key: path, "old_string": "x"},
    }


def context(found: tuple[int, str, str], event: str = "PreToolUse") -> str:
    code, out, err = found
    assert (code, err) == (0, "")
    answer = json.loads(out)["hookSpecificOutput"]
    assert answer["hookEventName"] == event and "permissionDecision" not in answer
    return str(answer["additionalContext"])


SILENCE = (0, "", "")


def test_before_an_edit(named: GitRepo, hook: Any) -> None:
    for path, cwd in ((str(named.root / "src/a.py"), ""), ("a.py", "src"), ("../src/a.py", "docs")):
        assert "BUILD-002 2026-01-02 (complete)" in context(hook("PreToolUse", edit(named, path, cwd)))
    assert "BUILD-002" in context(hook(None, edit(named, "src/a.py")))
    assert "BUILD-002" in context(hook("PreToolUse", edit(named, "src/a.py", key="notebook_path")))


def test_a_patch_names_its_files(named: GitRepo, hook: Any) -> None:
    patch = "*** Begin Patch\n*** Add File: x.py\n+x\n*** Update File: src/a.py\n@@\n-a\n+b\n*** End Patch"
    assert "BUILD-002" in context(hook("PreToolUse", edit(named, patch, key="command", tool="apply_patch")))


def test_another_repository_answers_for_its_own_files(
    named: GitRepo, hook: Any, new_repo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_repo("other")
    other.write("src/a.py", "a = 2\n")
    other.commit("other")
    assert hook("PreToolUse", edit(named, str(other.root / "src/a.py"))) == SILENCE
    assert "BUILD-002" in context(hook("PreToolUse", edit(other, str(named.root / "src/a.py"))))
    named.git("worktree", "add", "-q", ".claude/worktrees/w")
    assert "BUILD-002" in context(hook("PreToolUse", edit(named, ".claude/worktrees/w/src/a.py")))
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    assert "BUILD-002" in context(hook("PreToolUse", edit(named, "src/a.py")))


def test_links_are_followed(named: GitRepo, hook: Any, tmp_path: Path) -> None:
    (tmp_path / "door").symlink_to(named.root)
    assert "BUILD-002" in context(hook("PreToolUse", edit(named, str(tmp_path / "door/src/a.py"))))
    (named.root / "b.py").symlink_to("src/a.py")
    assert "BUILD-002" in context(hook("PreToolUse", edit(named, "b.py")))


@pytest.mark.parametrize(
    "path", ["src/b.py", "new/folder/c.py", "/nowhere/x.py", "../x.py", "", ".", "a\0b", "x" * 9999]
)
@pytest.mark.parametrize("event", ["PreToolUse", "PostToolUse"])
def test_nothing_to_say(named: GitRepo, hook: Any, path: str, event: str) -> None:
    assert hook(event, edit(named, path)) == SILENCE


@pytest.mark.parametrize("event", ["PreToolUse", "PostToolUse", "SessionStart", "Stop", None])
@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"[]",
        b"{not json",
        b"\xff\xfe",
        b"[" * 100_000,
        {"tool_input": 3},
        {"tool_input": {"file_path": 3}, "cwd": 4, "hook_event_name": 5},
        {"tool_input": {"command": "*** Begin Patch\n*** Update File: "}, "cwd": "\0"},
    ],
)
def test_what_cannot_be_read_is_silence(hook: Any, given: Any, event: str | None) -> None:
    assert hook(event, given) == SILENCE


def test_an_invalid_configuration_is_silence(named: GitRepo, hook: Any) -> None:
    named.write(".autopack-hooks.yaml", "nonsense: [")
    for event in ("PreToolUse", "PostToolUse", "SessionStart"):
        assert hook(event, edit(named, BOOK)) == SILENCE
    code, out, err = hook("PostToolUse", edit(named, BOOK), "--verbose")
    assert (code, out) == (0, "") and ".autopack-hooks.yaml" in err


def test_after_a_ledger_was_written(named: GitRepo, hook: Any) -> None:
    assert hook("PostToolUse", edit(named, BOOK)) == SILENCE
    named.write(BOOK, LEDGER.replace("### BUILD-001", "### BUILD-002"))
    code, out, err = hook("PostToolUse", edit(named, BOOK, tool="Write"))
    assert (code, out) == (2, "") and f"{BOOK}:" in err and " LED" in err and "BUILD-002" in err
    assert hook("PostToolUse", edit(named, "src/a.py")) == SILENCE
    assert hook("PreToolUse", edit(named, BOOK))[0] == 0


def test_what_does_not_fit_is_counted(named: GitRepo, hook: Any) -> None:
    text = LEDGER
    for thing in ("first", "second", "third"):
        text = text.replace(f"Adds the {thing} thing.", f"Adds `src/a.py`. {'Because of this. ' * 15}")
        text = text.replace(f"Adds the {thing} thing,", f"Adds `src/a.py`. {'Because of this. ' * 15}")
    for number in range(4, 12):
        text += (
            f"\n### BUILD-{number:03} | 2025-01-01 | More\n\n**Status**: Complete\n\nOf `src/a.py`. {'Why. ' * 40}\n"
        )
    named.write(BOOK, text)
    named.commit("more")
    said = context(hook("PreToolUse", edit(named, "src/a.py")))
    assert len(said.encode()) < 900 and "more: autopack-hooks recall src/a.py --budget" in said


def test_many_errors_are_cut(named: GitRepo, hook: Any) -> None:
    rows = "".join(f"| 2026-01-01 | BUILD-{n} | P | S | 1 |\n" for n in range(100, 200))
    named.write(BOOK, LEDGER.replace("| 2026-01-03", f"{rows}| 2026-01-03", 1))
    code, _, err = hook("PostToolUse", edit(named, BOOK))
    assert code == 2 and len(err.splitlines()) <= 22 and "more: autopack-hooks check" in err


def test_files_of_a_pattern_are_ledgers(repo: GitRepo, hook: Any) -> None:
    repo.write(".autopack-hooks.yaml", "version: 1\nledgers:\n  adr: {path: docs/adr/*.md, dialect: madr}\n")
    repo.write("docs/adr/0001-one.md", "# One\n\n## Status\n\nAccepted\n")
    repo.commit("adr")
    assert hook("PostToolUse", edit(repo, "docs/other.md")) == SILENCE
    repo.write("docs/adr/0001-two.md", "# Two\n\n## Status\n\nAccepted\n")
    code, _, err = hook("PostToolUse", edit(repo, "docs/adr/0001-two.md"))
    assert code == 2 and "docs/adr/0001-two.md:" in err


def test_at_the_start(named: GitRepo, hook: Any, new_repo: Any) -> None:
    call = {"cwd": str(named.root), "hook_event_name": "SessionStart", "source": "startup"}
    assert "BUILD-003" in context(hook("SessionStart", call), "SessionStart")
    assert hook("SessionStart", {**call, "cwd": str(new_repo("empty").root)}) == SILENCE


def test_a_person_at_a_terminal_is_not_kept_waiting(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    assert main(["agent-hook", "PreToolUse"]) == 0
