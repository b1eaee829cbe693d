"""A deep scan's report for people: totals, the worst sources, the most-wanted targets, the orphans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from autopack_hooks.core.terminal import text_of
from autopack_hooks.links import categories as c
from autopack_hooks.links.scan import Scan
from autopack_hooks.links.suggest import Judged
from autopack_hooks.markdown.structure import MENTION

_TOP = 10


def find_orphans(
    documents: Iterable[str], linked: Mapping[str, Collection[str]], navigation: Collection[str]
) -> list[str]:
    """Return documents that no other document links to. Navigation docs and folders' READMEs are found without links."""
    found = []
    for path in documents:
        name = path.rpartition("/")[2].lower()
        if path not in navigation and name != "readme.md" and not set(linked.get(path, ())) - {path}:
            found.append(path)
    return found


def deep_report(result: Scan, judged: Sequence[Judged], orphans: Sequence[str]) -> str:
    """Return the report's text."""
    faults = [item for item in judged if item.broken.link.form != MENTION]
    high, medium = (sum(item.level == level for item in faults) for level in ("high", "medium"))
    lines = [
        f"{_count(len(result.documents), 'document')}, {_count(len(faults), 'broken link')}: "
        f"{_count(high, 'certain fix')}, {_count(medium, 'likely one')} (autopack-hooks fix-links --deep)",
    ]
    lines += _section("by category", result.totals, len(result.totals))
    lines += _section("most faults", Counter(item.broken.source for item in faults))
    missing = (c.MISSING_FILE, c.UNTRACKED, c.BROKEN_SYMLINK)
    paths = (item.broken.verdict.path for item in faults if item.broken.category in missing)
    wanted = filter(None, paths)  # a link may have no destination
    lines += _section("most wanted", Counter(wanted))
    if orphans:
        more = f", the first {_TOP} of {len(orphans)}" if len(orphans) > _TOP else ""
        lines += ["", f"orphans (no document links to them{more}):"]
        lines += [f"  {path}" for path in orphans[:_TOP]]
    return text_of(lines)


def _count(number: int, what: str) -> str:
    ending = "" if number == 1 else "es" if what.endswith("x") else "s"
    return f"{number} {what}{ending}"


def _section(title: str, counts: Counter[str], most: int = _TOP) -> list[str]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    cut = f" (the first {most} of {len(counts)})" if len(counts) > most else ""
    return ["", f"{title}{cut}:", *(f"  {count:5}  {name}" for name, count in ranked)] if ranked else []
