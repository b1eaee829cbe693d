"""``recall``: what the ledgers say of files, from an index that is made once."""

from __future__ import annotations

import json

import pytest

from autopack_hooks.main import main
from autopack_hooks.search import recall
from tests.support import LEDGER

BODY = "the second thing."


@pytest.fixture
def named(ledger_repo, monkeypatch):
    monkeypatch.chdir(ledger_repo.root)
    ledger_repo.write("src/a.py", "".join(f"a = {n}\n" for n in range(20)))
    ledger_repo.write("docs/BUILD_HISTORY.md", LEDGER.replace(BODY, f"{BODY} See `src/a.py`."))
    ledger_repo.commit("code")
    return ledger_repo


def lines(capsys, *args):
    capsys.readouterr()
    assert main(["recall", *args]) == 0, capsys.readouterr()
    return capsys.readouterr().out.splitlines()


def test_lines_and_json(named, capsys):
    (line,) = lines(capsys, "src/a.py")
    assert line.startswith("BUILD-002 2026-01-02 (")
    assert json.loads("\n".join(lines(capsys, "src", "--format", "json"))) == [line]
    assert lines(capsys, "src/b.py", "README.md", "../elsewhere.py") == []


def test_a_question_is_answered_without_a_parse(named, capsys, monkeypatch):
    known = lines(capsys, "src/a.py")

    def refuse(*args):
        raise AssertionError("the index was made again")

    monkeypatch.setattr(recall, "_made", refuse)
    assert lines(capsys, "src/a.py") == known
    named.write("src/a.py", "a = 2\n")
    named.commit("nothing of the ledgers")
    assert lines(capsys, "src/a.py") == known


@pytest.mark.parametrize("change", ["ledger", "name", "configuration"])
def test_a_change_makes_the_index_anew(named, capsys, change):
    assert len(lines(capsys, "src/a.py")) == 1
    if change == "ledger":
        named.write(
            "docs/BUILD_HISTORY.md",
            LEDGER.replace(BODY, BODY + " In `src/a.py`.").replace("the third thing", "src/a.py"),
        )
    elif change == "name":
        named.git("mv", "src/a.py", "src/b.py")
    else:
        named.write(".autopack-hooks.yaml", "version: 1\nledgers: {}\n")
    named.commit(change)
    found = lines(capsys, "src/b.py" if change == "name" else "src/a.py")
    assert len(found) == {"ledger": 2, "name": 1, "configuration": 0}[change]


def test_staged_renames_and_branches(named, capsys):
    named.git("mv", "src/a.py", "src/c.py")
    assert len(lines(capsys, "src/c.py")) == len(lines(capsys, "--staged")) == 1
    named.commit("moved")
    assert lines(capsys, "--staged") == [] and len(lines(capsys, "--diff", "HEAD~1")) == 1


@pytest.mark.parametrize("args", [[], ["x", "--budget", "0"], ["--diff", "nowhere"]])
def test_usage(named, capsys, args):
    assert main(["recall", *args]) == 2 and "autopack-hooks: error: " in capsys.readouterr().err


def test_without_a_commit_nothing_is_known(repo, monkeypatch, capsys):
    monkeypatch.chdir(repo.root)
    assert lines(capsys, "x.py", "--staged") == []


def test_a_missing_object_costs_former_names_alone(named, capsys):
    blob = named.git("rev-parse", "HEAD:src/a.py").strip()
    named.git("mv", "src/a.py", "src/c.py")
    named.write("src/c.py", "".join(f"a = {n}\n" for n in range(21)))
    named.commit("moved")
    (named.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert lines(capsys, "src/c.py") == []
    named.write("docs/BUILD_HISTORY.md", LEDGER.replace(BODY, f"{BODY} See `src/c.py`."))
    named.commit("named")
    assert len(lines(capsys, "src/c.py")) == 1
