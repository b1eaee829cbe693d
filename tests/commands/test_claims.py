"""``claims``, and the ids that ``new`` gives where there is a remote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autopack_hooks.main import main
from tests.project.test_claims import clones
from tests.support import GitRepo


def new(repo: GitRepo, capsys: pytest.CaptureFixture[str], *args: str) -> tuple[str, str]:
    capsys.readouterr()
    assert main(["--repo", str(repo.root), "new", "build_history", "Next", *args]) == 0
    shown = capsys.readouterr()
    return shown.out.strip(), shown.err


def test_two_clones_get_two_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, (one, two) = clones(tmp_path, 2)
    assert new(one, capsys) == ("BUILD-004", "") and new(two, capsys) == ("BUILD-005", "")


@pytest.mark.parametrize("word", ["off", "'off'", "false"])
def test_off_claims_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str], word: str) -> None:
    origin, (one,) = clones(tmp_path, 1)
    one.write(".autopack-hooks.yaml", f"version: 1\nids: {{claim: {word}}}\n")
    assert new(one, capsys) == ("BUILD-004", "") and origin.git("for-each-ref", "refs/autopack") == ""


def test_offline_goes_on_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, (one,) = clones(tmp_path, 1)
    one.git("remote", "set-url", "origin", str(tmp_path / "nowhere.git"))
    entry_id, note = new(one, capsys)
    assert entry_id == "BUILD-004" and "could not be claimed" in note and note.count("\n") == 1


def test_fetched_branches_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, (one, two) = clones(tmp_path, 2)
    for repo in (one, two):
        repo.write(".git/info/exclude", ".autopack-hooks.yaml\n")
        repo.write(".autopack-hooks.yaml", "version: 1\nids: {claim: off}\n")
    one.git("checkout", "-q", "-b", "work")
    new(one, capsys)
    one.commit("work")
    one.git("push", "-q", "origin", "work")
    assert new(two, capsys)[0] == "BUILD-004"
    two.git("checkout", "-q", "--", ".")
    two.git("fetch", "-q")
    assert new(two, capsys)[0] == "BUILD-005"


def test_list_release_and_prune(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, (one, two) = clones(tmp_path, 2)
    new(one, capsys)
    new(one, capsys)
    run = ["--repo", str(two.root), "claims"]
    assert main([*run, "list", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["entry_id"], row["merged"]) for row in rows] == [("BUILD-004", False), ("BUILD-005", False)]
    assert main([*run, "list"]) == 0 and "BUILD-004  build_history" in capsys.readouterr().out
    assert main([*run, "release", "BUILD-005", "BUILD-099"]) == 1
    assert "BUILD-099 is not claimed" in capsys.readouterr().err
    assert main([*run, "prune"]) == 0 and capsys.readouterr().out == ""
    one.commit("merged")
    one.git("push", "-q", "origin", "main")
    two.git("fetch", "-q")
    assert main([*run, "prune"]) == 0 and "BUILD-004 is free" in capsys.readouterr().out


def test_without_a_remote(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--repo", str(ledger_repo.root), "claims", "list"]) == 2
    assert "no remote 'origin'" in capsys.readouterr().err


@pytest.mark.parametrize("way", ["stdin", "pre-commit"])
def test_before_a_push_ids_of_others_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    origin, (one, two) = clones(tmp_path, 2)
    new(one, capsys)
    two.git("remote", "set-url", "origin", str(tmp_path / "nowhere.git"))
    new(two, capsys)
    two.commit("offline")
    two.git("remote", "set-url", "origin", str(origin.root))
    commit = two.git("rev-parse", "HEAD").strip()
    lines = f"refs/heads/main {commit} refs/heads/main {'0' * 40}\n(delete) {'0' * 40} refs/heads/x {commit}\n"
    monkeypatch.setattr("sys.stdin", iter(lines.splitlines(keepends=True)))
    if way == "pre-commit":
        monkeypatch.setenv("PRE_COMMIT_TO_REF", commit)
    args = ["--repo", str(two.root), "check", *(["--pushed"] if way == "stdin" else [])]
    assert main(args) == 1
    assert "BUILD-004 of build_history is claimed" in capsys.readouterr().err
    one.commit("ours")
    monkeypatch.setenv("PRE_COMMIT_TO_REF", one.git("rev-parse", "HEAD").strip())
    assert main(["--repo", str(one.root), "check", "--pushed"]) == 0
