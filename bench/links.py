"""Link checking side by side: ours and three peers on the same repository, cold and warm, in one run.

    python3 dev.py bench links [REPO]

Without REPO, a repository of 230 documents (3.9 MB) is generated; a given one is copied first. The peers are installed into
build/peers (pip, and npm where there is one) the first time. URLs of other places are checked by none of them here.
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from measure import Figure, git, timed, tool

PEERS = Path(__file__).resolve().parents[1] / "build/peers"
DOCUMENTS, FOLDERS = 230, 12
CODES = (0, 1, 2)


ROUNDS = 5


class Case(NamedTuple):
    """One line of the table: who, what is read, how, how many broken links it tells, and what is done before each run."""

    name: str
    scope: str
    command: list[str]
    found: int
    before: Callable[[], None] | None = None


def generate(root: Path) -> Path:
    """A repository of documents that link to each other; one link in ten is broken, half of these for their base."""
    dice = random.Random(1)
    names = [f"docs/area{i % FOLDERS}/guide_{i}.md" for i in range(DOCUMENTS)]
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(_section(number, names, dice) for number in range(24)))
    root.joinpath("README.md").write_text("# Docs\n\n" + "".join(f"- [{n}]({n}#part-3)\n" for n in names[:40]))
    return root


def _section(number: int, names: list[str], dice: random.Random) -> str:
    target = dice.choice(names)
    link = f"../../{target}#part-{dice.randrange(24)}"
    link = dice.choice([link] * 18 + [target, f"../gone_{number}.md"])
    return (
        f"## Part {number}\n\nThe queue keeps its place when a phase fails, see [the guide]({link}) and `{target}`.\n"
        "A retry has a budget of its own, which is spent on the phase and not on the queue.\n\n"
        "- The first attempt writes one line\n- The second one reads it and goes on from there\n"
        "  - unless the budget is spent\n\n```python\nfor attempt in range(3):\n    run(phase)\n```\n\n"
        "| Phase | Budget | Note |\n|---|---|---|\n| one | 3 | kept |\n| two | 5 | kept for later |\n\n"
    )


def installed() -> dict[str, list[str]]:
    """Peer -> its command; installs what is missing, and leaves out what cannot be."""
    python = PEERS / "venv/bin/python"
    if not python.exists():
        subprocess.run((sys.executable, "-m", "venv", str(PEERS / "venv")), check=True)
        subprocess.run((str(python), "-m", "pip", "install", "-q", "rumdl", "mdlinkcheck"), check=False)
    node = PEERS / "node_modules/.bin/markdown-link-check"
    if not node.exists() and shutil.which("npm"):
        subprocess.run(("npm", "install", "--silent", "--prefix", str(PEERS), "markdown-link-check"), check=False)
    found = {name: python.with_name(name) for name in ("rumdl", "mdlinkcheck")} | {"markdown-link-check": node}
    return {name: [str(path)] for name, path in found.items() if path.exists()}


def _lines(command: list[str], root: Path) -> str:
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout


def _json_rows(command: list[str], root: Path) -> int:
    return len(json.loads(_lines(command, root) or "[]"))


def ours(root: Path, *args: str) -> int:
    """How many broken links we tell: faults in links, not what is said of prose."""
    rows = json.loads(_lines(tool("links", *args, "--no-mentions", "--format", "json"), root))
    return sum(row["code"] < "LNK022" for row in rows)


def our_cases(root: Path) -> Iterable[Case]:
    """Nav and deep: with an empty cache, with a full one after an edit, and with nothing changed."""

    def forget() -> None:
        shutil.rmtree(root / ".git/autopack-hooks/cache", ignore_errors=True)

    def edit() -> None:
        with (root / "README.md").open("a") as stream:
            stream.write("One line more.\n")

    for scope, args in (("nav docs", ()), ("all documents", ("--deep",))):
        found = ours(root, *args)
        yield Case("autopack-hooks, cold", scope, tool("links", *args), found, forget)
        yield Case("autopack-hooks, one document changed", scope, tool("links", *args), found, edit)
        yield Case("autopack-hooks, warm", scope, tool("links", *args), found)


def peer_cases(root: Path, documents: list[str]) -> Iterable[Case]:
    """The same by the peers that are there."""
    peers, scope = installed(), "all documents"
    if command := peers.get("mdlinkcheck"):
        yield Case("mdlinkcheck", scope, [*command, "."], _json_rows([*command, "-f", "json", "."], root))
    if command := peers.get("rumdl"):
        check = [*command, "check", "--enable", "MD051,MD057"]
        found = _json_rows([*check, "--no-cache", "--output-format", "json", "."], root)
        yield Case("rumdl, cold", scope, [*check, "--no-cache", "."], found)
        yield Case("rumdl, warm", scope, [*check, "--cache-dir", str(root.parent / "rumdl"), "."], found)
    if command := peers.get("markdown-link-check"):
        settings = root.parent / "markdown-link-check.json"
        settings.write_text('{"ignorePatterns": [{"pattern": "^(https?|mailto):"}]}')
        check = [*command, "-q", "-c", str(settings), *documents]
        yield Case("markdown-link-check", scope, check, _lines(check, root).count("[✖]"))


def measure(root: Path, cases: list[Case]) -> list[Figure]:
    """Round by round, so that what else the machine does meets all alike."""
    rounds = [[timed(c.command, root, 1, c.before, CODES) for c in cases] for _ in range(ROUNDS)]
    figures = []
    for runs in zip(*rounds, strict=True):
        seconds = [run.median for run in runs]
        figures.append(Figure(statistics.median(seconds), min(seconds), max(seconds), max(run.peak for run in runs)))
    return figures


def main() -> None:
    """Measure and print a Markdown table."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "repo"
        if sys.argv[1:]:
            shutil.copytree(sys.argv[1], root, symlinks=True)
        else:
            root.mkdir()
            git(generate(root), "init", "-q")
            git(root, "add", "-A")
            git(root, "commit", "-qm", "start")
        listed = subprocess.run(("git", "ls-files", "-z", "*.md"), cwd=root, capture_output=True, text=True, check=True)
        documents = [path for path in listed.stdout.split("\0") if path]
        size = sum((root / path).stat().st_size for path in documents) / 1e6
        cases = [*our_cases(root), *peer_cases(root, documents)]
        figures = measure(root, cases)
    reference = next(
        f.median for c, f in zip(cases, figures, strict=True) if "cold" in c.name and c.scope == "all documents"
    )
    print(f"{len(documents)} documents, {size:.1f} MB\n")
    print("| tool | reads | median (range) | ratio | peak memory | broken links told |\n|---|---|---|---|---|---|")
    for case, figure in zip(cases, figures, strict=True):
        ratio = f"{figure.median / reference:.2f}"
        print(f"| {case.name} | {case.scope} | {figure} | {ratio} | {figure.peak:.0f} MB | {case.found:,} |")


if __name__ == "__main__":
    main()
