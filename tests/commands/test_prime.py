"""``prime``: what a newcomer should know."""

from __future__ import annotations

import json

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


def test_the_rules_that_are_active_are_those_of_head(ledger_repo, monkeypatch, capsys):
    monkeypatch.chdir(ledger_repo.root)
    rules = [
        {"id": f"r{n}", "status": status, "rationale": f"Reason {n}."} for n, status in enumerate(("active", "retired"))
    ]
    ledger_repo.write("docs/LEARNED_RULES.json", json.dumps({"version": 1, "rules": rules}))
    assert main(["prime"]) == 0 and "Reason" not in capsys.readouterr().out
    ledger_repo.commit("rules")
    assert main(["prime"]) == 0
    shown = capsys.readouterr().out
    assert "Rules learned from incidents:\n- r0 Reason 0.\n" in shown and "r1" not in shown
