"""The sync of a team through ``main``: shared targets, approvals, the audit trail, hosts, background work, signals."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from urllib.parse import parse_qs

import pytest
from filelock import FileLock, Timeout

from autopack_hooks.main import main
from autopack_hooks.sync import background
from tests.support import LEDGER, GitRepo
from tests.sync.qdrant.wire import qdrant_server

PATH = "docs/BUILD_HISTORY.md"
DB = ("--db-only", "--execute")


@pytest.fixture
def run(ledger_repo, monkeypatch, capsys):
    """Runs a command in ``ledger_repo`` or another clone."""

    def run(*args, code=0, at=None):
        monkeypatch.chdir((at or ledger_repo).root)
        assert main(list(args)) == code, capsys.readouterr()
        return capsys.readouterr()

    return run


@pytest.fixture
def clones(ledger_repo, tmp_path, monkeypatch):
    """Two clones that share a database: one is a commit ahead, and the other one has fetched that."""
    monkeypatch.setenv("AUTOPACK_HOOKS_ALLOW_PATHS", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    config = f"project: demo\nsync: {{shared: true, database_url: '{url}'}}\n"
    ledger_repo.write(".autopack-hooks.yaml", config)
    ledger_repo.commit()
    other = GitRepo(tmp_path / "other")
    ledger_repo.git("clone", "-q", ledger_repo.root, other.root)
    change(ledger_repo, "better")
    other.git("fetch", "-q")
    return ledger_repo, other


def change(repo, word, old="the second thing."):
    repo.write(PATH, repo.read(PATH).replace(old, f"the second thing, {word}."))
    repo.commit(word)


def stored(tmp_path, name="shared.db"):
    with closing(sqlite3.connect(tmp_path / name)) as connection:
        return dict(connection.execute("select entry_id, content from sot_entries").fetchall())


class TestShared:
    def test_the_clone_that_is_behind_writes_nothing(self, clones, run, tmp_path):
        run("sync", *DB)
        assert "is ahead" in run("sync", *DB, code=6, at=clones[1]).err
        told = run("sync", "--hook", at=clones[1])
        assert "is ahead" in told.err and told.err.count("\n") == 1
        assert "better" in stored(tmp_path)["BUILD-002"]
        clones[1].git("pull", "-q")
        assert "unchanged" in run("sync", *DB, at=clones[1]).out

    def test_what_follows_goes_on(self, clones, run, tmp_path):
        run("sync", *DB, at=clones[1])
        run("sync", *DB)
        assert "better" in stored(tmp_path)["BUILD-002"]

    def test_a_branch_that_parted_may_not_unless_it_is_named(self, clones, run, tmp_path):
        run("sync", *DB)
        clones[1].git("checkout", "-q", "-b", "topic")
        change(clones[1], "else")
        assert "has diverged" in run("sync", *DB, code=6, at=clones[1]).err
        clones[1].write(".autopack-hooks.yaml", clones[1].read(".autopack-hooks.yaml")[:-2] + ", branches: [topic]}\n")
        run("sync", *DB, at=clones[1])
        assert "else" in stored(tmp_path)["BUILD-002"]

    def test_the_default_branch_may_by_default(self, clones, run, tmp_path):
        run("sync", *DB)
        change(clones[1], "else")
        run("sync", *DB, at=clones[1])
        assert "else" in stored(tmp_path)["BUILD-002"]

    def test_an_unknown_commit(self, clones, run):
        change(clones[0], "newest", "the second thing, better.")
        run("sync", *DB)
        assert "may be ahead" in run("sync", *DB, code=6, at=clones[1]).err
        assert "explain guard" in run("sync", *DB, "--allow-deletes", code=6, at=clones[1]).err
        run("sync", *DB, "--set-back", at=clones[1])

    def test_no_working_tree(self, clones, run):
        assert "working tree" in run("sync", *DB, "--worktree", code=6).err
        assert "working tree" in run("sync", *DB, "--worktree", "--allow-deletes", code=6).err
        run("sync", *DB, "--worktree", "--set-back")

    def test_drift_at_the_same_commit_is_mended(self, clones, run, tmp_path):
        run("sync", *DB)
        with closing(sqlite3.connect(tmp_path / "shared.db")) as connection, connection:
            connection.execute("delete from sot_entries where entry_id = 'BUILD-001'")
        assert "1 inserted" in run("sync", *DB).out

    def test_a_private_target_is_not_guarded(self, ledger_repo, run):
        change(ledger_repo, "better")
        run("sync", *DB)
        ledger_repo.git("reset", "-q", "--hard", "HEAD~1")
        assert "1 updated" in run("sync", *DB).out

    def test_a_ledger_that_cannot_be_read_does_not_clear_the_commit(self, clones, run, tmp_path):
        run("sync", *DB)
        clones[0].write(PATH, b"\xff")
        clones[0].write("docs/DEBUG_LOG.md", "### DBG-001 | 2026-01-01 | One\n\nx\n")
        clones[0].commit()
        run("sync", *DB, code=1)
        assert len(stored(tmp_path)) == 4
        assert "ahead" in run("sync", *DB, code=6, at=clones[1]).err


class TestApproval:
    @pytest.fixture
    def shrunk(self, ledger_repo, run):
        entries = "".join(f"\n### BUILD-{n} | 2026-01-01 | Entry {n}\n\nText.\n" for n in range(100, 120))
        ledger_repo.write(PATH, LEDGER + entries)
        ledger_repo.commit()
        run("sync", *DB)
        ledger_repo.write(PATH, LEDGER)
        ledger_repo.commit()
        run("sync", "--db-only", "--plan", "plan.json")
        run("approve", "plan.json", "--output", "ok.json")
        return ledger_repo

    def test_the_refusal_tells_the_way(self, shrunk, run):
        told = run("sync", *DB, code=6).err
        assert "20 of 23" in told and "explain guard" in told
        assert "20 of 23" in json.loads(shrunk.read("plan.json"))["reason"]

    def test_exactly_the_approved_plan(self, shrunk, run):
        assert "20 deleted" in run("sync", *DB, "--approval", "ok.json").out
        told = run("sync", *DB, "--approval", "ok.json", code=6).err
        assert "approval is for the plan" in told

    @pytest.mark.parametrize("change", ["plan_digest", "expires_at", "operator", "note"])
    def test_a_changed_approval(self, shrunk, run, change):
        document = json.loads(shrunk.read("ok.json"))
        document[change] = {"expires_at": "2020-01-01T00:00:00Z", "operator": "you <you@example.invalid>"}.get(
            change, "0" * 64
        )
        shrunk.write("ok.json", json.dumps(document))
        run("sync", *DB, "--approval", "ok.json", code=6)
        assert len(stored(shrunk.root, "autopack.db")) == 23

    def test_a_target_that_is_not_what_it_was(self, shrunk, run):
        with closing(sqlite3.connect(shrunk.root / "autopack.db")) as connection, connection:
            connection.execute("delete from sot_entries where entry_id = 'BUILD-119'")
        run("sync", *DB, "--approval", "ok.json", code=6)
        assert len(stored(shrunk.root, "autopack.db")) == 22

    @pytest.mark.parametrize("args", [("--db-only", "--plan", "x"), (), ("--docs-only", "--execute")])
    def test_it_is_for_a_run_that_writes(self, shrunk, run, args):
        assert "--approval" in run("sync", *args, "--approval", "ok.json", code=2).err

    def test_no_such_file(self, shrunk, run):
        assert "none.json" in run("sync", *DB, "--approval", "none.json", code=2).err


class TestAudit:
    def records(self, run):
        return json.loads(run("audit", "show", "--format", "json").out)

    def test_each_run_that_may_write_is_on_record(self, ledger_repo, run):
        run("sync")
        run("sync", "--db-only", "--plan", "p.json")
        run("sync", *DB)
        ledger_repo.write(PATH, "# Build History\n")
        ledger_repo.commit()
        run("sync", *DB, code=6)
        run("sync", *DB, "--set-back", code=6)
        run("sync", *DB, "--allow-deletes")
        run("sync", "--qdrant-only", "--execute", code=4)
        found = self.records(run)
        assert [record["result"] for record in found] == ["ok", "refused", "refused", "ok", "failed"]
        assert found[0]["targets"]["database"]["inserted"] == 3
        assert found[3]["deleted"] == {"database": [f"build_history/BUILD-00{n}" for n in (1, 2, 3)]}
        assert [(record["approval"] or {}).get("id") for record in found] == [
            None,
            None,
            "set-back",
            "allow-deletes",
            None,
        ]
        assert "lifted: allow-deletes" in run("audit", "show").out
        assert "all 3 entries" in found[1]["error"]

    def test_no_password_is_in_it(self, ledger_repo, run):
        url = "postgresql://bob:hunter2@127.0.0.1:1/x?sslpassword=hunter3"
        run("sync", *DB, "--database-url", url, "--max-seconds", "60", code=4)
        trail = next((ledger_repo.root / ".git" / "autopack-hooks").rglob("audit*.jsonl")).read_text()
        assert "127.0.0.1" in trail and "hunter" not in trail


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bob:hunter2@127.0.0.1:1/x",
        "postgres://bob:hunter2@127.0.0.1:1/x?password=hunter3",
        "postgresql+psycopg://127.0.0.1:1/x?user=bob&password=hunter2",
        "postgresql://bob:hun@ter2@127.0.0.1:1/x",
        "postgresql://bob:hunter2@127.0.0.1:port/x",
        "hunter2",
        "mysql://bob:hunter2@127.0.0.1/x",
    ],
)
@pytest.mark.parametrize("how", ["flag", "environment", "configuration"])
def test_a_password_is_never_printed(ledger_repo, run, monkeypatch, url, how):
    args = ["sync", *DB, "--verbose", "--max-seconds", "60"]
    if how == "flag":
        args += ["--database-url", url]
    elif how == "environment":
        monkeypatch.setenv("DATABASE_URL", url)
    else:
        ledger_repo.write(".autopack-hooks.yaml", f"sync: {{database_url: '{url}'}}\n")
    monkeypatch.chdir(ledger_repo.root)
    done = subprocess.run([sys.executable, "-m", "autopack_hooks", *args], capture_output=True, text=True, check=False)
    assert done.returncode in (2, 4) and "hunter" not in done.stdout + done.stderr.replace("hun@ter2", "hunter")


class TestHosts:
    """A pulled commit must not send the ledgers elsewhere."""

    CONFIG = "sync: {database_url: 'postgresql://db.example.invalid/x'}\n"

    @pytest.mark.parametrize(
        "config",
        [
            CONFIG,
            "sync: {database_url: 'postgresql:///x?host=db.example.invalid'}\n",
            "sync: {database_url: 'postgresql://localhost/x?hostaddr=192.0.2.1'}\n",
            "sync: {database_url: 'postgresql://localhost,db.example.invalid/x'}\n",
            "sync: {qdrant: {url: 'https://q.example.invalid'}}\n",
            "sync: {qdrant: {url: 'localhost.example.invalid'}}\n",
        ],
    )
    def test_a_host_of_the_repository_s_configuration_is_refused(self, ledger_repo, run, config):
        ledger_repo.write(".autopack-hooks.yaml", config)
        ledger_repo.git("config", "autopack-hooks.allowHost", "db.example.invalid")  # the repository's own file
        told = run("sync", "--full", "--execute", "--max-seconds", "60", code=4).err
        assert "not allowed" in told and "allowHost" in told
        assert "allowHost" in run("sync", "--hook").err

    @pytest.mark.parametrize("how", ["environment", "git"])
    def test_the_user_can_allow_it(self, ledger_repo, run, monkeypatch, tmp_path, how):
        ledger_repo.write(".autopack-hooks.yaml", self.CONFIG)
        if how == "environment":
            monkeypatch.setenv("AUTOPACK_HOOKS_ALLOW_HOSTS", "a.invalid, DB.example.invalid")
        else:
            monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
            ledger_repo.git("config", "--global", "--add", "autopack-hooks.allowHost", "a.invalid")
            ledger_repo.git("config", "--global", "--add", "autopack-hooks.allowHost", "db.example.invalid")
        assert "postgresql://db.example.invalid/x" in run("sync").out

    def test_flags_and_the_environment_are_the_user_s(self, ledger_repo, run, monkeypatch):
        ledger_repo.write(".autopack-hooks.yaml", self.CONFIG)
        run("sync", "--database-url", "postgresql://other.example.invalid/x")
        monkeypatch.setenv("DATABASE_URL", "postgresql://other.example.invalid/x")
        run("sync")


class TestBackground:
    @pytest.fixture
    def server(self, ledger_repo, postgres_url, monkeypatch):
        monkeypatch.setenv("AUTOPACK_HOOKS_ALLOW_HOSTS", parse_qs(postgres_url.partition("?")[2])["host"][0])
        url = postgres_url.replace("'", "''")
        ledger_repo.write(".autopack-hooks.yaml", f"sync: {{background: true, database_url: '{url}'}}\n")
        return ledger_repo

    def state(self, repo):
        return repo.root / ".git" / "autopack-hooks"

    def test_the_hook_hands_over_and_the_worker_syncs(self, server, run, monkeypatch):
        started = []
        monkeypatch.setattr(background, "hand_over", lambda *args: started.append(args))  # and gets no answer
        told = run("sync", "--hook").out
        assert told.count("\n") == 1 and "background" in told
        [(state, environ, arguments)] = started
        assert state == self.state(server)
        assert not any(name.startswith("GIT_DIR") for name in environ)
        assert "3 inserted" in run(*arguments).out
        assert background.last_result(state)["exit_code"] == 0
        assert run(*arguments).out == "", "a second worker finds nothing to do"
        assert run("sync", "--hook").out == "", "and the gate is shut"
        assert "with 0" in run("status").out

    def test_a_detached_process_does_it_and_outlives_the_hook(self, server, run, monkeypatch):
        server.write("argparse.py", "raise SystemExit('what a commit brings must not be run')\n")
        monkeypatch.setattr(background, "PATIENCE", 0)
        assert "goes on in the background" in run("sync", "--hook").out
        while not (found := background.last_result(self.state(server))):
            time.sleep(0.05)  # until it is done, however long that takes
        log = (self.state(server) / background.LOG).read_text()
        assert found["exit_code"] == 0 and "3 inserted" in log, log

    def test_what_is_soon_done_is_told_at_once(self, server, run, monkeypatch):
        monkeypatch.setattr(background, "PATIENCE", 600)
        told = run("sync", "--hook")
        assert "3 inserted" in told.out and told.out.count("\n") == 1 and not told.err
        assert background.last_result(self.state(server))["exit_code"] == 0
        change(server, "first word")
        assert "1 updated" in run("sync", "--hook").out, "and not what the first worker said"

    @pytest.mark.parametrize(("strict", "code"), [((), 0), (("--strict",), 4)])
    def test_a_failure_is_told_at_once(self, server, run, monkeypatch, strict, code):
        monkeypatch.setattr(background, "PATIENCE", 600)
        server.write(".autopack-hooks.yaml", "sync: {background: true, database_url: 'postgresql://127.0.0.1:1/x'}\n")
        told = run("sync", "--hook", *strict, code=code)
        assert "warning" in told.err and "127.0.0.1:1" in told.err and not told.out

    def test_a_failure_is_kept_for_status(self, server, run):
        server.write(".autopack-hooks.yaml", "sync: {background: true, database_url: 'postgresql://127.0.0.1:1/x'}\n")
        told = run("sync", "--hook", "--worker", "--max-seconds", "60")
        assert "warning" in told.err and background.last_result(self.state(server))["exit_code"] == 4

    def test_without_a_server_the_hook_does_it_itself(self, ledger_repo, run):
        ledger_repo.write(".autopack-hooks.yaml", "sync: {background: true}\n")
        assert "3 inserted" in run("sync", "--hook").out

    def is_held(self, path):
        try:
            with FileLock(path, timeout=0):
                return False
        except Timeout:
            return True

    def test_one_runs_and_one_waits(self, tmp_path):
        with ExitStack() as stack:
            assert stack.enter_context(background.turn(tmp_path)) and background.is_running(tmp_path)
            command = [sys.executable, "-c", TURN, str(tmp_path)]
            waiting = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            while not self.is_held(tmp_path / background._WAITING):
                time.sleep(0.02)  # until the other process waits
            assert not stack.enter_context(background.turn(tmp_path))
            assert waiting.poll() is None
            waiting.kill()
        assert not background.is_running(tmp_path)


def test_a_qdrant_server_is_kept_in_line_with_the_ledgers(ledger_repo, run, tmp_path):
    """The whole way, through the wire: what is there is what the ledgers say, and a second run writes nothing."""

    def report(*args):
        told = json.loads(run("sync", "--full", "--execute", "--qdrant-host", url, *args, "--format", "json").out)
        return {name: told["targets"]["qdrant"][name] for name in ("inserted", "updated", "deleted", "embedded")}

    nothing = {"inserted": 0, "updated": 0, "deleted": 0, "embedded": 0}
    with qdrant_server(tmp_path) as url:
        assert report() == {**nothing, "inserted": 3, "embedded": 3}
        assert report() == nothing
        run("verify", "--full", "--qdrant-host", url)
        change(ledger_repo, "better")
        run("verify", "--full", "--qdrant-host", url, code=1)
        assert report() == {**nothing, "updated": 1, "embedded": 1}
        run("verify", "--full", "--qdrant-host", url)


TURN = """
import sys
from pathlib import Path
from autopack_hooks.sync.background import turn
print("begun", flush=True)
with turn(Path(sys.argv[1])) as mine:
    assert mine
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_between_two_batches_and_the_next_run_goes_on(ledger_repo, run, number, code):
    entries = "".join(f"\n### BUILD-{n} | 2026-01-01 | Entry {n}\n\nText.\n" for n in range(1000, 2200))
    ledger_repo.write(PATH, LEDGER + entries)
    ledger_repo.commit()
    script = (
        "import os, sys\n"
        "from autopack_hooks.sync.database import target as database\n"
        "from autopack_hooks.main import main\n"
        "batch = database._Session._batch\n"
        "def stop(self, *args):\n"
        f"    done = batch(self, *args); stop.calls += 1; stop.calls == 2 and os.kill(os.getpid(), {int(number)})\n"
        "    return done\n"
        "stop.calls = 0\n"
        "database._Session._batch = stop\n"
        "sys.exit(main(['sync', '--db-only', '--execute']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ledger_repo.root, check=False
    )
    assert done.returncode == code, done.stderr
    assert done.stderr == "autopack-hooks: error: interrupted; what was written is complete, run again to go on\n"
    assert len(stored(ledger_repo.root, "autopack.db")) in (500, 1000)
    run("sync", *DB)
    run("verify", "--db-only")
    assert [r["result"] for r in json.loads(run("audit", "show", "--format", "json").out)] == ["interrupted", "ok"]


