from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from autopack_hooks.core import stamp as module
from autopack_hooks.core.stamp import stamp


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(Path(module.__file__).parents[1], folder / "autopack_hooks"))


def stamp_of(folder: Path) -> str:
    code = "from autopack_hooks.core.stamp import stamp; print(stamp())"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def test_the_same_program_has_the_same_stamp(tmp_path: Path) -> None:
    copied(tmp_path)
    assert stamp() == stamp()
    assert stamp_of(tmp_path) == stamp_of(tmp_path)


def test_every_change_of_a_module_is_another_program(tmp_path: Path) -> None:
    package = copied(tmp_path)
    known = {stamp_of(tmp_path)}
    for name in ("links/resolve.py", "core/text.py"):
        path = package / name
        status = path.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        known.add(stamp_of(tmp_path))
    (package / "links/new.py").touch()
    known.add(stamp_of(tmp_path))
    (package / "links/new.py").unlink()
    shutil.rmtree(package / "__pycache__", ignore_errors=True)
    assert len(known) == 4
    assert stamp_of(tmp_path) in known


def test_in_an_archive_there_is_none(tmp_path: Path) -> None:
    copied(tmp_path / "lib")
    archive = shutil.make_archive(str(tmp_path / "lib"), "zip", tmp_path / "lib")
    code = f"import sys; sys.path.insert(0, {archive!r}); from autopack_hooks.core.stamp import stamp; print(stamp())"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"
