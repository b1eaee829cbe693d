"""Many processes take locks while they are killed, stopped and declared dead: never two holders, never a lost lock.

    python -m tests.locking.stress --rounds 5000 [--workers 8] [--seed 1]

Each worker has cells of its own in a shared file, where it says that it is inside a lock, so that whoever comes in
sees who else is. Each life of a worker has a number; before one is killed or declared dead that is marked, and from
then on its being inside says nothing. Prints the counts; exits with 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from autopack_hooks.core.errors import Refused
from autopack_hooks.locking.files import BreakResult, LockFiles, break_lock
from autopack_hooks.locking.multilock import MultiLock, lock_folder

NAMES = ("queue", "archive", "docs")
MAX_WORKERS, MAX_LIVES = 32, 20_000
FENCED, WRONG = 7, 3
STUCK_SECONDS = 60.0
CELL = struct.Struct("=Q")


class Board:
    """The shared file: who came last into each lock, who is inside, who is gone, and how many rounds were done."""

    def __init__(self, path: Path) -> None:
        cells = len(NAMES) * (1 + MAX_WORKERS) + MAX_WORKERS
        size = cells * CELL.size + MAX_LIVES
        if not path.exists():
            path.write_bytes(bytes(size))
        with path.open("r+b") as stream:
            self._map = mmap.mmap(stream.fileno(), size)
        self._gone = cells * CELL.size

    def last(self, name: int) -> int:
        return self._cell(name)

    def came(self, name: int, life: int) -> None:
        self._set(name, life)

    def inside(self, name: int, worker: int) -> int:
        return self._cell(len(NAMES) + name * MAX_WORKERS + worker)

    def set_inside(self, name: int, worker: int, life: int) -> None:
        self._set(len(NAMES) + name * MAX_WORKERS + worker, life)

    def rounds(self) -> int:
        return sum(self._cell(self._rounds(worker)) for worker in range(MAX_WORKERS))

    def count(self, worker: int) -> None:
        self._set(self._rounds(worker), self._cell(self._rounds(worker)) + 1)

    def is_gone(self, life: int) -> bool:
        return bool(self._map[self._gone + life])

    def set_gone(self, life: int, gone: bool) -> None:
        self._map[self._gone + life] = gone

    def _rounds(self, worker: int) -> int:
        return len(NAMES) * (1 + MAX_WORKERS) + worker

    def _cell(self, number: int) -> int:
        value: int = CELL.unpack_from(self._map, number * CELL.size)[0]
        return value

    def _set(self, number: int, value: int) -> None:
        CELL.pack_into(self._map, number * CELL.size, value)


def work(root: Path, worker: int, life: int, seed: int) -> int:
    """One life of a worker, until it is killed, finds itself declared dead, or finds something wrong."""
    board, dice = Board(root / "board"), random.Random(seed)
    locks: dict[frozenset[str], MultiLock] = {}
    conductor = os.getppid()
    while not board.is_gone(life) and os.getppid() == conductor:
        names = frozenset(dice.sample(NAMES, dice.randint(1, len(NAMES))))
        if names not in locks:
            locks[names] = MultiLock(root, dice.sample(sorted(names), len(names)), 120, ttl=60, heartbeat=False)
        with locks[names] as lock:
            numbers = [NAMES.index(name) for name in names]
            fault = _stay(board, numbers, worker, life, lambda: dice.random() < 0.2 and lock.renew())
            if not lock.still_mine():
                return FENCED
            if fault:
                print(f"life {life}: {fault}", file=sys.stderr)
                return WRONG
        board.count(worker)
        time.sleep(dice.random() * 0.004)
    return FENCED


def _stay(board: Board, names: list[int], worker: int, life: int, pause: Callable[[], object]) -> str:
    """Be inside the locks for a moment; returns who else was, "" for nobody."""
    fault = ""
    for name in names:
        board.came(name, life)
        board.set_inside(name, worker, life)
        for other in range(MAX_WORKERS):
            theirs = board.inside(name, other)
            if other != worker and theirs and not board.is_gone(theirs):
                fault = f"life {theirs} is inside {NAMES[name]} too"
    pause()
    for name in names:
        theirs = board.last(name)
        if theirs != life and not board.is_gone(theirs):
            fault = f"life {theirs} came into {NAMES[name]}"
        board.set_inside(name, worker, 0)
    return fault


class Conductor:
    """Keeps the workers running and disturbs them."""

    def __init__(self, root: Path, workers: int, seed: int) -> None:
        self.root, self.board, self.dice = root, Board(root / "board"), random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.lives = 0
        self.running = [self._spawn(worker) for worker in range(workers)]

    def run(self, rounds: int) -> None:
        """Until so many rounds are done, or something is wrong."""
        try:
            while self.board.rounds() < rounds and not self.faults:
                self._let_work(self.dice.randint(1, 8))
                worker = self.dice.randrange(len(self.running))
                self.dice.choices((self._kill, self._stop, self._declare_dead), (1, 6, 2))[0](worker)
        finally:
            for child, _ in self.running:
                child.kill()
                child.wait()
        self.counts["rounds"] = self.board.rounds()
        with MultiLock(self.root, NAMES, timeout=10):
            pass  # none is lost: raises LockTimeout otherwise

    def _let_work(self, rounds: int) -> None:
        """Wait for some more rounds; that nobody comes to do them is a fault."""
        goal, end = self.board.rounds() + rounds, time.monotonic() + STUCK_SECONDS
        while self.board.rounds() < goal and not self.faults:
            time.sleep(0.002)
            self._replace_ended()
            if time.monotonic() > end:
                self.faults.append(f"nobody did a round within {STUCK_SECONDS:g} s")

    def _spawn(self, worker: int) -> tuple[subprocess.Popen[bytes], int]:
        self.lives += 1
        seed = self.dice.randrange(2**32)
        args = [str(self.root), str(worker), str(self.lives), str(seed)]
        command = [sys.executable, "-m", "tests.locking.stress", "--work", *args]
        return subprocess.Popen(command, cwd=Path(__file__).parents[2]), self.lives

    def _kill(self, worker: int) -> None:
        child, life = self.running[worker]
        self.board.set_gone(life, True)
        child.kill()
        self.counts["killed"] += 1

    def _stop(self, worker: int) -> None:
        child, _ = self.running[worker]
        child.send_signal(signal.SIGSTOP)
        time.sleep(self.dice.random() * 0.05)
        child.send_signal(signal.SIGCONT)
        self.counts["stopped"] += 1

    def _declare_dead(self, worker: int) -> None:
        """Stop a holder and break its lock, as if much time had gone by since it renewed; else only stop a worker."""
        lock_files = LockFiles(lock_folder(self.root), self.dice.choice(NAMES))
        label = lock_files.label()
        holders = [n for n, (child, _) in enumerate(self.running) if label and child.pid == label.pid]
        child, life = self.running[holders[0] if holders else worker]
        child.send_signal(signal.SIGSTOP)
        if label and holders:
            was_gone = self.board.is_gone(life)
            self.board.set_gone(life, True)
            broken = self._break(lock_files, label.token)
            self.board.set_gone(life, was_gone or broken is not None)
            self.counts["declared dead"] += broken is not None and broken.live
        child.send_signal(signal.SIGCONT)

    def _break(self, lock_files: LockFiles, token: str) -> BreakResult | None:
        later = datetime.now(timezone.utc) + timedelta(hours=1)
        with suppress(Refused):
            return break_lock(lock_files, token=token, force=True, now=later, grace=0, recording=nullcontext)
        return None

    def _replace_ended(self) -> None:
        for worker, (child, life) in enumerate(self.running):
            code = child.poll()
            if code is None:
                continue
            if code not in (-signal.SIGKILL, FENCED) or not self.board.is_gone(life):
                self.faults.append(f"life {life} ended with {code}")
            self.running[worker] = self._spawn(worker)


def main(rounds: int, workers: int, seed: int) -> int:
    """Run the stress in a temporary folder; prints the counts."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        start = time.monotonic()
        conductor = Conductor(Path(folder), workers, seed)
        conductor.run(rounds)
        counts = ", ".join(f"{count} {what}" for what, count in sorted(conductor.counts.items()))
        print(f"{workers} workers, {conductor.lives} lives, {counts}, {time.monotonic() - start:.1f} s, seed {seed}")
        for fault in conductor.faults:
            print(f"wrong: {fault}")
        return 1 if conductor.faults else 0


if __name__ == "__main__":
    if sys.argv[1] == "--work":
        sys.exit(work(Path(sys.argv[2]), *map(int, sys.argv[3:])))
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=os.getpid())
    options = parser.parse_args()
    sys.exit(main(options.rounds, options.workers, options.seed))
