"""The sync command through ``main``: modes, sources, what is written, what bad input does."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys

import pytest

from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.main import main
from tests.support import LEDGER

PATH = "docs/BUILD_HISTORY.md"
ZERO = (0, 0, 0)


@pytest.fixture
def at(ledger_repo, monkeypatch):
    monkeypatch.chdir(ledger_repo.root)
    return ledger_repo


@pytest.fixture
def sync(at, capsys):
    def run(*args, code=0):
        assert main(["sync", *args]) == code, capsys.readouterr()
        return capsys.readouterr()

    return run


@pytest.fixture
def report(sync):
    def run(*args, code=0):
        return json.loads(sync(*args, "--format", "json", code=code).out)

    return run


def counts(report, target="database"):
    return tuple(report["targets"][target][key] for key in ("inserted", "updated", "deleted"))


def stored(repo, name="autopack.db"):
    connection = sqlite3.connect(repo.root / name)
    try:
        return dict(connection.execute("select entry_id, content from sot_entries").fetchall())
    finally:
        connection.close()


def change(repo, old, new):
    repo.write(PATH, (repo.root / PATH).read_text().replace(old, new))
    repo.commit()


FULL = ("--full", "--execute", "--qdrant-path", ".q")
DB = ("--db-only", "--execute")


def test_docs_only_reads_and_tells(at, sync):
    told = sync()
    assert "build_history" in told.out and "3 entries" in told.out and "sqlite:///" in told.out
    assert at.git("status", "--porcelain", "--ignored") == ""


@pytest.mark.parametrize("mode", ["--db-only", "--qdrant-only", "--full"])
def test_a_mode_that_writes_wants_execute(at, sync, mode):
    assert "--execute" in sync(mode, code=2).err
    assert not (at.root / "autopack.db").exists()


@pytest.mark.parametrize("action", ["--execute", "--plan"])
@pytest.mark.parametrize(
    ("config", "args", "mode"),
    [
        ("", (), "db-only"),
        ("sync: {mode: docs-only}", (), "docs-only"),
        ("sync: {mode: db-only, qdrant: {path: .q}}", (), "db-only"),
        ("sync: {qdrant: {path: .q}}", (), "full"),
        ("sync: {mode: full, qdrant: {path: .q}}", ("--db-only",), "db-only"),
        ("sync: {mode: full, qdrant: {path: .q}}", ("--docs-only",), "docs-only"),
    ],
)
def test_without_a_mode_the_configuration_says_what_is_done(at, report, config, args, mode, action):
    at.write(".autopack-hooks.yaml", config)
    assert report()["mode"] == "docs-only" and not (at.root / "autopack.db").exists()
    done = report(*args, action, *(["p.json"] if action == "--plan" else []))
    assert done["mode"] == mode and done["execute"] == (action == "--execute" and mode != "docs-only")
    assert (at.root / "autopack.db").exists() == done["execute"]


@pytest.mark.parametrize(
    ("config", "environ", "args", "origin"),
    [
        ("", {}, (), "default"),
        ("sync: {database_url: 'sqlite:///c.db'}", {}, (), "configuration sync.database_url"),
        ("sync: {database_url: 'sqlite:///c.db'}", {"DATABASE_URL": "sqlite:///e.db"}, (), "environment DATABASE_URL"),
        ("", {"DATABASE_URL": "sqlite:///e.db"}, ("--database-url", "sqlite:///f.db"), "flag --database-url"),
    ],
)
def test_where_a_place_was_named_is_reported(at, sync, report, monkeypatch, config, environ, args, origin):
    at.write(".autopack-hooks.yaml", config)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert f".db ({origin})\n" in sync(*args).out
    assert report(*DB, *args)["targets"]["database"]["origin"] == origin


@pytest.mark.parametrize("mode", ["--qdrant-only", "--full"])
def test_no_qdrant_is_4_before_anything_is_written(at, sync, mode):
    assert "qdrant" in sync(mode, "--execute", code=4).err.lower()
    assert not (at.root / "autopack.db").exists()


def test_first_second_and_changed(at, report):
    first = report(*FULL)
    assert counts(first) == counts(first, "qdrant") == (3, 0, 0) and first["targets"]["qdrant"]["embedded"] == 3
    second = report(*FULL)
    assert counts(second) == counts(second, "qdrant") == ZERO and second["targets"]["qdrant"]["embedded"] == 0
    change(at, "the second thing.", "the second thing, better.")
    third = report(*FULL)
    assert counts(third) == counts(third, "qdrant") == (0, 1, 0) and third["targets"]["qdrant"]["embedded"] == 1
    assert "better" in stored(at)["BUILD-002"]


def test_the_report_has_the_form_of_the_contract(at, report):
    told = report(*DB)
    assert told["mode"] == "db-only" and told["execute"] is True and told["exit_code"] == 0 and told["errors"] == []
    assert told["source"] == {"commit": at.git("rev-parse", "HEAD").strip(), "ref": "HEAD", "worktree": False}
    assert told["ledgers"] == {"build_history": {"path": PATH, "entries": 3, "duplicates": []}}
    assert set(told["timings"]) == {"parse", "database"}
    assert "timings" not in report(*DB, "--no-timing")


@pytest.mark.parametrize(
    ("args", "shown"),
    [(("--timing",), True), (("-v",), True), (("-v", "--no-timing"), False), (("--no-timing",), False), ((), False)],
)
def test_timings_on_request_are_on_stderr(at, sync, args, shown):
    found = sync(*DB, *args)
    timings = r"autopack-hooks: timings: parse [0-9.]+ s, database [0-9.]+ s\n"
    assert re.fullmatch(timings if shown else "", found.err)
    assert "autopack-hooks: timings" not in found.out
    asked = sync(*DB, *args, "--format", "json")
    assert json.loads(asked.out)["mode"] == "db-only" and bool(asked.err) is shown


def test_edits_that_are_not_committed_are_not_synced_unless_asked(at, report):
    report(*DB)
    at.write(PATH, LEDGER.replace("the second thing.", "the second thing, maybe."))
    assert counts(report(*DB)) == ZERO
    told = report(*DB, "--worktree")
    assert counts(told) == (0, 1, 0) and told["source"]["worktree"]


def test_another_commit_can_be_read(at, report):
    change(at, "the second thing.", "the second thing, better.")
    assert report(*DB, "--ref", "HEAD~1")["source"]["ref"] == "HEAD~1"
    assert "better" not in stored(at)["BUILD-002"]


@pytest.mark.parametrize("ref", ["nonsense", "--option", "HEAD:docs", ""])
def test_a_ref_that_names_no_commit(at, sync, ref):
    assert "not a commit" in sync(*DB, f"--ref={ref}", code=2).err


def test_deleted_entries_go_and_the_guard_stops_many(at, report, sync):
    entries = "".join(f"\n### BUILD-{n} | 2026-01-01 | Entry {n}\n\nText.\n" for n in range(100, 120))
    change(at, "Adds the first thing.\n", "Adds the first thing.\n" + entries)
    report(*DB)
    change(at, "\n### BUILD-100 | 2026-01-01 | Entry 100\n\nText.\n", "")
    assert counts(report(*DB)) == (0, 0, 1)
    at.write(PATH, LEDGER)
    at.commit()
    planned = sync("--db-only", "--plan", "p.json").out
    assert "0 to insert, 0 to update, 19 to delete" in planned and "0 deleted" not in planned
    assert report("--db-only", "--plan", "p.json")["targets"]["database"]["planned"] == {
        "insert": 0,
        "update": 0,
        "delete": 19,
    }
    refused = sync(*DB, code=6)
    assert "19 of 22" in refused.err and len(stored(at)) == 22
    assert "refused" in refused.out and "failed" not in refused.out + refused.err
    assert counts(report(*DB, "--allow-deletes")) == (0, 0, 19)


@pytest.mark.parametrize("text", ["", "# Build History\n", None])
def test_a_ledger_that_lost_everything_deletes_nothing(at, report, sync, text):
    at.write("docs/DEBUG_LOG.md", "### DBG-001 | 2026-01-01 | One\n\nx\n")
    at.commit()
    report(*DB)
    if text is None:
        at.git("rm", "-q", PATH)
    else:
        at.write(PATH, text)
    at.commit()
    assert "build_history" in sync(*DB, code=6).err
    assert len(stored(at)) == 4


@pytest.mark.parametrize("data", [b"### BUILD-001 | 2026-01-01 | \xff\n", b"\0" * 40, b"\x89PNG\r\n\x1a\n"])
def test_a_ledger_that_is_no_text_keeps_what_is_stored_and_others_go_on(at, sync, data):
    sync(*DB)
    before = stored(at)
    at.write(PATH, data)
    at.write("docs/DEBUG_LOG.md", "### DBG-001 | 2026-01-01 | One\n\nx\n")
    at.commit()
    told = sync(*DB, code=1)
    assert f"{PATH}:1" in told.err and "Traceback" not in told.err
    assert stored(at).items() - before.items() == {("DBG-001", "### DBG-001 | 2026-01-01 | One\n\nx")}
    assert before.items() <= stored(at).items()


def test_a_configured_ledger_that_is_not_there_deletes_nothing(at, sync):
    sync(*DB)
    at.write(".autopack-hooks.yaml", "ledgers:\n  build_history: {path: docs/MOVED.md}\n")
    assert "docs/MOVED.md" in sync(*DB, code=1).err
    assert len(stored(at)) == 3


def test_no_ledger_at_all_is_refused(repo, monkeypatch, capsys):
    repo.write("x", "x")
    repo.commit()
    monkeypatch.chdir(repo.root)
    assert main(["sync", *DB]) == 2
    assert "no ledger" in capsys.readouterr().err and not (repo.root / "autopack.db").exists()


def test_before_the_first_commit(repo, monkeypatch, capsys):
    repo.write(PATH, LEDGER)
    monkeypatch.chdir(repo.root)
    assert main(["sync"]) == 0
    assert main(["sync", *DB]) == 2
    assert "no commit yet" in capsys.readouterr().err
    assert main(["sync", "--hook"]) == 0
    assert main(["sync", *DB, "--worktree"]) == 0


def test_outside_a_repository_the_files_are_read(tmp_path, monkeypatch, capsys):
    (tmp_path / "docs").mkdir()
    (tmp_path / PATH).write_text(LEDGER)
    monkeypatch.chdir(tmp_path)
    assert main(["sync", *DB, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["source"]["commit"] is None and counts(told) == (3, 0, 0)


def test_from_a_subfolder(at, monkeypatch, report):
    monkeypatch.chdir(at.root / "docs")
    report(*DB)
    assert (at.root / "autopack.db").exists()


def test_plan_writes_the_plan_and_nothing_else(at, report, sync):
    sync("--full", "--qdrant-path", ".q", "--plan", "p1.json")
    plan = json.loads((at.root / "p1.json").read_text())
    assert plan["targets"]["database"]["insert"] == [f"build_history/BUILD-00{n}" for n in (1, 2, 3)]
    assert plan["targets"]["qdrant"]["insert"] == plan["targets"]["database"]["insert"]
    assert not (at.root / "autopack.db").exists() and not (at.root / ".q").exists()
    report(*FULL)
    sync("--full", "--qdrant-path", ".q", "--plan", "p2.json")
    after = json.loads((at.root / "p2.json").read_text())
    assert all(
        after["targets"][name] | {"url": ""} == {"url": "", "insert": [], "update": [], "delete": []}
        for name in after["targets"]
    )
    assert len(plan["digest"]) == 64 and plan["digest"] != after["digest"]
    sync("--full", "--qdrant-path", ".q", "--plan", "p3.json")
    assert (at.root / "p3.json").read_bytes() == (at.root / "p2.json").read_bytes()


def test_one_target_that_is_down_does_not_hold_the_other_back(at, sync):
    told = sync("--full", "--execute", "--qdrant-host", "http://127.0.0.1:1", "--max-seconds", "5", code=4)
    assert "127.0.0.1:1" in told.err and len(stored(at)) == 3


@pytest.mark.parametrize(
    ("command", "code", "missing"),
    [
        ("sync --full --execute --qdrant-path .q", 4, 2),
        ("sync --db-only --execute", 4, 1),
        ("sync --qdrant-only --execute --qdrant-host 127.0.0.1:1", 4, 1),
        ("verify --full --qdrant-path .q", 4, 2),
        ("status --qdrant-path .q", 0, 2),
        ("check", 0, 0),
        ("links", 0, 0),
    ],
)
def test_without_the_libraries_one_line_says_what_to_install(at, command, code, missing):
    # In a process of its own: modules that are taken out here would be there twice for the tests after this one.
    script = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(('sqlalchemy', 'psycopg', 'qdrant_edge', 'qdrant_client')))\n"
        "from autopack_hooks.main import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    argv = [sys.executable, "-c", script, *command.split()]
    shown = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert shown.returncode == code
    assert sum("autopack-hooks[sync]" in line for line in (shown.stdout + shown.stderr).splitlines()) == missing, shown


def test_a_held_lock_is_5_and_reading_needs_none(at, sync):
    with MultiLock(at.root, ["docs"], timeout=5):
        code = "import sys; from autopack_hooks.main import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", code, "sync"]
        done = subprocess.run([*command, *DB, "--lock-timeout", "0.2"], capture_output=True, text=True, check=False)
        assert done.returncode == 5 and "docs" in done.stderr
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("value", ["0", "-1", "soon", "inf", "nan"])
def test_seconds_are_numbers_above_0(at, value):
    with pytest.raises(SystemExit) as stop:
        main(["sync", *DB, "--max-seconds", value])
    assert stop.value.code == 2


class TestHook:
    def test_says_one_line_and_then_nothing(self, at, sync):
        commit = at.git("rev-parse", "--short=12", "HEAD").strip()
        written = "database 3 inserted, 0 updated, 0 deleted"
        assert sync("--hook").out == f"autopack-hooks: ledgers of {commit} synced: {written}\n"
        assert sync("--hook") == ("", "")

    def test_the_mode_is_the_configuration_s(self, at, sync):
        at.write(".autopack-hooks.yaml", "sync: {qdrant: {path: .q}}\n")
        assert "qdrant 3 inserted" in sync("--hook").out
        at.write(".autopack-hooks.yaml", "sync: {mode: docs-only, qdrant: {path: .q}}\n")
        assert sync("--hook").out == ""

    def test_a_failure_is_a_warning_unless_strict(self, at, sync):
        at.write(".autopack-hooks.yaml", "sync: {database_url: 'sqlite:///README.md/x.db'}\n")
        told = sync("--hook")
        assert told.err.startswith("autopack-hooks: warning: ") and told.err.count("\n") == 1
        assert "README.md" in sync("--hook", "--strict", code=4).err

    @pytest.mark.parametrize("text", ["version: 2\n", "sinc: 1\n", "a: [\n"])
    def test_a_broken_configuration_is_a_warning_unless_strict(self, at, sync, text):
        at.write(".autopack-hooks.yaml", text)
        assert ".autopack-hooks.yaml" in sync("--hook").err
        assert ".autopack-hooks.yaml" in sync("--hook", "--strict", code=2).err

    def test_a_fault_of_ours_is_a_warning_unless_strict(self, at, sync, monkeypatch):
        def fail(*_):
            raise RuntimeError("two\nlines")

        monkeypatch.setattr("autopack_hooks.sync.runner.run_sync", fail)
        told = sync("--hook").err
        assert "internal error: RuntimeError: two lines" in told and told.count("\n") == 1
        assert "internal error" in sync("--hook", "--strict", code=2).err

    def test_a_wiped_store_is_filled_again(self, at, sync):
        sync("--hook")
        (at.root / "autopack.db").unlink()
        assert "3 inserted" in sync("--hook").out

    def test_a_refused_run_is_tried_again(self, at, sync):
        sync("--hook")
        change(at, LEDGER, "# Build History\n")
        assert "all 3 entries" in sync("--hook").err
        assert "all 3 entries" in sync("--hook").err

    def test_outside_a_repository_is_a_warning(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        assert main(["sync", "--hook"]) == 0
        assert "not a git repository" in capsys.readouterr().err

    def test_in_a_hook_of_a_linked_work_tree(self, at, sync, tmp_path, monkeypatch, capsys):
        at.git("worktree", "add", "-q", tmp_path / "linked", "-b", "other")
        monkeypatch.chdir(tmp_path / "linked")
        monkeypatch.setenv("GIT_DIR", at.git("-C", tmp_path / "linked", "rev-parse", "--absolute-git-dir").strip())
        assert main(["sync", "--hook"]) == 0
        assert (tmp_path / "linked" / "autopack.db").exists()

    def test_nothing_heavy_before_the_gate(self, at, sync):
        sync("--hook")
        code = (
            "import sys; from autopack_hooks.main import main; main(['sync', '--hook']);"
            "heavy = {'yaml', 'markdown_it', 'sqlalchemy', 'qdrant_edge', 'qdrant_client', 'filelock', 'json.tool'};"
            "print(sorted(heavy & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
        )
        assert done.stdout == "[]\n"
