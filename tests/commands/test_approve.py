"""The approve command through ``main``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from autopack_hooks.main import main
from autopack_hooks.sync.plan import with_digest
from tests.audit.keys import make_key, needs_openssh
from tests.support import GitRepo

PLAN: dict[str, Any] = with_digest(
    {"version": 1, "targets": {"database": {"url": "sqlite:///x\x1b[31m", "insert": [], "delete": ["a/B-1", "a/B-2"]}}}
)
ANN = "Ann Other <ann@host.org>"


@pytest.fixture
def at(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    monkeypatch.chdir(repo.root)
    repo.write("plan.json", json.dumps(PLAN))
    return repo


@pytest.fixture
def approve(at: GitRepo, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*args: str, code: int = 0) -> str:
        assert main(["approve", *args]) == code, capsys.readouterr()
        told = capsys.readouterr()
        return told.out + told.err

    return run


def records(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert main(["audit", "show", "--format", "json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_it_writes_what_the_plan_is_approved_with(
    at: GitRepo, approve: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    told = approve("plan.json", "--output", "ok.json", "--note", "archived", "--expires", "1")
    assert "database: 0 to insert, 0 to update, 2 to delete  sqlite:///x\\x1b[31m" in told
    assert "delete a/B-1, a/B-2\n" in told
    assert "approved by a <a@example.invalid> until " in told and "not signed" in told and "ok.json" in told
    approval = json.loads(at.read("ok.json"))
    assert approval["plan_digest"] == PLAN["digest"] and approval["note"] == "archived"
    (record,) = records(capsys)
    assert (record["action"], record["plan_digest"], record["approval"]["id"]) == (
        "approve",
        PLAN["digest"],
        approval["id"],
    )


def test_it_lies_beside_the_plan_unless_told(at: GitRepo, approve: Callable[..., str]) -> None:
    assert "plan.approval.json" in approve("plan.json", "--operator", ANN)
    assert json.loads(at.read("plan.approval.json"))["operator"] == ANN


def test_a_fix_plan_is_approved_too(at: GitRepo, approve: Callable[..., str]) -> None:
    fix = {
        "broken_links": [
            {"fix_type": "update_reference"},
            {"fix_type": "update_reference"},
            {"fix_type": "manual_review"},
        ]
    }
    at.write("fix.json", json.dumps(fix))
    told = approve("fix.json")
    assert "2 links: update_reference" in told and "1 link: manual_review" in told


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["none.json"], 2, "none.json: cannot be read"),
        (["edited.json"], 6, "edited.json: its digest does not match its content"),
        (["plan.json", "--output", "plan.json"], 2, "this is the plan itself"),
        (["plan.json", "--operator", ""], 2, "is not an operator"),
        (["plan.json", "--operator", "Ann"], 2, "is not an operator"),
        (["plan.json", "--operator", "unknown <ann@host.org>"], 6, "'unknown' is a placeholder"),
        (["plan.json", "--operator", "root <root@localhost>"], 6, "'root@localhost' is a placeholder"),
        (["plan.json", "--operator", "Ann <you@example.com>"], 6, "'you@example.com' is a placeholder"),
        (["plan.json", "--expires", "0"], 2, "at most 366 days"),
        (["plan.json", "--expires", "nan"], 2, "at most 366 days"),
        (["plan.json", "--note", "two\nlines"], 2, "one line"),
    ],
)
def test_what_is_refused_writes_nothing(
    at: GitRepo, approve: Callable[..., str], args: Sequence[str], code: int, said: str
) -> None:
    at.write("edited.json", json.dumps({**PLAN, "commit": "c0ffee"}))
    assert said in approve(*args, code=code)
    assert sorted(path.name for path in at.root.glob("*.json")) == ["edited.json", "plan.json"]
    assert json.loads(at.read("plan.json")) == PLAN


def test_nobody_set_up_in_git_is_told_what_to_do(
    at: GitRepo, approve: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{who}_NAME")
    assert "set user.name and user.email in git, or give --operator" in approve("plan.json", code=6)


def test_no_audit_trail_no_approval(at: GitRepo, approve: Callable[..., str]) -> None:
    at.write(".git/autopack-hooks/audit", "in the way")
    assert "the audit trail" in approve("plan.json", code=2)
    assert not (at.root / "plan.approval.json").exists()


@needs_openssh
def test_it_is_signed_where_git_signs(at: GitRepo, approve: Callable[..., str], tmp_path: Path) -> None:
    at.write(".autopack-hooks.yaml", "sync: {approvals: {require_signature: true, allowed_signers: allowed}}\n")
    assert "asks for a signature" in approve("plan.json", code=6)
    make_key(tmp_path / "ann")
    at.git("config", "gpg.format", "ssh")
    at.git("config", "user.signingkey", tmp_path / "ann.pub")
    assert ", signed" in approve("plan.json", "--operator", ANN)
    assert json.loads(at.read("plan.approval.json"))["signature"].startswith("-----BEGIN SSH SIGNATURE-----")
    (tmp_path / "ann").unlink()
    assert "cannot sign" in approve("plan.json", code=2)
