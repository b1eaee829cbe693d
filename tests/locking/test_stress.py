"""Locks under kills, stops and breaks; by hand for longer: ``python -m tests.locking.stress --rounds 5000``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = 200


@pytest.mark.skipif(os.name == "nt", reason="Windows stops no process by a signal")
def test_no_two_holders_and_no_lost_lock(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "tests.locking.stress", "--rounds", str(ROUNDS)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    with capsys.disabled():
        print(f" {done.stdout.strip()} ", end="")
    assert done.returncode == 0, done.stdout + done.stderr
    counted = re.search(r"(\d+) rounds", done.stdout)
    assert counted and int(counted[1]) >= ROUNDS
