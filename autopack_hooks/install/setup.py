"""What every part of an installation is given, and what it answers with: a step for each thing that was done or is due."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.core.files import CONFIG_LIMIT, read_regular, write_inside
from autopack_hooks.core.git import SCRATCH_FOLDER, Repo
from autopack_hooks.project.views import WorktreeView

TOOLS = ("pre-commit", "prek")


class Step(NamedTuple):
    """One thing that was done, or was done before: a verb and its object.

    ``failed``: somebody must still do something. ``then`` is the command that a user wants next.
    """

    verb: str
    what: str
    changed: bool = False
    failed: bool = False
    then: str = ""


class Setup(NamedTuple):
    """The repository that is set up, and the two things that only a command can do: find programs and ask."""

    repo: Repo
    find_program: Callable[[str], str | None]
    confirmed: Callable[[str], bool]

    def present(self, name: str) -> bytes | None:
        """Return the content of a file of the repository, None where it is not there. Raises UsageError."""
        return WorktreeView(self.repo.root).read([name], CONFIG_LIMIT)[name]

    def text(self, name: str) -> str:
        """Return a file of the repository as a text that ``write`` gives back byte by byte; "" where it is not there."""
        return (self.present(name) or b"").decode("utf-8", "surrogateescape")

    def write(self, name: str, text: str) -> None:
        """Write a file of the repository. Raises UsageError for one behind a link that leads out of it."""
        data = text.encode("utf-8", "surrogateescape")
        write_inside(self.repo.root, name, data, scratch=self.repo.state_dir / SCRATCH_FOLDER)

    def shown(self, path: Path) -> str:
        """Return a path as messages show it: relative where it is inside the work tree."""
        return os.path.relpath(path, self.repo.root) if path.is_relative_to(self.repo.root) else str(path)

    @property
    def tool(self) -> str | None:
        """The hook runner that is there."""
        return next((tool for tool in TOOLS if self.find_program(tool)), None)


def indented(lines: Iterable[str]) -> str:
    """Return lines to be pasted, below the line of a step."""
    return "".join(f"\n    {line}" for line in lines)


def read_hook(path: Path) -> str | None:
    """Return a hook's text; "" for one that cannot be read, None where there is none."""
    if not os.path.lexists(path):
        return None
    try:
        return read_regular(path).decode("utf-8", "replace")
    except OSError:
        return ""


def calls_us(text: str) -> bool:
    """Return whether a line of a script or a configuration that is not a comment names this program."""
    lines = (line.strip() for line in text.splitlines())
    return any(
        "autopack-hooks" in line or "autopack_hooks" in line for line in lines if not line.startswith(("#", "//"))
    )
