"""Locks: taken together or not at all, in one order, and free when their holder is gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace

import pytest

from autopack_hooks.core.errors import ConfigError, FatalError, LockTimeout, UsageError
from autopack_hooks.locking.multilock import (
    NAMES,
    Heartbeat,
    LockError,
    MultiLock,
    lock_folder,
    read_label,
)
from tests.support import GitRepo

HOLD = """
import sys
from pathlib import Path
from autopack_hooks.locking.multilock import MultiLock
with MultiLock(Path(sys.argv[1]), sys.argv[2:], purpose="a test", command="holder"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_elsewhere(root: Path, *names: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds ``names`` until the end of the block."""
    command = [sys.executable, "-c", HOLD, str(root), *names]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout and child.stdout.readline() == "held\n"
        try:
            yield child
        finally:
            child.kill()


def is_free(root: Path, name: str) -> bool:
    """Whether another process could have the lock."""
    outcome: list[bool] = []

    def attempt() -> None:
        try:
            with MultiLock(root, [name], timeout=0):
                outcome.append(True)
        except LockTimeout:
            outcome.append(False)

    thread = threading.Thread(target=attempt)  # a flow of its own, so that no order binds it
    thread.start()
    thread.join()
    return outcome[0]


@pytest.mark.parametrize(
    "names", [[], [""], ["unknown"], ["../../victim"], ["/etc/passwd"], ["doc s"], ["docs", "Docs"], "docs", ["docs\n"]]
)
def test_what_is_no_name_is_refused(tmp_path: Path, names: Sequence[str]) -> None:
    with pytest.raises(UsageError, match="docs"):
        MultiLock(tmp_path, names)
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_the_configuration_must_be_a_word(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        MultiLock(tmp_path, ["../x"], extra=["../x"])


def test_names_of_the_configuration(repo: GitRepo) -> None:
    with pytest.raises(UsageError, match="'mine' is not the name of a lock"):
        MultiLock(repo.root, ["mine"])
    repo.write(".autopack-hooks.yaml", "locks: {names: [yours, mine]}\n")
    (repo.root / "sub").mkdir()
    with MultiLock(repo.root / "sub", ["yours", "mine", "qdrant"]) as lock:
        assert lock.names == ("qdrant", "mine", "yours")
        assert not is_free(repo.root, "mine")
    repo.write(".autopack-hooks.yaml", "locks: {names: [../x]}\n")
    with pytest.raises(ConfigError):
        MultiLock(repo.root, ["mine"])
    with MultiLock(repo.root, ["docs"]):
        pass  # built-in names need no configuration


def test_where_the_locks_lie(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit()
    tree = tmp_path / "tree"
    repo.git("worktree", "add", "-q", tree)
    (repo.root / "sub").mkdir()
    expected = repo.root / ".git" / "autopack-hooks" / "locks"
    assert {lock_folder(where).resolve() for where in (repo.root, tree, repo.root / "sub")} == {expected.resolve()}
    outside = tmp_path / "plain"
    outside.mkdir()
    assert lock_folder(outside) == outside / ".autopack" / "state" / "locks"
    with pytest.raises(UsageError):
        lock_folder(tmp_path / "missing")


def test_nothing_is_made_before_it_is_entered(repo: GitRepo) -> None:
    lock = MultiLock(repo.root, ["docs"])
    assert not lock_folder(repo.root).exists()
    with lock:
        assert lock_folder(repo.root).exists()


def test_held_inside_and_free_after(repo: GitRepo) -> None:
    with MultiLock(repo.root, ["docs", "queue"]) as lock:
        assert lock.names == ("queue", "docs")
        assert [is_free(repo.root, name) for name in NAMES] == [False, True, True, False, True, True]
    assert all(is_free(repo.root, name) for name in NAMES)
    with lock:
        assert not is_free(repo.root, "docs")


def test_given_back_when_the_work_fails(repo: GitRepo) -> None:
    with pytest.raises(ZeroDivisionError), MultiLock(repo.root, ["docs"]):
        raise ZeroDivisionError
    assert is_free(repo.root, "docs")


def test_given_back_when_a_later_one_cannot_be_had(repo: GitRepo) -> None:
    with held_elsewhere(repo.root, "docs"):
        with pytest.raises(LockTimeout), MultiLock(repo.root, ["queue", "docs"], timeout=0):
            pytest.fail("the lock is held elsewhere")
        assert is_free(repo.root, "queue")
        with MultiLock(repo.root, ["queue"], timeout=0):
            pass


def test_the_error_names_the_lock_and_its_holder(repo: GitRepo) -> None:
    with (
        held_elsewhere(repo.root, "docs") as child,
        pytest.raises(LockTimeout) as caught,
        MultiLock(repo.root, ["docs"], timeout=0.1),
    ):
        pytest.fail("the lock is held elsewhere")
    for part in ("docs", f"pid {child.pid}", "holder (a test)", "0.1 s"):
        assert part in str(caught.value)


def test_a_dead_holders_lock_is_free_at_once(repo: GitRepo) -> None:
    with held_elsewhere(repo.root, "docs", "queue") as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
        with MultiLock(repo.root, ["docs", "queue"], timeout=0):
            pass


@pytest.mark.parametrize(
    ("outer", "inner", "allowed"),
    [
        (["docs"], ["database"], True),
        (["queue", "docs"], ["database", "qdrant"], True),
        (["docs"], ["queue"], False),
        (["database"], ["docs", "qdrant"], False),
        (["docs"], ["docs"], False),
        (["docs"], ["docs", "qdrant"], False),
    ],
)
def test_nesting_keeps_the_order(repo: GitRepo, outer: list[str], inner: list[str], allowed: bool) -> None:
    with MultiLock(repo.root, outer):
        if allowed:
            with MultiLock(repo.root, inner, timeout=0):
                pass
        else:
            with pytest.raises(UsageError, match=inner[0]), MultiLock(repo.root, inner, timeout=0):
                pass
        assert not is_free(repo.root, outer[0])
    assert all(is_free(repo.root, name) for name in NAMES)


@pytest.mark.parametrize(
    ("outer", "inner", "allowed"),
    [
        (["docs"], ["docs"], True),
        (["docs"], ["docs", "qdrant"], True),
        (["queue", "docs"], ["queue"], True),
        (["docs"], ["queue", "docs"], False),
        (["docs"], ["queue"], False),
    ],
)
def test_reentrant_only_where_that_is_said(repo: GitRepo, outer: list[str], inner: list[str], allowed: bool) -> None:
    with MultiLock(repo.root, outer) as lock:
        again = MultiLock(repo.root, inner, timeout=0, reentrant=True)
        if allowed:
            with again:
                assert again.still_mine()
                assert not any(is_free(repo.root, name) for name in inner)
        else:
            with pytest.raises(UsageError, match="must be acquired before"), again:
                pass
        assert lock.still_mine() and not again.still_mine()
        assert not any(is_free(repo.root, name) for name in outer)
    assert all(is_free(repo.root, name) for name in NAMES)


def test_an_instance_that_is_held_is_not_entered_again(repo: GitRepo) -> None:
    lock = MultiLock(repo.root, ["docs"], reentrant=True)
    with lock:
        with pytest.raises(UsageError, match="held already"), lock:
            pass
        assert lock.still_mine() and not is_free(repo.root, "docs")
    assert is_free(repo.root, "docs")


@pytest.mark.parametrize("ttl", [0, -1, float("inf"), float("nan")])
def test_a_ttl_is_a_time(repo: GitRepo, ttl: float) -> None:
    with pytest.raises(UsageError, match="ttl"):
        MultiLock(repo.root, ["docs"], ttl=ttl)


def test_a_heartbeat_renews_every_label(repo: GitRepo) -> None:
    folder = lock_folder(repo.root)
    with MultiLock(repo.root, ["docs", "queue"], ttl=0.03):
        before = [read_label(folder, name) for name in ("docs", "queue")]
        while any(read_label(folder, label_name) in before for label_name in ("docs", "queue")):
            pass
    assert not any(thread.name == "autopack-hooks-heartbeat" for thread in threading.enumerate())


def test_without_a_heartbeat_the_holder_renews(repo: GitRepo) -> None:
    folder = lock_folder(repo.root)
    with MultiLock(repo.root, ["docs"], ttl=60, heartbeat=False) as lock:
        assert not any(thread.name == "autopack-hooks-heartbeat" for thread in threading.enumerate())
        before = read_label(folder, "docs")
        while read_label(folder, "docs") == before:
            assert lock.renew()
    assert not lock.renew()


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no file that is open")
def test_who_lost_its_lock_finds_out(repo: GitRepo) -> None:
    folder = lock_folder(repo.root)
    with MultiLock(repo.root, ["docs", "queue"], ttl=60, heartbeat=False) as lock:
        assert lock.still_mine()
        (folder / "docs.lock").unlink()
        assert not lock.still_mine() and not lock.renew()
        with held_elsewhere(repo.root, "docs") as child, Heartbeat(lock, 0.001) as beat:
            beat._thread.join(timeout=20)  # it gives up
            label = read_label(folder, "docs")
            assert label and label.pid == child.pid
        assert not is_free(repo.root, "queue")


def test_it_is_nobodys_before_and_after(repo: GitRepo) -> None:
    lock = MultiLock(repo.root, ["docs"])
    assert not lock.still_mine() and lock.descriptors() == []
    with lock:
        assert lock.still_mine() and len(lock.descriptors()) == 1
    assert not lock.still_mine() and lock.descriptors() == []


@pytest.mark.parametrize(
    ("config", "option", "works"),
    [
        ("", None, False),
        ("locks: {allow_network_fs: false}", None, False),
        ("locks: {allow_network_fs: true}", None, True),
        ("locks: {allow_network_fs: true}", False, False),
        ("", True, True),
    ],
)
def test_network_file_systems_are_refused(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, config: str, option: bool | None, works: bool
) -> None:
    repo.write(".autopack-hooks.yaml", config)
    monkeypatch.setattr("autopack_hooks.locking.network.network_type", lambda folder: "nfs4")
    lock = MultiLock(repo.root, ["docs"], allow_network_fs=option)
    if works:
        with lock:
            assert lock.still_mine()
    else:
        with pytest.raises(LockError, match=r"nfs4.*two could hold it.*locks.allow_network_fs"), lock:
            pass
        assert not lock_folder(repo.root).exists()


def test_the_order_binds_neither_other_threads_nor_other_workspaces(new_repo: Callable[..., GitRepo]) -> None:
    one, two = new_repo("one"), new_repo("two")
    with MultiLock(one.root, ["docs"]):
        assert is_free(one.root, "queue")
        with MultiLock(two.root, ["docs", "queue"], timeout=0):
            pass


def test_the_label_says_who_holds_it_and_who_held_it(repo: GitRepo) -> None:
    folder = lock_folder(repo.root)
    assert read_label(folder, "docs") is None
    with MultiLock(repo.root, ["docs"], purpose="reading", command="me"):
        held = read_label(folder, "docs")
    assert held and (held.pid, held.command, held.purpose, held.until) == (os.getpid(), "me", "reading", None)
    assert held.host and held.since.endswith("+00:00") and len(held.token) == 32
    assert held.start is None or held.start <= held.since
    after = read_label(folder, "docs")
    assert after and (after.token, bool(after.until)) == (held.token, True)
    with MultiLock(repo.root, ["docs"]):
        again = read_label(folder, "docs")
    assert again and again.token != held.token
    assert sorted(p.name for p in folder.iterdir()) == ["_all.lock", "docs.gate", "docs.json", "docs.lock"]


def test_arguments_are_not_in_the_label(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sys, "argv", ["/usr/bin/autopack-hooks", "sync", "--database-url", "postgresql://u:hunter2@h/d"]
    )
    with MultiLock(repo.root, ["docs"]):
        label = read_label(lock_folder(repo.root), "docs")
    assert label and "hunter2" not in label.command


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        ({"__file__": "/usr/bin/autopack-hooks", "__spec__": None}, "autopack-hooks"),
        ({"__file__": "x/__main__.py", "__spec__": ModuleSpec("autopack_hooks.__main__", None)}, "autopack_hooks"),
        ({"__spec__": None}, "python"),
    ],
)
def test_the_command_is_the_program_by_default(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, fields: dict[str, object], command: str
) -> None:
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(**fields))  # type: ignore[arg-type]  # no module
    with MultiLock(repo.root, ["docs"]):
        label = read_label(lock_folder(repo.root), "docs")
    assert label and label.command == command


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": 1}', "\udcff", json.dumps({"pid": 1, "unknown": 2})])
def test_a_broken_label_harms_nothing(repo: GitRepo, text: str) -> None:
    with held_elsewhere(repo.root, "docs"):
        (lock_folder(repo.root) / "docs.json").write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(LockTimeout, match="another process"), MultiLock(repo.root, ["docs"], timeout=0):
            pass
    with MultiLock(repo.root, ["docs"], timeout=0):
        pass


def test_a_label_never_decides(repo: GitRepo) -> None:
    with MultiLock(repo.root, ["docs"]):
        pass
    path = lock_folder(repo.root) / "docs.json"
    label = json.loads(path.read_text())
    path.write_text(json.dumps({**label, "until": None}))
    assert read_label(path.parent, "docs") is not None
    assert is_free(repo.root, "docs")


def test_a_label_cannot_write_to_the_terminal(repo: GitRepo) -> None:
    with held_elsewhere(repo.root, "docs"):
        path = lock_folder(repo.root) / "docs.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "command": "\x1b[31m\nred"}))
        with pytest.raises(LockTimeout) as caught, MultiLock(repo.root, ["docs"], timeout=0):
            pass
    assert "\x1b" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_made(repo: GitRepo) -> None:
    (repo.root / ".git" / "autopack-hooks").write_text("a file")
    with pytest.raises(LockError, match="cannot be kept here") as caught, MultiLock(repo.root, ["docs"]):
        pass
    assert isinstance(caught.value, FatalError) and "\n" not in str(caught.value)


def test_a_lock_file_that_cannot_be_opened(repo: GitRepo) -> None:
    (lock_folder(repo.root) / "docs.lock").mkdir(parents=True)
    with pytest.raises(LockError), MultiLock(repo.root, ["queue", "docs"]):
        pass
    assert is_free(repo.root, "queue")


ROUNDS = """
import os, sys
from pathlib import Path
from autopack_hooks.locking.multilock import MultiLock
for _ in range(25):
    with MultiLock(Path(), sys.argv[1:], timeout=60):
        os.close(os.open("busy", os.O_CREAT | os.O_EXCL))
        os.unlink("busy")
"""


def test_never_two_holders_and_no_deadlock(repo: GitRepo) -> None:
    asked = [("docs", "queue"), ("queue", "docs"), ("docs", "archive"), ("docs",)]
    children = [subprocess.Popen([sys.executable, "-c", ROUNDS, *names], cwd=repo.root) for names in asked]
    assert [child.wait(timeout=60) for child in children] == [0, 0, 0, 0]


def test_importing_the_module_does_not_import_filelock() -> None:
    script = "import sys, autopack_hooks.locking.multilock; print('filelock' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
    )
