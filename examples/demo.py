"""The main job for a newcomer: a small repository whose ledgers are checked at commit and synced after a merge.

Run it with ``python3 dev.py demo``; ``--keep`` leaves the repository to look around in. What stands below a ``$`` is
what that command really printed, and the demo fails where one does something else than it promises.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autopack_hooks.core.errors import FatalError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant

SAMPLE = Path(__file__).parent / "parcels"
PERSON = {"NAME": "Demo", "EMAIL": "demo@example.invalid"}


class DemoFailed(Exception):
    """A step did something else than the demo promises."""


class Terminal:
    """A repository and the commands typed in it, shown with what they print."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.steps = 0
        self.bold = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() and "NO_COLOR" not in os.environ else ("", "")
        # The demo must not be bent by the caller's git settings, nor reach the caller's databases.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "QDRANT_")) and k != "DATABASE_URL"}
        people = {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in PERSON.items()}
        self.env = {**kept, **people, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "NO_COLOR": "1"}

    def step(self, title: str) -> None:
        """A numbered heading."""
        self.steps += 1
        print(f"\n{self.bold[0]}{self.steps}. {title}{self.bold[1]}")

    def say(self, text: str) -> None:
        """What there is to know, indented like everything below a heading."""
        print("".join(f"   {line}\n" for line in text.split("\n")), end="")

    def type(self, command: str, *, ok: bool = True, expect: str = "") -> None:
        """Show a command, run it, show what it prints; it must succeed (or fail) and print what is expected."""
        self.say(f"$ {command}")
        output = self.run(command, ok=ok)
        if expect not in output:
            raise DemoFailed(f"`{command}` should have printed {expect!r}, and printed:\n{output}")
        if output:
            self.say(output)

    def run(self, command: str, *, ok: bool = True) -> str:
        """Run a command without showing it."""
        program, *args = shlex.split(command)
        path = shutil.which(program, path=self.env["PATH"]) or program
        done = subprocess.run(
            [path, *args],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="backslashreplace",
            check=False,
        )
        if (done.returncode == 0) is not ok:
            raise DemoFailed(f"`{command}` ended with exit code {done.returncode} and printed:\n{done.stdout}")
        return done.stdout.rstrip()

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace one piece of a file."""
        path = self.root / name
        text = path.read_text("utf-8")
        if text.count(old) != 1:
            raise DemoFailed(f"{old!r} should be in {name} once")
        path.write_text(text.replace(old, new), "utf-8", newline="\n")


def main() -> int:
    """Run the demo; 0 only when everything was as promised."""
    parser = argparse.ArgumentParser(prog="dev.py demo", description=__doc__.split("\n\n")[0])
    parser.add_argument("--keep", action="store_true", help="keep the repository afterwards")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="autopack-hooks-demo-"))
    try:
        play(folder)
    except (DemoFailed, FatalError, sqlite3.Error, OSError) as error:
        print(f"\nThe demo failed: {error}\nIts repository is kept in {folder}", file=sys.stderr)
        return 1
    if args.keep:
        print(f"\nThe repository is kept in {folder / 'parcels'}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def play(folder: Path) -> None:
    """The whole demo, in ``folder``."""
    terminal = Terminal(folder / "parcels")
    make_repository(terminal)
    install(terminal)
    refuse(terminal)
    merge(terminal, folder / "colleague")
    look(terminal)
    again(terminal)


def make_repository(terminal: Terminal) -> None:
    terminal.step("A repository that keeps its memory in three Markdown ledgers")
    shutil.copytree(SAMPLE, terminal.root)
    terminal.run("git init -q -b main")
    for setting in ("commit.gpgsign false", "core.autocrlf false"):
        terminal.run(f"git config {setting}")
    if terminal.run("git rev-parse --git-path hooks") != ".git/hooks":
        terminal.run("git config core.hooksPath .git/hooks")
    terminal.run("git add -A")
    terminal.run('git commit -q -m "Start"')
    terminal.type("git ls-files")
    terminal.type('git grep -h "^### " docs/BUILD_HISTORY.md')


def install(terminal: Terminal) -> None:
    terminal.step("Install the hooks (plain git hooks here; pre-commit and prek work too)")
    terminal.type("autopack-hooks init --hooks git --yes", expect="installed")
    terminal.run("git add -A")
    terminal.say("The next commit is checked, and the ledgers go into the database and the index for the first time:")
    terminal.type('git commit -q -m "Keep the ledgers right"', expect="6 inserted")


def refuse(terminal: Terminal) -> None:
    terminal.step("A bad commit is refused: an id that is taken, as two branches often make it")
    terminal.edit("docs/BUILD_HISTORY.md", "### BUILD-003 | 2026-03-09", "### BUILD-002 | 2026-03-09")
    terminal.run("git add -A")
    before = terminal.run("git rev-parse HEAD")
    terminal.type('git commit -q -m "Tracking page"', ok=False, expect="docs/BUILD_HISTORY.md:")
    if terminal.run("git rev-parse HEAD") != before:
        raise DemoFailed("the bad commit was made all the same")
    terminal.say("No commit was made. Take the edit back:")
    terminal.type("git restore --staged --worktree docs")


def merge(terminal: Terminal, clone: Path) -> None:
    terminal.step("A colleague's branch is merged: a new entry in one ledger, a changed one in another")
    terminal.run(f"git clone -q . {shlex.quote(clone.as_posix())}")
    colleague = Terminal(clone)
    for setting in ("commit.gpgsign false", "core.autocrlf false"):
        colleague.run(f"git config {setting}")
    colleague.run("git checkout -q -b cache")
    write_entry(colleague)
    colleague.run('git commit -q -a -m "Cache the map tiles"')
    terminal.run("git fetch -q ../colleague cache:cache")
    terminal.type("git diff --stat main cache")
    terminal.say("Only these two entries are written:")
    terminal.type('git merge -q --no-ff -m "Merge the cache" cache', expect="1 inserted, 1 updated, 0 deleted")


def write_entry(repo: Terminal) -> None:
    """What the colleague did: BUILD-004 is new, and DEC-002 is no longer just proposed."""
    builds, decisions = "docs/BUILD_HISTORY.md", "docs/ARCHITECTURE_DECISIONS.md"
    repo.edit(builds, "Total_Builds: 3", "Total_Builds: 4")
    repo.edit(builds, "Last_Updated: 2026-03-09T17:20:00Z", "Last_Updated: 2026-03-12T10:00:00Z")
    row = (
        "| 2026-03-12 | BUILD-004 | Tile cache | Map tiles are kept for a day instead of fetched for every page | 2 |\n"
    )
    repo.edit(builds, "| 2026-03-09 | BUILD-003", row + "| 2026-03-09 | BUILD-003")
    section = (
        "### BUILD-004 | 2026-03-12 | Tile cache\n\n**Status**: Complete\n\n"
        "Map tiles are kept for a day instead of fetched for every page of BUILD-003.\n\n"
    )
    repo.edit(builds, "### BUILD-003 |", section + "### BUILD-003 |")
    repo.edit(decisions, "carrier's clock | Proposed", "carrier's clock | Implemented")
    repo.edit(decisions, "**Status**: Proposed", "**Status**: Implemented")


def look(terminal: Terminal) -> None:
    terminal.step("What is there now: the rows of the database (SQLite here) ...")
    query = "select entry_id, date(created_at), title from sot_entries order by file_type, entry_id"
    terminal.say(f"sqlite> {query};")
    connection = sqlite3.connect(terminal.root / "autopack.db")
    rows = connection.execute(query).fetchall()
    connection.close()
    terminal.say("\n".join("|".join(map(str, row)) for row in rows))
    if len(rows) != 7:
        raise DemoFailed(f"there should be 7 rows, and there are {len(rows)}")
    terminal.step("... and the points of the embedded Qdrant index, asked what is known of a slow carrier")
    target = EmbeddedQdrant(terminal.root / ".autopack/qdrant", "autopack_sot_docs")
    with target.connect("parcels", Deadline(30, time.monotonic), write=False) as session:
        held = session.stored().hashes
        hits = session.search("carrier timeout", limit=2)
    terminal.say("\n".join(f"{hit.score:5.2f}  {hit.entry_id}  {hit.title}" for hit in hits))
    terminal.say(f"({len(held)} entries in the index)")
    if len(held) != 7 or hits[0].entry_id != "DBG-001":
        raise DemoFailed(f"DBG-001 should be found first among 7 entries: {hits}")


def again(terminal: Terminal) -> None:
    terminal.step("A second run writes nothing: only what changed is ever written")
    terminal.type("autopack-hooks sync --full --execute --no-timing", expect="unchanged (7 entries)")
    terminal.step("Where to look")
    terminal.say(
        "README.md            the YAML to paste for pre-commit and prek, the commands, the configuration\n"
        "docs/rules.md        every finding, with examples (also: autopack-hooks explain LED005)\n"
        "examples/parcels/    the repository of this demo (python3 dev.py demo --keep leaves it in place)"
    )


if __name__ == "__main__":
    sys.exit(main())
