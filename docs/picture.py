"""Make the README's picture of a terminal, docs/terminal.svg, from what the commands really print.

Run by ``python3 dev.py docs``. The id of a commit depends on all texts in it, so one that stays is
shown instead.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parent.parent
LEDGER = "docs/BUILD_HISTORY.md"
WIDTH = 112
COMMIT = "44a5ea3c015f"
PERSON = {"NAME": "Ann Other", "EMAIL": "ann@host.org", "DATE": "2026-03-12T10:00:00Z"}


def picture() -> str:
    """Return the SVG."""
    with tempfile.TemporaryDirectory(prefix="autopack-hooks-picture-", ignore_cleanup_errors=True) as folder:
        shown = "\n\n".join(scenes(Path(folder) / "parcels"))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(shown))
    svg = console.export_svg(title="parcels", theme=MONOKAI, unique_id="terminal")
    return re.sub(r"\s*@font-face \{.*?\}(?=\n)", "", svg, flags=re.DOTALL)  # nothing is fetched to show it


def scenes(root: Path) -> list[str]:
    """Act the first five minutes in ``root``; return each command with what it printed, in colour."""
    shutil.copytree(ROOT / "examples" / "parcels", root)
    run(root, "git init -q -b main --template=")
    run(root, "git add -A")
    run(root, "git commit -q -m Start")
    found = typed(root, "autopack-hooks init --hooks git", lines=5)
    run(root, "git add -A")
    run(root, "git commit -q -m 'Set up autopack-hooks'")
    path = root / LEDGER
    right = path.read_text("utf-8")
    taken = right.replace("### BUILD-003 |", "### BUILD-002 |")
    path.write_text(taken, "utf-8")
    run(root, "git add -A")
    refused = typed(root, "git commit -q -m 'Tracking page'")
    path.write_text(right.replace("One page per parcel, with a map of its way. E", "One page per parcel. E"), "utf-8")
    run(root, "git add -A")
    synced = typed(root, "git commit -q -m 'Tracking page'")
    return [found, refused, synced, typed(root, "autopack-hooks search slow carrier --limit 1")]


def typed(root: Path, command: str, lines: int = 0) -> str:
    """Return a command and what it printed, or the first ``lines`` of that."""
    output = re.sub(r"\b[0-9a-f]{12}\b", COMMIT, run(root, command)).split("\n")
    kept = output[:lines] + ["..."] if lines else output
    return "\n".join([f"\x1b[1;32m$\x1b[0m \x1b[1m{command}\x1b[0m", *kept])


def run(root: Path, command: str) -> str:
    """Run a command of the picture, as a terminal would show it, untouched by the caller's settings."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("GIT_", "QDRANT_", "AUTOPACK")) and k not in ("NO_COLOR", "DATABASE_URL")
    }
    people = {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in PERSON.items()}
    settings = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(root.parent / "gitconfig"), "FORCE_COLOR": "1"}
    words = shlex.split(command)
    ours = [sys.executable, "-P", "-m", "autopack_hooks"] if words[0] == "autopack-hooks" else words[:1]
    done = subprocess.run(
        ours + words[1:],
        cwd=root,
        env={**kept, **people, **settings, "PYTHONPATH": str(ROOT), "COLUMNS": str(WIDTH)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return done.stdout.rstrip()
