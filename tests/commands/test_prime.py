"""``prime``: what a newcomer should know."""

from __future__ import annotations

from autopack_hooks.main import main


def test_prime(ledger_repo, monkeypatch, capsys):
    monkeypatch.chdir(ledger_repo.root)
    assert main(["prime"]) == 0
    once = capsys.readouterr().out
    assert "build_history 3 entries" in once and "BUILD-003" in once and "search" in once
    assert main(["prime"]) == 0 and capsys.readouterr().out == once
    assert main(["prime", "--budget", "0"]) == 2


def test_a_repository_without_ledgers(repo, monkeypatch, capsys):
    monkeypatch.chdir(repo.root)
    assert main(["prime"]) == 0 and "autopack-hooks init" in capsys.readouterr().out
