from __future__ import annotations

import os

import pytest

from autopack_hooks.core.git import Repo
from autopack_hooks.sync.gate import Gate
from tests.support import LEDGER

PATH = "docs/BUILD_HISTORY.md"


def gate_of(repo, environ=None):
    found = Repo.discover(repo.root, os.environ)
    return Gate.of(found, repo.root / ".autopack-hooks.yaml", environ or {})


@pytest.fixture
def remembered(ledger_repo):
    store = ledger_repo.write("autopack.db", "")
    gate_of(ledger_repo).remember([PATH, "docs/DEBUG_LOG.md"], [str(store)], "HEAD")
    return ledger_repo


def test_shut_until_a_sync_is_remembered(ledger_repo):
    assert not gate_of(ledger_repo).unchanged()


def test_open_for_the_same_ledgers(remembered):
    assert gate_of(remembered).unchanged()
    remembered.write("other.txt", "x")
    remembered.commit()
    assert gate_of(remembered).unchanged(), "a commit that changes no ledger"


@pytest.mark.parametrize("change", ["ledger", "new ledger", "configuration", "environment", "store", "damage"])
def test_shut_after_a_change(remembered, change):
    environ = {}
    if change == "ledger":
        remembered.write(PATH, LEDGER + "\nmore\n")
        remembered.commit()
    elif change == "new ledger":
        remembered.write("docs/DEBUG_LOG.md", "# D\n")
        remembered.commit()
    elif change == "configuration":
        remembered.write(".autopack-hooks.yaml", "version: 1\n")
    elif change == "environment":
        environ = {"DATABASE_URL": "sqlite:///other.db"}
    elif change == "store":
        (remembered.root / "autopack.db").unlink()
    else:
        gate_of(remembered).path.write_bytes(b'{"key": 1')
    assert not gate_of(remembered, environ).unchanged()


@pytest.mark.parametrize("paths", [[], ["docs/NONE.md"], ["adr/*.md"]])
def test_a_sync_of_no_ledger_is_never_skipped(ledger_repo, paths):
    gate_of(ledger_repo).remember(paths, [], "HEAD")
    assert not gate_of(ledger_repo).unchanged(), "nothing says that this commit has been synced"


def test_an_edit_that_is_not_committed_does_not_count(remembered):
    remembered.write(PATH, LEDGER + "\nmore\n")
    assert gate_of(remembered).unchanged()


def test_work_trees_have_a_gate_each(remembered, tmp_path):
    remembered.git("worktree", "add", "-q", tmp_path / "linked", "-b", "other")
    linked = Repo.discover(tmp_path / "linked", os.environ)
    assert not Gate.of(linked, tmp_path / "none", {}).unchanged()
    assert Gate.of(linked, tmp_path / "none", {}).path.parent == gate_of(remembered).path.parent
