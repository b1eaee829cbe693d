"""``verify``: what differs, entry by entry, and ``--repair``."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from autopack_hooks.main import main
from tests.support import LEDGER

PATH = "docs/BUILD_HISTORY.md"
NOTHING = {"missing": [], "stale": [], "foreign": [], "duplicate": []}


@pytest.fixture
def at(ledger_repo, monkeypatch):
    monkeypatch.chdir(ledger_repo.root)
    ledger_repo.write(".autopack-hooks.yaml", "sync: {qdrant: {path: .q}}\n")
    return ledger_repo


@pytest.fixture
def run(at, capsys):
    def run(*args, code=0):
        assert main(list(args)) == code, capsys.readouterr()
        return capsys.readouterr()

    return run


@pytest.fixture
def synced(at, run):
    run("sync", "--full", "--execute")
    return at


def change(repo, sql, *values):
    with closing(sqlite3.connect(repo.root / "autopack.db")) as connection, connection:
        connection.execute(sql, values)


def differences(run, code, *args):
    told = json.loads(run("verify", *args, "--format", "json", code=code).out)
    assert told["exit_code"] == code
    return {name: {key: target[key] for key in NOTHING} for name, target in told["targets"].items()}


def test_equal(synced, run):
    told = run("verify").out
    assert told.count("equal (3 entries)") == 2 and "not configured" not in told
    assert differences(run, 0) == {"database": NOTHING, "qdrant": NOTHING}


def test_what_does_not_exist_misses_everything_and_is_not_made(at, run):
    assert len(differences(run, 1)["qdrant"]["missing"]) == 3
    assert not (at.root / "autopack.db").exists() and not (at.root / ".q").exists()


@pytest.mark.parametrize("mode", ["--db-only", "--qdrant-only"])
def test_only_the_targets_of_the_mode(synced, run, mode):
    assert list(differences(run, 0, mode)) == [{"--db-only": "database", "--qdrant-only": "qdrant"}[mode]]


def test_missing_stale_foreign_and_duplicate_by_name(synced, run):
    change(synced, "delete from sot_entries where entry_id = 'BUILD-001'")
    change(synced, "update sot_entries set content_hash = 'x' where entry_id = 'BUILD-002'")
    change(
        synced,
        "insert into sot_entries (project_id, file_type, entry_id, title, content, metadata, updated_at, content_hash)"
        " values (?, 'build_history', 'BUILD-009', '', '', '{}', '', 'x')",
        synced.root.name,
    )
    change(synced, "update sot_entries set content_hash = '' where entry_id = 'BUILD-003'")
    assert differences(run, 1)["database"] == {
        "missing": ["build_history/BUILD-001"],
        "stale": ["build_history/BUILD-002"],
        "foreign": ["build_history/BUILD-009"],
        "duplicate": ["build_history/BUILD-003"],
    }
    told = run("verify", code=1).out
    assert "foreign   build_history/BUILD-009" in told and "1 missing, 1 stale, 1 foreign, 1 duplicate" in told


def test_rows_that_stand_twice_in_a_table_without_a_key(synced, run):
    change(synced, "create table copy as select * from sot_entries")
    change(synced, "drop table sot_entries")
    change(synced, "alter table copy rename to sot_entries")
    assert differences(run, 0)["database"] == NOTHING
    change(synced, "insert into sot_entries select * from sot_entries where entry_id = 'BUILD-002'")
    assert differences(run, 1)["database"] == {**NOTHING, "duplicate": ["build_history/BUILD-002"]}


def test_another_commit_and_the_files(synced, run):
    synced.write(PATH, LEDGER.replace("the second thing.", "the second thing, better."))
    assert differences(run, 0)["database"] == NOTHING
    assert differences(run, 1, "--worktree")["database"]["stale"] == ["build_history/BUILD-002"]
    synced.commit()
    assert differences(run, 1)["qdrant"]["stale"] == ["build_history/BUILD-002"]
    assert differences(run, 0, "--ref", "HEAD~1")["database"] == NOTHING


def test_repair_is_a_sync(synced, run):
    shutil.rmtree(synced.root / ".q")
    change(synced, "delete from sot_entries where entry_id = 'BUILD-001'")
    told = run("verify", "--repair", "--execute").out
    assert "database       1 inserted" in told and "qdrant         3 inserted" in told
    assert differences(run, 0) == {"database": NOTHING, "qdrant": NOTHING}


@pytest.mark.parametrize("option", ["--repair", "--execute"])
def test_repair_wants_execute(synced, run, option):
    change(synced, "delete from sot_entries where entry_id = 'BUILD-001'")
    assert "--repair" in run("verify", option, code=2).err
    assert differences(run, 1)["database"]["missing"]


def test_a_target_that_cannot_be_reached_is_4_and_the_other_is_compared(synced, run):
    told = run("verify", "--full", "--qdrant-host", "http://127.0.0.1:1", "--max-seconds", "60", code=4)
    assert "equal (3 entries)" in told.out and "not compared" in told.out and "127.0.0.1:1" in told.err


def test_a_ledger_that_is_no_text_is_told_and_not_missed(synced, run):
    synced.write(PATH, b"### BUILD-001 | 2026-01-01 | \xff\n")
    synced.commit()
    told = run("verify", "--db-only", code=1)
    assert f"{PATH}:1" in told.err and "equal" in told.out


def test_what_a_hash_hides_is_named_and_mended(synced, run):
    change(synced, "update sot_entries set title = 'x', metadata = '{' where entry_id = 'BUILD-002'")
    assert differences(run, 0, "--quick")["database"] == NOTHING
    found = json.loads(run("verify", "--format", "json", code=1).out)["targets"]
    assert {name: target["fields"] for name, target in found.items()} == {
        "database": {"build_history/BUILD-002": ["title", "metadata"]},
        "qdrant": {},
    }
    assert "stale     build_history/BUILD-002 (title, metadata)" in run("verify", code=1).out
    assert "0 inserted, 1 updated, 0 deleted" in run("verify", "--db-only", "--repair", "--execute").out
    assert differences(run, 0) == {"database": NOTHING, "qdrant": NOTHING}


def test_a_row_in_a_ledger_that_is_not_there_goes_back(synced, run):
    change(synced, "update sot_entries set file_type = 'x' where entry_id = 'BUILD-002'")
    found = differences(run, 1)["database"]
    assert (found["missing"], found["foreign"]) == (["build_history/BUILD-002"], ["x/BUILD-002"])
    assert "1 inserted, 0 updated, 1 deleted" in run("verify", "--db-only", "--repair", "--execute").out
    assert differences(run, 0)["database"] == NOTHING
