"""Name a command so that whoever reads it can run it: a hook runner has this program in an environment of its own."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from shutil import which

from autopack_hooks.core.files import RepositoryFiles
from autopack_hooks.install.precommit import FILE_NAME, manual_hooks

PROGRAM = "autopack-hooks"
_HOOKS = {("fix",): "ledger-fix", ("links", "--deep"): "deep-doc-links"}
"""What a hook that is offered runs -> its id."""


def runnable(root: Path, environ: Mapping[str, str], executable: str, *arguments: str) -> str:
    """Return the command line that runs this program with ``arguments``.

    Args:
        root: the root of the repository, whose configuration names the hooks that its runner knows.
        environ: the environment; pre-commit and prek mark theirs.
        executable: the interpreter that runs this program.
        arguments: the command and its options.
    """
    own = Path(executable).parent
    hosted = environ.get("PRE_COMMIT") == "1"
    folders = environ.get("PATH", "").split(os.pathsep)
    # The runner's own environment comes first there, and on nobody else's path.
    path = os.pathsep.join(folder for folder in folders if not hosted or Path(folder) != own)
    if which(PROGRAM, path=path):
        return shlex.join([PROGRAM, *arguments])
    hook = _HOOKS.get(arguments)
    if hosted and hook and hook in _manual(root):
        runner = "prek" if "PREK_HOOK_STAGE" in environ else "pre-commit"
        return f"{runner} run {hook} --hook-stage manual --all-files"
    there = own / PROGRAM
    return shlex.join([str(there) if there.is_file() else PROGRAM, *arguments])


def _manual(root: Path) -> set[str]:
    try:
        data = RepositoryFiles(root).read(FILE_NAME)
    except (OSError, ValueError):
        return set()
    return manual_hooks(data.decode("utf-8", "replace"))
