"""``get``: whole entries from a commit."""

from __future__ import annotations

import json

from autopack_hooks.main import main
from tests.support import LEDGER


def test_text_and_json(ledger_repo, monkeypatch, capsys):
    monkeypatch.chdir(ledger_repo.root)
    head = ledger_repo.git("rev-parse", "HEAD").strip()
    assert main(["get", "build-003", "BUILD-001"]) == 0
    out = capsys.readouterr().out
    assert f"docs/BUILD_HISTORY.md:{LEDGER.split('### BUILD-003')[0].count(chr(10)) + 1}@{head[:7]}" in out
    assert out.index("### BUILD-003") < out.index("### BUILD-001")
    assert main(["get", "BUILD-002", "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["entry_id"], found["commit"], found["cited_by"]) == ("BUILD-002", head, ["BUILD-003"])


def test_what_is_committed_counts(ledger_repo, monkeypatch, capsys):
    monkeypatch.chdir(ledger_repo.root)
    ledger_repo.write("docs/BUILD_HISTORY.md", LEDGER.replace("Third", "Changed"))
    assert main(["get", "BUILD-003"]) == 0 and "Changed" not in capsys.readouterr().out


def test_unknown_ids(ledger_repo, monkeypatch, capsys):
    monkeypatch.chdir(ledger_repo.root)
    assert main(["get", "BUILD-03", "BUILD-001", "zzz"]) == 1
    shown = capsys.readouterr()
    assert "did you mean BUILD-003?" in shown.err and "zzz: " in shown.err and "### BUILD-001" in shown.out


def test_outside_a_repository_the_files_count(tmp_path, monkeypatch, capsys):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/BUILD_HISTORY.md").write_text(LEDGER)
    monkeypatch.chdir(tmp_path)
    assert main(["get", "BUILD-001"]) == 0 and "BUILD-001" in capsys.readouterr().out
