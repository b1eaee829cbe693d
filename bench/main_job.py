"""The main job's budgets: checks, the gate, and syncs of 250 and of 10,000 entries, in one run.

python3 dev.py bench main_job
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from measure import Figure, git, timed, tool

LEDGER = "docs/BUILD_HISTORY.md"
KINDS = {
    "docs/BUILD_HISTORY.md": ("BUILD", "| Timestamp | BUILD-ID | Phase | Summary | Files Changed |"),
    "docs/ARCHITECTURE_DECISIONS.md": ("DEC", "| Timestamp | DEC-ID | Decision | Status | Impact |"),
    "docs/DEBUG_LOG.md": ("DBG", "| Timestamp | DBG-ID | Severity | Summary | Status |"),
}
BODY = (
    "**Status**: Complete\n\n**Problem**: The executor lost its place when a patch failed twice, and the queue went on with the "
    "next phase.\n\n- The retry keeps the phase and its budget\n- `queue.py` writes one line for each attempt\n\n"
    "```python\nfor attempt in range(3):\n    run(phase)\n```\n\n"
)


def ledger(path: str, entries: int, paragraphs: int) -> str:
    """Return a valid ledger of ``entries`` entries, each with ``paragraphs`` copies of a body of some 300 bytes."""
    prefix, header = KINDS[path]
    ids = [f"{prefix}-{number:05}" for number in range(entries, 0, -1)]
    columns = [name.strip() for name in header.strip("|").split("|")][2:]
    rows = "".join(f"| 2026-01-01 | {i} | {_cells(columns, i)} |\n" for i in ids)
    sections = "".join(f"### {i} | 2026-01-01 | Phase {i}\n\n{BODY * paragraphs}" for i in ids)
    return f"# Ledger\n\n## INDEX\n\n{header}\n|---|---|---|---|---|\n{rows}\n## ENTRIES\n\n{sections}"


def _cells(columns: list[str], entry_id: str) -> str:
    """Return the cells behind an id, as its section says it: a row that contradicts would be a finding."""
    known = {"Status": "Complete", "Decision": f"Phase {entry_id}", "Severity": "LOW"}
    return " | ".join(known.get(column, f"Keeps the place of a failed phase, {entry_id}") for column in columns)


def repository(folder: Path, files: dict[str, str], config: str = "") -> Path:
    """Make a repository of ``files``, committed."""
    folder.mkdir()
    (folder / "docs").mkdir()
    for name, text in {
        **files,
        ".autopack-hooks.yaml": f"version: 1\n{config}",
        ".gitignore": "autopack.db*\n.autopack/\n",
    }.items():
        (folder / name).write_text(text)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "start")
    return folder


def change_one(root: Path) -> None:
    """Commit a change of one entry, another one each time."""
    path = root / LEDGER
    text = path.read_text()
    at = text.index("lost its place", len(text) // 2)
    path.write_text(text[:at] + "lost all of its place" + text[at + len("lost its place") :])
    git(root, "commit", "-qam", "one entry")


def wipe(root: Path) -> None:
    """Remove the stores."""
    for name in ("autopack.db", "autopack.db-wal", "autopack.db-shm"):
        (root / name).unlink(missing_ok=True)
    shutil.rmtree(root / ".autopack", ignore_errors=True)


def main() -> None:
    """Measure and print a Markdown table."""
    rows: list[tuple[str, str, Figure]] = []
    full = tool("sync", "--full", "--execute")
    embedded = "sync: {mode: full, qdrant: {path: .autopack/qdrant}}\n"
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        three = repository(
            base / "three", {path: ledger(path, 330, 3 if "BUILD" in path else 2) for path in KINDS}, embedded
        )
        size = sum((three / path).stat().st_size for path in KINDS) / 1e6
        rows.append((f"`check`, three ledgers of {size:.1f} MB", "0.20 s", timed(tool("check"), three, codes=(0, 1))))
        small = repository(base / "small", {path: ledger(path, 84, 3) for path in KINDS}, embedded)
        rows.append(
            ("`sync --full`, embedded, 252 entries: first", "0.6 s", timed(full, small, before=lambda: wipe(small)))
        )
        rows.append(("one changed", "0.45 s", timed(full, small, before=lambda: change_one(small))))
        rows.append(
            ("`sync --db-only`, nothing changed", "0.35 s", timed(tool("sync", "--db-only", "--execute"), small))
        )
        timed(tool("sync", "--hook"), small, runs=1)
        rows.append(("`sync --hook`, no ledger changed", "0.08 s", timed(tool("sync", "--hook"), small)))
        large = repository(base / "large", {LEDGER: ledger(LEDGER, 10_000, 1)}, embedded)
        rows.append(
            ("`sync --full`, embedded, 10,000 entries: first", "3.6 s", timed(full, large, 3, lambda: wipe(large)))
        )
        rows.append(("nothing changed", "0.7 s", timed(full, large, 3)))
        rows.append(("one changed", "0.9 s", timed(full, large, 3, lambda: change_one(large))))
    print("| what | budget | measured: median (range) | peak memory |\n|---|---|---|---|")
    for what, budget, figure in rows:
        print(f"| {what} | {budget} | {figure} | {figure.peak:.0f} MB |")


if __name__ == "__main__":
    main()
