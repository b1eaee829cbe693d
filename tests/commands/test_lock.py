"""The ``lock`` command: status, run and break, through real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autopack_hooks.commands.lock import watch
from autopack_hooks.locking.files import LockFiles, is_held
from autopack_hooks.locking.label import write_label_file
from autopack_hooks.locking.multilock import NAMES, MultiLock, lock_folder, read_label
from autopack_hooks.main import main
from tests.support import GitRepo

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's end")
WAIT = "import sys; print('held', flush=True); sys.stdin.read()"
CAUGHT = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.{0}])
print("held", flush=True)
print("caught", signal.Signals(signal.sigwait([signal.{0}])).name)
sys.exit(9)
"""


def command(repo: GitRepo, *args: str) -> list[str]:
    return [sys.executable, "-m", "autopack_hooks", "lock", *args, "--repo", str(repo.root)]


def run_under(repo: GitRepo, names: Sequence[str], *argv: str) -> list[str]:
    return [*command(repo, "run", *names, "--timeout", "0"), "--", *argv]


@contextmanager
def holding(repo: GitRepo, *names: str, script: str = WAIT) -> Iterator[subprocess.Popen[str]]:
    """``lock run`` with a command that goes on until its input ends, in a session without a terminal."""
    argv = run_under(repo, names, sys.executable, "-c", script)
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        assert child.stdout and child.stdout.readline() == "held\n"
        try:
            yield child
        finally:
            child.kill()


def lock(repo: GitRepo, *args: str) -> int:
    return main(["lock", *args, "--repo", str(repo.root)])