def test_the_deadline_tells_what_is_done_and_what_is_left(ledger_repo, run, monkeypatch):
    from autopack_hooks.sync.database import target as database
    from autopack_hooks.sync.deadline import Deadline

    entries = "".join(f"\n### BUILD-{n} | 2026-01-01 | Entry {n}\n\nText.\n" for n in range(1000, 2200))
    ledger_repo.write(PATH, LEDGER + entries)
    ledger_repo.commit()
    batches = iter([500, 0.0])
    monkeypatch.setattr(database._Session, "_batch", _counted(database._Session._batch, Deadline, batches, monkeypatch))
    told = run("sync", *DB, code=3).err
    assert "500 of 1203 changes done and 703 left" in told
    monkeypatch.undo()
    run("sync", *DB)
    assert len(stored(ledger_repo.root, "autopack.db")) == 1203


def _counted(batch, deadline, batches, monkeypatch):
    def run(self, *args):
        done = batch(self, *args)
        monkeypatch.setattr(deadline, "remaining", lambda _: 0.0)
        return done

    return run


def test_two_clones_of_a_copied_folder_still_differ(clones, run, tmp_path):
    """A copy of a whole clone is another clone that happens to be at the same commit."""
    run("sync", *DB)
    copy = GitRepo(tmp_path / "copy")
    shutil.copytree(clones[0].root, copy.root)
    assert "unchanged" in run("sync", *DB, at=copy).out
