"""Two branches that meet in a ledger: what git's text merge, ``merge=union`` and the entry-wise merge make of them.

    python3 dev.py bench merging

Each round takes a ledger of 40 entries and two branches of it: each adds an entry, changes one, or both. A merge is right
where every entry of both sides is there with its own text and ``check`` has nothing to say; ruined where git says that all
is well and it is not. Where both sides changed the same sentence, nothing but a conflict is right.
"""

from __future__ import annotations

import collections
import random
import subprocess
import tempfile
from pathlib import Path

from autopack_hooks.checks.runner import check_workspace
from autopack_hooks.commands.merge_driver import merge_texts
from autopack_hooks.config.model import Config
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.merge import Style, merge_ledger
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.project.workspace import Workspace

ROUNDS = 60
DIALECT = DIALECTS["build-history"]
KINDS = ("both add", "one adds, one changes", "both add and change", "both change the same entry")


def parse(source: SourceText) -> Document:
    """Read a ledger."""
    return parse_document(source, "b", DIALECT, [])


def ledger(entries: dict[int, str]) -> str:
    """Return a valid ledger: number -> text, the highest first."""
    numbers = sorted(entries, reverse=True)
    rows = "".join(f"| 2026-01-01 | BUILD-{n:03} | Part {n} | {entries[n].split('.')[0]} | 1 |\n" for n in numbers)
    parts = "\n".join(
        f"### BUILD-{n:03} | 2026-01-01 | Part {n}\n\n**Status**: Complete\n\n#### Outcome\n\n{entries[n]}\n"
        for n in numbers
    )
    return (
        "# Build History\n\n<!-- META\nLast_Updated: 2026-01-01T00:00:00Z\n"
        f"Total_Builds: {len(numbers)}\nFormat_Version: 2.0\n-->\n\n"
        "## INDEX (Chronological - Most Recent First)\n\n| Timestamp | BUILD-ID | Phase | Summary | Files Changed |\n"
        f"|---|---|---|---|---|\n{rows}\n## BUILDS (Reverse Chronological)\n\n{parts}"
    )


def sides(kind: str, dice: random.Random) -> tuple[dict[int, str], dict[int, str], dict[int, str]]:
    """Return the entries of the base and of both branches."""
    base = {n: f"What part {n} does. It has {dice.randrange(9)} sides." for n in range(1, 41)}
    ours, theirs = dict(base), dict(base)
    one, other = dice.sample(range(1, 41), 2)
    if kind != "both change the same entry":
        ours[41] = "Drops the compiler. Smaller."
    if kind.startswith("both add"):
        theirs[42] = "Reads half the files. Faster."
    if kind == "both add and change":
        ours[one] += " Ours."
    if "changes" in kind or kind == "both add and change":
        theirs[other] += " Theirs."
    if kind == "both change the same entry":
        ours[one], theirs[one] = base[one] + " Ours.", base[one] + " Theirs."
    return base, ours, theirs


def outcome(text: str, conflict: bool, wanted: dict[int, str]) -> str:
    """Return right, conflict or ruined."""
    if conflict:
        return "conflict"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "docs").mkdir()
        (root / "docs/BUILD_HISTORY.md").write_text(text)
        workspace = Workspace(root, None, Config(), {})
        faults = check_workspace(workspace, workspace.worktree).findings
    entries = parse(SourceText.from_text("x", text)).entries
    bodies = {int(i.rpartition("-")[2]): entry.content for i, entry in entries.items()}
    whole = bodies.keys() == wanted.keys() and all(wanted[n] in bodies[n] for n in wanted)
    return "right" if whole and not faults else "ruined"


def merges(base: str, ours: str, theirs: str) -> dict[str, tuple[str, bool]]:
    """Return method -> merged text, and whether there is a conflict."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        names = [str(Path(folder, name)) for name in ("ours", "base", "theirs")]
        for name, text in zip(names, (ours, base, theirs), strict=True):
            Path(name).write_text(text)
        for method, options in (("text merge (the merge button)", ()), ("merge=union", ("--union",))):
            done = subprocess.run(
                ("git", "merge-file", "-p", *options, *names), capture_output=True, text=True, check=False
            )
            found[method] = (done.stdout, done.returncode > 0)
    sources = [SourceText.from_text("x", text) for text in (base, ours, theirs)]
    result = merge_ledger(*sources, parse, merge_texts, Style("o", "t", 7))
    text = found["text merge (the merge button)"]
    found["merge driver, ci resolve"] = (result.source.text, bool(result.conflicts)) if result else text
    return found


def main() -> None:
    """Print a table: method, kind of branches, and how many merges were right, in conflict, or ruined."""
    counts: dict[tuple[str, str], collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for kind in KINDS:
        dice = random.Random(kind)
        for _ in range(ROUNDS):
            base, ours, theirs = sides(kind, dice)
            wanted = {**base, **{n: t for side in (ours, theirs) for n, t in side.items() if t != base.get(n)}}
            for method, (text, conflict) in merges(ledger(base), ledger(ours), ledger(theirs)).items():
                found = outcome(text, conflict, wanted)
                counts[method, kind]["ruined" if found == "right" and kind == KINDS[3] else found] += 1
    print("| | " + " | ".join(KINDS) + " |\n|---|" + "---|" * len(KINDS))
    for method in dict.fromkeys(method for method, _ in counts):
        cells = [", ".join(f"{n} {what}" for what, n in counts[method, kind].most_common()) for kind in KINDS]
        print(f"| {method} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
