"""The umbrella lock: it excludes every other and is excluded by any, and nothing of it outlives its holder."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from autopack_hooks.config.lock_names import NAMES, UMBRELLA
from autopack_hooks.core.errors import LockTimeout, UsageError
from autopack_hooks.locking import umbrella
from autopack_hooks.locking.files import LockFiles, is_held
from autopack_hooks.locking.multilock import MultiLock, lock_folder, read_label
from tests.support import GitRepo

EXTRA = ("stray", "zoo")
"""Names that are nowhere configured."""


def everything(root: Path, timeout: float = 0, on_wait: Callable[[str], object] | None = None) -> MultiLock:
    return MultiLock(root, everything=True, timeout=timeout, command="all of it", on_wait=on_wait)


def elsewhere(action: Callable[[], object]) -> list[Exception]:
    """Do it in a thread, which no order of this one binds; return what was raised."""
    errors: list[Exception] = []

    def run() -> None:
        try:
            action()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return errors


def enter(lock: MultiLock) -> None:
    with lock:
        pass


@pytest.mark.parametrize("name", [*NAMES, *EXTRA])
def test_it_excludes_every_lock(repo: GitRepo, name: str) -> None:
    with everything(repo.root):
        (error,) = elsewhere(lambda: enter(MultiLock(repo.root, [name], timeout=0, extra=EXTRA)))
        assert isinstance(error, LockTimeout) and "held by all of it" in str(error)
    assert elsewhere(lambda: enter(MultiLock(repo.root, [name], timeout=0, extra=EXTRA))) == []


@pytest.mark.parametrize("name", [*NAMES, *EXTRA])
def test_any_lock_excludes_it(repo: GitRepo, name: str) -> None:
    with MultiLock(repo.root, [name], extra=EXTRA, command="worker"):
        (error,) = elsewhere(lambda: enter(everything(repo.root)))
        assert isinstance(error, LockTimeout) and f"{name} is held by worker" in str(error)
        others = [other for other in (UMBRELLA, *NAMES) if other != name]
        assert not any(is_held(LockFiles(lock_folder(repo.root), other)) for other in others), "nothing stays held"
    assert elsewhere(lambda: enter(everything(repo.root))) == []


def test_two_umbrellas_exclude_each_other(repo: GitRepo) -> None:
    with everything(repo.root) as lock:
        (error,) = elsewhere(lambda: enter(everything(repo.root)))
        assert isinstance(error, LockTimeout) and str(error).startswith(
            "the umbrella lock was not free within 0 s: held"
        )
        assert lock.still_mine() and len(lock.descriptors()) == 1 + len(NAMES)
    assert not lock.still_mine()


def test_configured_and_used_names_are_among_them(repo: GitRepo) -> None:
    repo.write(".autopack-hooks.yaml", "locks: {names: [mirror]}\n")
    with MultiLock(repo.root, ["zoo"], extra=EXTRA):
        pass
    (lock_folder(repo.root) / "Not a name.lock").write_text("")
    with everything(repo.root):
        held = [name for name in (*NAMES, "mirror", "stray", "zoo") if read_label(lock_folder(repo.root), name)]
    assert held == [*NAMES, "mirror", "zoo"]


@pytest.mark.parametrize(
    ("reentrant", "outer", "allowed"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_the_order_within_a_thread(repo: GitRepo, reentrant: bool, outer: bool, allowed: bool) -> None:
    """Whoever has the umbrella has every lock; whoever has a lock does not ask for the umbrella."""
    root = repo.root
    first = everything(root) if outer else MultiLock(root, ["docs"])
    names = ["docs", "stray"] if outer else []
    second = MultiLock(root, names, everything=not outer, timeout=0, reentrant=reentrant, extra=EXTRA)
    with first:
        if allowed:
            with second:
                assert second.still_mine()
        else:
            with pytest.raises(UsageError), second:
                pytest.fail("this could wait for itself")
        assert first.still_mine()
    assert elsewhere(lambda: enter(everything(root))) == []


def test_names_and_the_umbrella_are_not_asked_for_together(repo: GitRepo) -> None:
    with pytest.raises(UsageError, match="give no names with it"):
        MultiLock(repo.root, ["docs"], everything=True)


def test_whoever_waits_is_told_for_whom_once(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autopack_hooks.locking.multilock.NOTICE", 0.0)
    lines: list[str] = []
    with MultiLock(repo.root, ["docs"], command="worker"):
        for lock in (
            everything(repo.root, 0.2, lines.append),
            MultiLock(repo.root, ["docs"], 0.2, on_wait=lines.append),
        ):
            elsewhere(partial(enter, lock))
    all_of_it, docs = (line.partition(", pid ")[0] for line in lines)
    assert (all_of_it, docs) == ("waiting for all locks: docs is held by worker", "waiting for docs: held by worker")
    with everything(repo.root, 0, lines.append):
        pass
    assert len(lines) == 2, "nothing is said where nothing is waited for"


def test_one_that_waits_lets_a_holder_get_one_more(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A holder may wait for a process that needs another lock; the two would wait for each other for ever."""
    monkeypatch.setattr(umbrella, "TURN", 0.1)
    waiting = threading.Event()
    waiter = threading.Thread(target=lambda: enter(everything(repo.root, 60, lambda _: waiting.set())))
    with MultiLock(repo.root, ["docs"]):
        waiter.start()
        assert waiting.wait(60)
        assert elsewhere(lambda: enter(MultiLock(repo.root, ["qdrant"], timeout=60))) == []
    waiter.join(60)
    assert not waiter.is_alive()


LOOP = """
import sys
from functools import partial
from pathlib import Path
from autopack_hooks.locking.multilock import MultiLock
print("go", flush=True)
while True:
    with MultiLock(Path(sys.argv[1]), everything=True, timeout=60, ttl=0.05):
        pass
"""


def test_a_holder_that_is_killed_at_any_moment_blocks_nobody(repo: GitRepo) -> None:
    moments = random.Random(7)
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", LOOP, str(repo.root)], stdout=subprocess.PIPE) as child:
            assert child.stdout and child.stdout.readline() == b"go\n"
            threading.Event().wait(moments.uniform(0, 0.05))
            child.kill()
        enter(MultiLock(repo.root, NAMES, timeout=0))
        enter(everything(repo.root))


ROUNDS = """
import os, sys
from functools import partial
from pathlib import Path
from autopack_hooks.locking.multilock import MultiLock
root, wanted = Path(sys.argv[1]), sys.argv[2:]
def enter(name):
    os.close(os.open(root / name, os.O_CREAT | os.O_EXCL))
for n in range(8):
    with MultiLock(root, wanted, everything=not wanted, timeout=120, extra=["stray%d" % n, *wanted]):
        names = wanted or ["docs", "queue", "stray"]
        for name in names: enter(name + ".busy")
        for name in names: os.unlink(root / (name + ".busy"))
"""


def test_never_two_holders(repo: GitRepo) -> None:
    """Two umbrellas and three others, one under a name that is nowhere configured; each sees who else is inside."""
    wanted: Sequence[Sequence[str]] = ([], [], ["docs"], ["queue", "docs"], ["stray"])
    children = [
        subprocess.Popen([sys.executable, "-c", ROUNDS, str(repo.root), *names], stderr=subprocess.PIPE, text=True)
        for names in wanted
    ]
    assert [(child.communicate(timeout=240)[1], child.returncode) for child in children] == [("", 0)] * len(children)
