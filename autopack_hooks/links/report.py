"""A deep scan's report for people: totals, the worst sources, the most-wanted targets, the orphans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from autopack_hooks.links import categories as c
from autopack_hooks.links.model import MENTION
from autopack_hooks.links.plan import Row
from autopack_hooks.links.scan import Scan

_TOP = 10


def orphans(documents: Iterable[str], linked: Mapping[str, Collection[str]], navigation: Collection[str]) -> list[str]:
    """Documents that no other document links to. Navigation docs and the READMEs of folders are found without links."""
    found = []
    for path in documents:
        name = path.rpartition("/")[2].lower()
        if path not in navigation and name != "readme.md" and not set(linked.get(path, ())) - {path}:
            found.append(path)
    return found


def deep_report(result: Scan, rows: Sequence[Row], lonely: Sequence[str]) -> str:
    """The report's text."""
    faults = [row for row in rows if row.broken.link.form != MENTION]
    high = sum(row.fixable and row.confidence == "high" for row in rows)
    medium = sum(row.fixable and row.confidence == "medium" for row in rows)
    lines = [
        f"{len(result.documents)} documents, {len(faults)} broken links: {high} certain fixes, {medium} likely ones "
        "(autopack-hooks fix-links --deep)",
    ]
    lines += _section("by category", Counter(result.totals))
    lines += _section("most faults", Counter(row.broken.source for row in faults))
    missing = (c.MISSING_FILE, c.UNTRACKED, c.BROKEN_SYMLINK)
    lines += _section("most wanted", Counter(row.broken.verdict.path for row in faults if row.broken.category in missing))
    if lonely:
        more = f", the first {_TOP}" if len(lonely) > _TOP else ""
        lines += ["", f"orphans ({len(lonely)} documents that no document links to{more}):"]
        lines += [f"  {path}" for path in lonely[:_TOP]]
    return "\n".join(lines) + "\n"


def _section(title: str, counts: Counter[str]) -> list[str]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
    return ["", f"{title}:", *(f"  {count:5}  {name}" for name, count in ranked)] if ranked else []
