"""The budgets of `fix` and of the merge driver, on a build history of half a megabyte.

python3 dev.py bench truth
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from main_job import KINDS, LEDGER, ledger, repository
from measure import Figure, timed, tool

ENTRIES, PARAGRAPHS = 400, 4
ROW = "| 2026-01-01 | BUILD-00200 |"


def added(text: str, number: int) -> str:
    """``text`` with a new entry on top."""
    entry_id = f"BUILD-{number:05}"
    first = f"BUILD-{ENTRIES:05}"
    text = text.replace(f": {ENTRIES}\n", f": {ENTRIES + 1}\n", 1).replace("2026-01-01T", "2026-01-02T", 1)
    row = f"| 2026-01-02 | {entry_id} | LOW | New | Done |\n"
    section = f"### {entry_id} | 2026-01-02 | New\n\n**Status**: Complete\n\nNew.\n\n"
    text = text.replace(f"| 2026-01-01 | {first}", f"{row}| 2026-01-01 | {first}", 1)
    return text.replace(f"### {first}", f"{section}### {first}", 1)


def main() -> None:
    """Measure and print a Markdown table."""
    text = ledger(LEDGER, ENTRIES, PARAGRAPHS).replace(
        "# Ledger\n",
        f"# Ledger\n\n<!-- META\nLast_Updated: 2026-01-01T00:00:00Z\nTotal_Builds: {ENTRIES}\nFormat_Version: 2.0\n-->\n",
    )
    broken = "\n".join(line for line in text.split("\n") if not line.startswith(ROW)).replace(f": {ENTRIES}\n", ": 9\n")
    rows: list[tuple[str, Figure]] = []
    with tempfile.TemporaryDirectory() as name:
        root = repository(Path(name, "repo"), {LEDGER: text})
        path = root / LEDGER
        rows.append((f"`fix`, {len(text) / 1e6:.2f} MB, nothing to do", timed(tool("fix"), root)))
        mend = timed(tool("fix"), root, before=lambda: write(path, broken), codes=(1,))
        rows.append(("`fix`, a wrong count and a missing row", mend))
        for version, content in {path: text, root / "O": text, root / "B": added(text, 902)}.items():
            write(version, content)
        merge = tool("merge-driver", "O", "A", "B", LEDGER)
        both = timed(merge, root, before=lambda: write(root / "A", added(text, 901)))
        rows.append(("`merge-driver`, both sides add an entry", both))
        others = {kind: ledger(kind, 84, 3) for kind in KINDS}
        others[LEDGER] = text
        three = repository(Path(name, "three"), others)
        rows.append(("`new`, with two more ledgers", timed(tool("new", "build_history", "New"), three)))
    print("| what | budget | measured: median (range) | peak memory |\n|---|---|---|---|")
    for what, figure in rows:
        print(f"| {what} | 0.6 s | {figure} | {figure.peak:.0f} MB |")


def write(path: Path, text: str) -> None:
    """Write a file as it is, newlines and all."""
    path.write_bytes(text.encode())


if __name__ == "__main__":
    main()
