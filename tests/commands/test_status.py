"""``status``: how things stand, on one screen; it judges nothing."""

from __future__ import annotations

import json

import pytest

from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.main import main
from tests.support import LEDGER

PATH = "docs/BUILD_HISTORY.md"


@pytest.fixture
def status(ledger_repo, monkeypatch, capsys):
    monkeypatch.chdir(ledger_repo.root)

    def run(*args):
        capsys.readouterr()
        assert main(["status", *args]) == 0, capsys.readouterr()
        out = capsys.readouterr().out
        return json.loads(out) if "json" in args else out

    return run


def test_before_the_first_sync(ledger_repo, status):
    told = status()
    assert "3 missing" in told and "never synced" in told and "qdrant         not configured" in told
    assert not (ledger_repo.root / "autopack.db").exists()


def test_after_a_sync_and_a_commit(ledger_repo, status):
    main(["sync", "--db-only", "--execute"])
    synced = ledger_repo.git("rev-parse", "HEAD").strip()
    target = status("--format", "json")["targets"]["database"]
    assert (target["commit"], target["ahead"], target["behind"], target["stale"]) == (synced, 0, 0, 0)
    assert target["synced_at"] > "2020" and target["pending"] is None
    ledger_repo.write(PATH, LEDGER.replace("the second thing.", "the second thing, better."))
    ledger_repo.commit()
    target = status("--format", "json")["targets"]["database"]
    assert (target["commit"], target["ahead"], target["behind"], target["stale"]) == (synced, 0, 1, 1)
    told = status()
    assert "0 commits ahead of this one, 1 behind it" in told and "1 stale" in told


def test_findings_are_counted(ledger_repo, status):
    assert status("--format", "json")["findings"] == {}
    ledger_repo.write(PATH, LEDGER.replace("Total_Builds: 3", "Total_Builds: 4"))
    assert sum(status("--format", "json")["findings"].values()) == 1
    assert "autopack-hooks check" in status()


def test_a_target_that_is_down_is_told(status):
    told = status("--qdrant-host", "http://127.0.0.1:1", "--max-seconds", "60")
    assert "not compared" in told and "cannot be reached" in told


def test_locks_are_shown(ledger_repo, status):
    with MultiLock(ledger_repo.root, ["archive"], purpose="a test"):
        assert "a test" in status()
    assert "a test" not in status()


def test_without_ledgers(repo, monkeypatch, capsys):
    repo.write("x", "x")
    repo.commit()
    monkeypatch.chdir(repo.root)
    assert main(["status"]) == 0 and "no ledger" in capsys.readouterr().out
