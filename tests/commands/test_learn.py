"""``learn``: from incidents to the commit that is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autopack_hooks.main import main
from tests.support import GitRepo

FILE = "docs/LEARNED_RULES.json"


@pytest.fixture
def run(ledger_repo: GitRepo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in the repository; returns the exit code and both streams."""
    monkeypatch.chdir(ledger_repo.root)

    def call(*args: str | Path) -> tuple[int, str, str]:
        code = main([str(arg) for arg in args])
        return code, *capsys.readouterr()

    return call


def rules(repo: GitRepo) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((repo.root / FILE).read_text())["rules"]
    return found


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    path = tmp_path / "incidents.jsonl"
    row = {"code": "LNK001", "path": "README.md", "message": "docs/old.md does not exist", "text": "[x](docs/old.md)"}
    path.write_text("".join(json.dumps({**row, "commit": str(n)}) + "\n" for n in range(3)))
    return path


def test_the_life_of_a_rule(run: Any, ledger_repo: GitRepo, incidents: Path) -> None:
    assert run("learn", "record", incidents)[1] == f"{incidents}: 3 incidents, 3 of them new\n"
    assert run("learn", "record", incidents)[1].endswith("0 of them new\n")
    assert run("learn", "list", "--incidents")[1].split() == ["3", "LNK001", "docs/old.md"]
    code, shown, _ = run("learn", "propose", "--dry-run")
    assert code == 0 and "link_moved" in shown and not (ledger_repo.root / FILE).exists()
    assert run("learn", "propose", "--min-commits", "4")[0] == 0 and not (ledger_repo.root / FILE).exists()
    code, shown, _ = run("learn", "propose")
    [rule] = rules(ledger_repo)
    assert code == 0 and rule["id"] in shown
    assert run("check")[0] == 0, "a proposal enforces nothing"
    assert run("learn", "approve", rule["id"][:6])[0] == 0
    assert "a@example.invalid" in rules(ledger_repo)[0]["approved_by"]
    ledger_repo.write("docs/new.md", "# New\n\n[x](old.md)\n")
    code, shown, _ = run("check")
    assert code == 1 and shown.startswith("docs/new.md:3:5: RUL001 ") and rule["id"] in shown
    ledger_repo.write("docs/new.md", "# New\n\n[x](old.md) <!-- autopack: ignore RUL001 it is generated -->\n")
    assert run("check")[0] == 0
    assert "must refuse: README.md" in run("learn", "show", rule["id"])[1]
    assert run("learn", "retire", rule["id"], "--reason", "it is back")[0] == 0
    assert "it is back" in run("learn", "show", rule["id"])[1]
    assert run("learn", "propose")[0] == 0 and rules(ledger_repo)[0]["status"] == "retired"


@pytest.mark.parametrize(
    "args, code, said",
    [
        (("approve", "nothing"), 2, "there is no such rule"),
        (("show", "nothing"), 2, "there is no such rule"),
        (("retire", "nothing", "--reason", " "), 2, "--reason"),
        (("record", "nothing.xml"), 2, "nothing.xml"),
        (("import", "nothing.json"), 2, "nothing.json"),
        (("record", "README.md", "--commit", "nothing"), 2, "--commit"),
    ],
)
def test_mistakes_are_a_line(run: Any, args: tuple[str, ...], code: int, said: str) -> None:
    found, _, errors = run("learn", *args)
    assert found == code and said in errors and errors.count("\n") == 1


def test_a_rule_that_fires_today_is_refused(run: Any, ledger_repo: GitRepo, incidents: Path) -> None:
    ledger_repo.write("docs/x.md", "[x](old.md)\n")
    ledger_repo.commit("dead link")
    run("learn", "record", incidents)
    run("learn", "propose")
    code, shown, errors = run("learn", "approve", rules(ledger_repo)[0]["id"])
    assert code == 6 and "docs/x.md:1" in shown and "nothing was approved" in errors
    assert rules(ledger_repo)[0]["status"] == "proposed"


def test_no_more_rules_than_allowed(run: Any, ledger_repo: GitRepo, incidents: Path) -> None:
    ledger_repo.write(".autopack-hooks.yaml", "version: 1\nlearn: {max_active: 0}\n")
    run("learn", "record", incidents)
    run("learn", "propose")
    code, _, errors = run("learn", "approve", rules(ledger_repo)[0]["id"])
    assert code == 6 and "learn.max_active is 0" in errors


def test_a_link_that_history_does_not_know_is_mended(run: Any, ledger_repo: GitRepo, incidents: Path) -> None:
    run("learn", "record", incidents)
    run("learn", "propose")
    text = (ledger_repo.root / FILE).read_text().replace('"to": null', '"to": "docs/BUILD_HISTORY.md"')
    ledger_repo.write(FILE, text)
    assert run("learn", "approve", rules(ledger_repo)[0]["id"])[0] == 0
    ledger_repo.write("README.md", "# Demo\n\n[x](docs/old.md)\n")
    code, shown, _ = run("links", "--format", "json")
    assert code == 1 and [(f["code"], f["fixable"]) for f in json.loads(shown)] == [("LNK001", True), ("RUL001", True)]
    assert run("fix-links", "--execute")[0] == 1
    assert "[x](docs/BUILD_HISTORY.md)" in (ledger_repo.root / "README.md").read_text() and run("links")[0] == 0


def test_own_findings_are_incidents_once_a_commit(run: Any, ledger_repo: GitRepo) -> None:
    ledger_repo.write("README.md", "# Demo\n\n[x](docs/gone.md)\n")
    for _ in range(2):
        assert run("links")[0] == 1
    [group] = json.loads(run("learn", "list", "--incidents", "--format", "json")[1])
    assert (group["signature"], group["count"], group["code"]) == ("docs/gone.md", 1, "LNK001")


def test_advice(run: Any, ledger_repo: GitRepo, tmp_path: Path) -> None:
    text = (ledger_repo.root / "docs/BUILD_HISTORY.md").read_text()
    ledger_repo.write(
        "docs/BUILD_HISTORY.md", text.replace("Adds the second thing.", "`OSError: no space left on device 7`")
    )
    (tmp_path / "error.txt").write_text(
        'Traceback (most recent call last):\n  File "a"\nOSError: no space left on device 9\n'
    )
    code, shown, _ = run("learn", "advise", tmp_path / "error.txt", "--format", "json")
    assert code == 0 and [row["entry_id"] for row in json.loads(shown)] == ["BUILD-002"]
    assert run("learn", "advise", "something else happened here")[:2] == (0, "")
