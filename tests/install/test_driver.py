"""The merge driver's command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from autopack_hooks.install.driver import command


@pytest.mark.parametrize(
    "name", ["autopack_hooks/__init__.py", "autopack_hooks/__main__.py", "runpy.py", "argparse.py"]
)
def test_a_program_of_the_repository_is_not_run(tmp_path: Path, name: str) -> None:
    """Git calls the driver at the top of the work tree, where a commit can put anything."""
    for path in {name, "autopack_hooks/__init__.py"}:
        tmp_path.joinpath(path).parent.mkdir(exist_ok=True)
        tmp_path.joinpath(path).write_text("open('executed', 'w')\n")
    line = command(None)
    subprocess.run(["sh", "-c", line.partition(" merge-driver")[0] + " --version"], cwd=tmp_path, capture_output=True)
    assert not tmp_path.joinpath("executed").exists()