def statuses(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    capsys.readouterr()
    assert lock(repo, "status", "--format", "json") == 0
    return {status["name"]: status for status in json.loads(capsys.readouterr().out)}


def lock_files(repo: GitRepo, name: str) -> LockFiles:
    return LockFiles(lock_folder(repo.root), name)


def ended(child: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and stderr."""
    _, err = child.communicate(timeout=60)
    return child.returncode, err


def test_status_tells_every_lock_in_order_and_makes_nothing(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write(".autopack-hooks.yaml", "locks: {names: [zoo, ape]}\n")
    told = statuses(repo, capsys)
    assert list(told) == [*NAMES, "ape", "zoo"]
    assert {status["state"] for status in told.values()} == {"free"}
    assert not lock_folder(repo.root).exists()


def test_status_names_the_holder(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    with holding(repo, "docs") as child:
        told = statuses(repo, capsys)
        assert (told["docs"]["state"], told["docs"]["held"], told["docs"]["pid"]) == ("held", True, child.pid)
        assert told["docs"]["command"] == f"lock run {Path(sys.executable).name}"
        assert 0 < told["docs"]["ttl_left"] <= 1800
        assert not told["queue"]["held"]
        assert lock(repo, "status") == 0
        assert f"pid {child.pid}" in capsys.readouterr().out


def test_status_of_the_past(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    with MultiLock(repo.root, ["docs"], command="tool", purpose="to see"):
        pass
    last = statuses(repo, capsys)["docs"]["last"]
    assert (last["pid"], last["command"], last["purpose"], bool(last["until"])) == (os.getpid(), "tool", "to see", True)


def test_options_before_the_action_count(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lock", "--repo", str(repo.root), "status"]) == 0
    assert capsys.readouterr().out.startswith("queue")


@pytest.mark.parametrize(("seconds", "looks", "pauses"), [(None, 1, []), (1.5, 3, [1.5, 1.5, 1.5])])
def test_watching_goes_on_until_it_is_interrupted(seconds: float | None, looks: int, pauses: list[float]) -> None:
    shown: list[None] = []
    slept: list[float] = []

    def sleep(pause: float) -> None:
        slept.append(pause)
        if len(slept) == 3:
            raise KeyboardInterrupt

    try:
        watch(lambda: shown.append(None), seconds, sleep)
    except KeyboardInterrupt:
        assert seconds
    assert (len(shown), slept) == (looks, pauses)


@POSIX
@pytest.mark.parametrize("form", ["text", "json"])
def test_watching_a_lock(repo: GitRepo, form: str) -> None:
    argv = command(repo, "status", "--watch", "0.01", "--format", form)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout
        lines = [child.stdout.readline() for _ in range(20)]
        child.send_signal(signal.SIGINT)
        assert ended(child)[0] == 130
    if form == "json":
        assert all(len(json.loads(line)) == len(NAMES) for line in lines)
    else:
        assert sum(line.startswith("docs ") for line in lines) > 1


@pytest.mark.parametrize("code", [0, 1, 5, 77, 255])
def test_the_exit_code_is_passed_on(repo: GitRepo, code: int) -> None:
    done = subprocess.run(run_under(repo, ["docs"], sys.executable, "-c", f"raise SystemExit({code})"), check=False)
    assert done.returncode == code
    assert not is_held(lock_files(repo, "docs"))


@POSIX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_command_that_a_signal_ends(repo: GitRepo, number: signal.Signals) -> None:
    done = subprocess.run(run_under(repo, ["docs"], "sh", "-c", f"kill -{number.value} $$"), check=False)
    assert done.returncode == 128 + number


def test_input_output_and_arguments_are_the_commands(repo: GitRepo) -> None:
    script = "import sys; print(sys.stdin.read(), sys.argv[1:])"
    argv = run_under(repo, ["docs", "queue"], sys.executable, "-c", script, "--timeout", "x y", "--", "-h", "")
    done = subprocess.run(argv, input="in", capture_output=True, text=True, check=True)
    assert done.stdout == "in ['--timeout', 'x y', '--', '-h', '']\n"
    assert done.stderr == ""


def test_it_holds_all_while_the_command_runs_and_none_after(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    with holding(repo, "docs", "archive") as child:
        told = statuses(repo, capsys)
        assert [name for name in told if told[name]["held"]] == ["archive", "docs"]
        assert ended(child)[0] == 0
    told = statuses(repo, capsys)
    assert not any(status["held"] for status in told.values()) and told["docs"]["last"]["until"]
    names = {path.name.partition(".")[2] for path in lock_folder(repo.root).iterdir()}
    assert names == {"lock", "gate", "json"}


def test_it_waits_no_longer_than_told_and_names_the_holder(
    repo: GitRepo, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with MultiLock(repo.root, ["docs"], command="holder"):
        done = subprocess.run(
            run_under(repo, ["docs"], sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w')"),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 5
    assert "the lock docs was not free" in done.stderr and f"holder, pid {os.getpid()}" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_the_ttl_of_the_configuration(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write(".autopack-hooks.yaml", "locks: {ttl: 77, names: [mine]}\n")
    with holding(repo, "mine"):
        assert statuses(repo, capsys)["mine"]["ttl"] == 77


@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_signals_are_forwarded(repo: GitRepo, name: str) -> None:
    with holding(repo, "docs", script=CAUGHT.format(name)) as child:
        child.send_signal(getattr(signal, name))
        assert (*child.communicate(timeout=60), child.returncode) == (f"caught {name}\n", "", 9)
    assert not is_held(lock_files(repo, "docs"))


@LINUX
def test_a_killed_lock_run_takes_its_command_along(repo: GitRepo) -> None:
    with holding(repo, "docs") as child:
        child.kill()
        assert child.stdout and child.stdout.read() == ""  # the command has ended, too
        with MultiLock(repo.root, ["docs"], timeout=20):
            pass


@POSIX
def test_a_command_that_outlives_lock_run_keeps_the_lock(repo: GitRepo) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WAIT
    with holding(repo, "docs", script=deaf) as child:
        child.kill()
        child.wait()
        assert is_held(lock_files(repo, "docs"))
        assert child.stdin and child.stdout
        child.stdin.close()
        assert child.stdout.read() == ""
        with MultiLock(repo.root, ["docs"], timeout=20):
            pass


@POSIX
def test_what_the_command_leaves_running_keeps_no_lock(repo: GitRepo) -> None:
    argv = run_under(repo, ["docs"], "sh", "-c", "sleep 60 & echo $!; read line")
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin and child.stdout
        left_running = int(child.stdout.readline())
        child.stdin.close()
        try:
            child.wait(timeout=60)
            assert not is_held(lock_files(repo, "docs"))
        finally:
            os.kill(left_running, signal.SIGKILL)


@pytest.mark.parametrize("name", ["../../victim", "/etc/passwd", "", "doc s", "unknown", "Docs", "docs/", "con"])
def test_a_name_is_a_name(repo: GitRepo, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    victim = repo.write("victim.lock", "mine")
    assert lock(repo, "break", name, "--force") == 2
    assert main(["lock", "run", name, "--repo", str(repo.root), "--", "true"]) == 2
    assert "is not the name of a lock" in capsys.readouterr().err
    assert victim.read_text() == "mine" and not lock_folder(repo.root).exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["run", "docs"], "no command to run"),
        (["run", "docs", "--"], "no command to run"),
        (["run", "docs", "--", "/no/such/program"], "cannot be started"),
        (["run", "docs", "--", ""], "cannot be started"),
        (["status", "--", "true"], "does not run a command"),
        (["break", "docs", "--", "true"], "does not run a command"),
        (["run", "--", "true"], "no lock was given"),
        (["break"], "no lock was given"),
        (["run", "docs", "--all", "--", "true"], "--all is every lock"),
        (["break", "docs", "--all"], "--all is every lock"),
    ],
)
def test_what_makes_no_sense_is_told(repo: GitRepo, args: list[str], said: str) -> None:
    cut = args.index("--") if "--" in args else len(args)
    done = subprocess.run([*command(repo, *args[:cut]), *args[cut:]], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert not is_held(lock_files(repo, "docs"))


@pytest.mark.parametrize(
    "args",
    [
        [], ["x"], ["run", "docs", "--timeout", "x", "--", "true"],
        ["run", "docs", "--timeout", "-1", "--", "true"], ["run", "docs", "--ttl", "0", "--", "true"],
        ["run", "docs", "--timeout", "nan", "--", "true"], ["status", "--watch", "0"],
    ],
)  # fmt: skip
def test_bad_options(args: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["lock", *args])


def test_nothing_to_break(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert lock(repo, "break", "docs") == 0
    assert "nothing to break" in capsys.readouterr().out
    assert not lock_folder(repo.root).exists() and audit(repo, capsys) == []


def audit(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["audit", "show", "--format", "json", "--repo", str(repo.root)]) == 0
    records: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return records


def test_a_stale_label_is_cleared_and_recorded(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    with holding(repo, "docs") as child:
        child.kill()
        child.wait()
        with MultiLock(repo.root, ["queue"], timeout=20):
            pass
    label = read_label(lock_folder(repo.root), "docs")
    assert label and label.until is None
    assert lock(repo, "break", "docs") == 0
    assert f"pid {label.pid}" in capsys.readouterr().out
    assert read_label(lock_folder(repo.root), "docs") is None
    (record,) = audit(repo, capsys)
    assert (record["action"], record["result"]) == ("lock break", "ok")
    assert record["targets"]["docs"]["pid"] == label.pid and record["targets"]["docs"]["cleared"]
    assert "a" in record["operator"]


def test_a_live_holder_is_never_broken(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    with holding(repo, "docs") as child:
        token = statuses(repo, capsys)["docs"]["token"]
        for options in ([], ["--force"], ["--token", token], ["--token", token, "--force"]):
            assert lock(repo, "break", "docs", *options) == 6
            assert f"pid {child.pid}" in capsys.readouterr().err
        assert is_held(lock_files(repo, "docs")) and audit(repo, capsys) == []


@POSIX
def test_a_stalled_holder_is_broken_with_its_token_and_force(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write(".autopack-hooks.yaml", "locks: {grace: 0.001}\n")
    with MultiLock(repo.root, ["docs"], ttl=600, command="holder") as held:
        place = lock_files(repo, "docs")
        label = place.label()
        assert label
        # As if it had been stopped for an hour.
        write_label_file(place.label_file, replace(label, ttl=0.001))
        assert statuses(repo, capsys)["docs"]["state"] == "stalled"
        assert lock(repo, "break", "docs") == 6
        assert lock(repo, "break", "docs", "--token", label.token) == 6
        assert held.still_mine()
        assert lock(repo, "break", "docs", "--token", label.token, "--force") == 0
        assert "its holder was declared dead: holder" in capsys.readouterr().out
        assert not held.still_mine() and not is_held(place)
        (record,) = audit(repo, capsys)
        assert record["targets"]["docs"]["declared_dead"] and record["targets"]["docs"]["command"] == "holder"
        assert not held.renew() and place.label() is None


def test_a_break_that_cannot_be_recorded_is_not_made(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    with MultiLock(repo.root, ["docs"]):
        label = lock_files(repo, "docs").label()
    assert label
    write_label_file(lock_files(repo, "docs").label_file, replace(label, until=None))
    (lock_folder(repo.root).parent / "audit").write_text("no folder")
    assert lock(repo, "break", "docs") == 2
    assert "audit trail" in capsys.readouterr().err
    assert lock_files(repo, "docs").label()


def test_linked_worktrees_share_the_locks(repo: GitRepo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit()
    repo.git("worktree", "add", "-q", tmp_path / "tree")
    with MultiLock(tmp_path / "tree", ["docs"]):
        assert statuses(repo, capsys)["docs"]["held"]


def test_the_umbrella_holds_every_lock(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    with holding(repo, "--all") as child:
        told = statuses(repo, capsys)
        assert {status["state"] for status in told.values()} == {"held"} and list(told) == list(NAMES)
        assert {status["command"] for status in told.values()} == {f"lock run --all {Path(sys.executable).name}"}
        assert lock(repo, "break", "--all") == 6 and lock(repo, "break", "docs") == 6
        child.kill()
        child.wait()
        with MultiLock(repo.root, ["queue"], timeout=20):  # the command ends after it
            pass
    capsys.readouterr()
    assert lock(repo, "break", "--all") == 0
    assert "the umbrella lock is free; cleared the label of a holder that is gone" in capsys.readouterr().out
    cleared = [name for record in audit(repo, capsys) for name in record["targets"] if record["result"] == "ok"]
    assert cleared == ["_all", *[name for name in NAMES if name != "queue"]]
    assert lock(repo, "break", "--all") == 0
    assert capsys.readouterr().out == "all locks are free: nothing to break\n"


def test_the_dead_are_cleared_beside_the_living(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    with holding(repo, "archive") as dead, holding(repo, "docs"):
        dead.kill()
        dead.wait()
        with MultiLock(repo.root, ["queue"], timeout=20):
            pass
        while statuses(repo, capsys)["archive"]["held"]:
            pass
        assert lock(repo, "break", "--all") == 6
        out, err = capsys.readouterr()
        assert out.startswith("archive is free; cleared") and "the lock docs is held by" in err and err.count("\n") == 1
        assert statuses(repo, capsys)["docs"]["held"]


def test_a_lock_that_is_not_configured_shows_while_it_is_held(
    repo: GitRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    with MultiLock(repo.root, ["stray"], extra=["stray"]):
        assert statuses(repo, capsys)["stray"]["state"] == "held"
    assert "stray" not in statuses(repo, capsys)


def test_whoever_waits_says_for_whom(repo: GitRepo) -> None:
    with holding(repo, "docs") as child:
        argv = [*command(repo, "run", "docs", "--timeout", "60"), "--", "true"]
        with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as waiter:
            assert waiter.stderr and waiter.stderr.readline().startswith(
                f"autopack-hooks: waiting for docs: held by lock run {Path(sys.executable).name}, pid {child.pid} on "
            )
            child.communicate()
            assert (waiter.stderr.read(), waiter.wait(60)) == ("", 0)


def test_a_sync_that_waits_says_for_whom(ledger_repo: GitRepo) -> None:
    with holding(ledger_repo, "database") as child:
        argv = [
            sys.executable,
            "-m",
            "autopack_hooks",
            "sync",
            "--repo",
            str(ledger_repo.root),
            "--db-only",
            "--execute",
        ]
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as waiter:
            assert waiter.stderr and waiter.stderr.readline().startswith(
                f"autopack-hooks: waiting for database: held by lock run {Path(sys.executable).name}, pid {child.pid} on "
            )
            child.communicate()
            assert (waiter.stderr.read(), waiter.wait(60)) == ("", 0)
