"""The audit command through ``main``."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autopack_hooks.audit.trail import AuditRecord, AuditTrail, open_trail
from autopack_hooks.main import main
from autopack_hooks.project.workspace import Workspace
from tests.audit.keys import make_key, needs_openssh
from tests.support import GitRepo

START = datetime(2026, 1, 1, tzinfo=UTC)
ANN = "Ann Other <ann@host.org>"


def trail_of(repo: GitRepo) -> AuditTrail:
    """Its clock goes on by half a day at each look."""
    moments = (START + timedelta(hours=12 * n) for n in range(100))
    return open_trail(Workspace.open(os.environ, str(repo.root)), lambda: next(moments))


@pytest.fixture
def at(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def filled(at: GitRepo) -> GitRepo:
    trail = trail_of(at)
    for inserted in (3, 0):
        trail.append(
            AuditRecord("sync", ANN, targets={"database": {"url": "sqlite:///x", "inserted": inserted, "deleted": 1}})
        )
    trail.append(AuditRecord("approve", ANN, approval={"id": "a1"}))
    trail.append(AuditRecord("sync", "\x1b[31mred", result="refused", exit_code=6, error="50 of 60"))
    return at


@pytest.fixture
def audit(at: GitRepo, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*args: str, code: int = 0) -> str:
        assert main(["audit", *args]) == code, capsys.readouterr()
        told = capsys.readouterr()
        return told.out + told.err

    return run


def test_before_anything_was_recorded(at: GitRepo, audit: Callable[..., str]) -> None:
    assert json.loads(audit("show", "--format", "json")) == []
    assert audit("verify") == "nothing was recorded yet\n"
    assert not (at.root / ".git/autopack-hooks").exists()


def test_the_table(filled: GitRepo, audit: Callable[..., str]) -> None:
    assert audit("show").split("\n") == [
        "seq  time                  action   result   operator                  what",
        "1    2026-01-01T00:00:00Z  sync     ok       Ann Other <ann@host.org>  database 1 deleted 3 inserted",
        "2    2026-01-01T12:00:00Z  sync     ok       Ann Other <ann@host.org>  database 1 deleted",
        "3    2026-01-02T00:00:00Z  approve  ok       Ann Other <ann@host.org>  approved",
        "4    2026-01-02T12:00:00Z  sync     refused  \\x1b[31mred               50 of 60",
        "",
    ]


@pytest.mark.parametrize(
    ("args", "seqs"),
    [
        ([], [1, 2, 3, 4]),
        (["--action", "sync"], [1, 2, 4]),
        (["--action", "syn"], []),
        (["--limit", "2"], [3, 4]),
        (["--limit", "9"], [1, 2, 3, 4]),
        (["--action", "sync", "--limit", "2"], [2, 4]),
        (["--since", "2026-01-02"], [3, 4]),
        (["--since", "2026-01-01T12:00:00Z"], [2, 3, 4]),
        (["--since", "2026-01-01T13:00:00+01:00"], [2, 3, 4]),
        (["--since", "2027-01-01"], []),
    ],
)
def test_filters(filled: GitRepo, audit: Callable[..., str], args: Sequence[str], seqs: Sequence[int]) -> None:
    assert [record["seq"] for record in json.loads(audit("show", "--format", "json", *args))] == seqs


@pytest.mark.parametrize(
    "args", [["show", "--limit", "0"], ["show", "--limit", "x"], ["show", "--since", "soon"], [], ["tell"]]
)
def test_bad_usage(at: GitRepo, args: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["audit", *args])
    assert caught.value.code == 2


def test_filters_are_not_for_verify(filled: GitRepo, audit: Callable[..., str]) -> None:
    assert "the whole trail" in audit("verify", "--limit", "1", code=2)


def test_one_record_is_singular(at: GitRepo, audit: Callable[..., str]) -> None:
    trail_of(at).append(AuditRecord("sync", ANN))
    assert audit("verify").startswith("1 record, none changed")


def test_verify_says_what_is_right_and_what_not(filled: GitRepo, audit: Callable[..., str]) -> None:
    assert audit("verify").startswith("4 records, none changed, removed or moved; the head ")
    path = filled.root / ".git/autopack-hooks/audit/audit.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0].replace("sync", "sink"), *lines[2:]]))
    told = audit("verify", code=1).splitlines()
    assert told == ["audit.jsonl:1: record 1 was changed", "audit.jsonl:2: record 2 was removed before record 3"]
    assert [problem["place"] for problem in json.loads(audit("verify", "--format", "json", code=1))] == [
        "audit.jsonl:1",
        "audit.jsonl:2",
    ]


@pytest.mark.parametrize(
    "line", ['{"seq":9,"time":"soon","action":"a","prev":"","hash":"","targets":3,"error":[1]}', "{", "\ud800"]
)
def test_a_trail_of_any_content_can_be_shown(filled: GitRepo, audit: Callable[..., str], line: str) -> None:
    path = filled.root / ".git/autopack-hooks/audit/audit.jsonl"
    path.write_bytes(path.read_bytes() + line.encode("utf-8", "surrogatepass") + b"\n")
    assert "50 of 60" in audit("show", "--since", "2026-01-01")
    assert audit("verify", code=1)


@needs_openssh
def test_a_signed_head_makes_cutting_off_visible(at: GitRepo, audit: Callable[..., str], tmp_path: Path) -> None:
    public = make_key(tmp_path / "ann")
    at.git("config", "gpg.format", "ssh")
    at.git("config", "user.signingkey", tmp_path / "ann.pub")
    trail = trail_of(at)
    for _ in range(3):
        trail.append(AuditRecord("sync", ANN))
    assert "is signed, but without allowed signers it is unknown by whom" in audit("verify")
    at.write("allowed", f"ann@host.org {public}\n")
    at.git("config", "gpg.ssh.allowedSignersFile", "allowed")
    assert audit("verify").endswith("is signed\n")
    path, head = (at.root / ".git/autopack-hooks/audit" / name for name in ("audit.jsonl", "audit-head.json"))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:2]))
    forged = json.loads(head.read_text()) | {"seq": 2, "hash": json.loads(lines[1])["hash"]}
    head.write_text(json.dumps(forged))
    assert "head: its signature is not valid" in audit("verify", code=1)
    head.write_text(json.dumps(forged | {"signature": ""}))
    assert "head: not signed, though it was before" in audit("verify", code=1)
