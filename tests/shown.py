"""Run what the pages show: each ``console`` block in a scratch repository, its output compared with what stands below the ``$``.

A page may hold, in comments that readers do not see, ``invisible-code-block: console`` (commands that prepare the next block)
and ``skip: next`` (a block that cannot run here). Two commands are ours: ``scratch NAME [FOLDER]`` makes a repository,
empty or with the files of ``examples/FOLDER``, and ``write FILE`` makes a file of the lines below it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sybil import Document, Example

ROOT = Path(__file__).parent.parent
HOME = "/home/ann"
"""What the pages write for the home of whoever types."""

VARYING = re.compile(
    r"(?P<more>\.\.\.)|(?P<hash>\b[0-9a-f]{12,64}\b)|(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)|(?P<seconds>\b\d+\.\d+ ?s\b)"
)
PERSON = {"NAME": "Ann Other", "EMAIL": "ann@host.org"}


class Shell:
    """A home with repositories in it, and the commands typed there."""

    def __init__(self, home: Path, programs: Path, environ: Mapping[str, str] = os.environ) -> None:
        self.home = self.folder = home
        people = {f"GIT_{who}_{key}": PERSON[key] for who in ("AUTHOR", "COMMITTER") for key in PERSON}
        # A file of its own: `git config --global` replaces the file that is named, and that must never be /dev/null.
        settings = {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"), "COLUMNS": "120"}
        path = f"{programs}{os.pathsep}{environ['PATH']}"
        self.env = {**environ, **people, **settings, "PATH": path}

    def evaluate(self, example: Example) -> str | None:
        """Run an example of Sybil's."""
        return self.run(example.parsed)

    def run(self, block: str) -> str | None:
        """Run a block; returns what is wrong, None where all is as shown."""
        for command, shown in commands(block):
            code, output = self.type(command, shown)
            if shown and not is_shown(output, shown.replace(HOME, str(self.home))):
                return f"$ {command}\n{output}\n--- but the page shows:\n{shown}"
            if code and not shown:
                return f"$ {command}\n{output}\n--- exit code {code}, and the page shows no output"
        return None

    def type(self, command: str, below: str) -> tuple[int, str]:
        """Run one command; returns its exit code and what it printed to both streams."""
        name, *args = shlex.split(command, comments=True)
        if name == "scratch":
            self.scratch(*args)
        elif name == "write":
            path = self.folder / args[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(below)
            return 0, below
        elif name == "cd":
            self.folder = (self.folder / args[0]).resolve()
        else:
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                check=False,
            )
            return done.returncode, done.stdout
        return 0, ""

    def scratch(self, name: str, example: str = "") -> None:
        """Make a repository of that name in the home, and go there."""
        self.folder = self.home / name
        if example:
            shutil.copytree(ROOT / "examples" / example, self.folder)
        else:
            self.folder.mkdir()
        for command in ("init -q -b main --template=", "add -A", "commit -q --allow-empty -m Start"):
            code, output = self.type(f"git {command}", "")
            assert code == 0, output


def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a block, each with the output that is shown below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        while command.endswith("\\"):
            more, _, shown = shown.partition("\n")
            command = f"{command[:-1]}{more.removeprefix('>')}"
        yield command, shown


def is_shown(output: str, shown: str) -> bool:
    """Whether ``output`` is what is shown, where ``...`` stands for anything, and a hash, a time or a duration for any other."""

    def pattern(match: re.Match[str]) -> str:
        varying = {
            "more": ".*?",
            "hash": f"[0-9a-f]{{{len(match[0])}}}",
            "time": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d",
            "seconds": r"\d+\.\d+ ?s",
        }
        return varying[match.lastgroup or ""]

    whole, end = "", 0
    for match in VARYING.finditer(shown.strip()):
        whole += re.escape(shown.strip()[end : match.start()]) + pattern(match)
        end = match.end()
    whole += re.escape(shown.strip()[end:])
    return re.fullmatch(whole, "\n".join(line.rstrip() for line in output.strip().split("\n")), re.DOTALL) is not None


def from_sources(home: Path) -> Shell:
    """Make a shell whose ``autopack-hooks`` is these sources, run by this Python."""
    programs = home / ".programs"
    programs.mkdir(parents=True)
    ours = programs / "autopack-hooks"
    ours.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m autopack_hooks "$@"\n')
    ours.chmod(0o755)
    shell = Shell(home, programs)
    shell.env["PYTHONPATH"] = str(ROOT)
    return shell


def parse(path: Path, shell: Shell) -> Document:
    """Read a page with its blocks of commands, to be run in ``shell``."""
    from sybil import Sybil
    from sybil.parsers.markdown import CodeBlockParser, SkipParser

    return Sybil(parsers=[CodeBlockParser("console", shell.evaluate), SkipParser()], pattern="*.md").parse(path)
