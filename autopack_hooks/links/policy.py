"""Which faults are explained, and which ones fail: ``config/doc_link_check_ignore.yaml`` and the same keys of our own.

Patterns are matched at path segments, never inside a word. An entry of ``runtime_endpoints`` or ``historical_refs``
explains a target that is not there; it does not excuse one that is there and only written wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from autopack_hooks.findings import Severity
from autopack_hooks.links import categories as c
from autopack_hooks.links.globs import glob_regex
from autopack_hooks.links.model import MENTION, Link
from autopack_hooks.links.resolve import Verdict

# The older form's lists -> the category that a match becomes (None: it is left out).
LISTS = {
    "runtime_endpoints": c.RUNTIME_ENDPOINT,
    "historical_refs": c.HISTORICAL_REF,
    "external_deps": c.EXTERNAL_URL,
    "pattern_ignores": None,
    "ignore_patterns": None,
}
MENTIONS = "mention"
ALIASES = {"anchor_only": c.MISSING_ANCHOR}
_ABSENT = (c.MISSING_FILE, c.UNTRACKED, c.OUTSIDE_REPOSITORY, c.BROKEN_SYMLINK)
_LEAD = re.compile(r"(?:\.{0,2}/)+")


class Entry(NamedTuple):
    """One entry of a policy: the list it stands in, what it matches, why, and where it is written (``path:line``)."""

    kind: str
    pattern: str
    file: str
    reason: str
    path: str
    line: int

    @property
    def name(self) -> str:
        """What a message calls it."""
        return ": ".join(part for part in (self.file, self.pattern) if part)


class Enforcement(NamedTuple):
    """Categories that fail, warn or only inform, and whether a missing anchor is allowed."""

    fail_on: tuple[str, ...] = ()
    warn_on: tuple[str, ...] = ()
    report_only: tuple[str, ...] = ()
    allow_missing_anchors: bool = False


@dataclass(frozen=True)
class Policy:
    """Entries in order, and what fails. ``used`` collects the entries that did their work in this run."""

    entries: tuple[Entry, ...] = ()
    enforcement: Enforcement = Enforcement()
    used: set[Entry] = field(default_factory=set)

    def classify(self, source: str, link: Link, verdict: Verdict) -> str | None:
        """The category of a fault once the policy has had its say; None where it is to be left out."""
        candidates = tuple({_LEAD.sub("", link.target.strip(), count=1), verdict.path, link.target.strip()})
        for entry in self.entries:
            if self._excuses(entry, verdict) and _matches(entry, source, candidates):
                self.used.add(entry)
                return LISTS[entry.kind]
        return verdict.category

    def external(self, source: str, link: Link) -> str:
        """The category of a URL of another place."""
        for entry in self.entries:
            if _matches(entry, source, (link.target,)):
                self.used.add(entry)
                return LISTS[entry.kind] or c.EXTERNAL_URL
        return c.EXTERNAL_URL

    @staticmethod
    def _excuses(entry: Entry, verdict: Verdict) -> bool:
        if LISTS[entry.kind] is None:
            return True
        return verdict.category in _ABSENT or (verdict.category == c.LINE_SUFFIX and ":" in entry.pattern)

    def severity(self, category: str, form: str, *, strict: bool) -> Severity:
        """How much a fault matters: in navigation documents (``strict``) every one fails."""
        rules, fault = self.enforcement, c.CATEGORIES[category].fault
        if category == c.MISSING_ANCHOR and rules.allow_missing_anchors:
            return Severity.WARNING if strict else Severity.INFO
        if strict:
            return Severity.ERROR if fault else Severity.INFO
        name = MENTIONS if form == MENTION else category
        for names, severity in (
            (rules.fail_on, Severity.ERROR),
            (rules.warn_on, Severity.WARNING),
            (rules.report_only, Severity.INFO),
        ):
            if name in names:
                return severity
        return Severity.WARNING if fault and form != MENTION else Severity.INFO

    def stale(self) -> list[Entry]:
        """Entries that matched nothing in this run."""
        return [entry for entry in self.entries if entry not in self.used]


def _matches(entry: Entry, source: str, candidates: Iterable[str]) -> bool:
    if entry.file and not glob_regex(entry.file).fullmatch(source):
        return False
    regex = _regex(entry)
    return any(regex.search(candidate) for candidate in candidates)


_REGEXES: dict[tuple[str, str], re.Pattern[str]] = {}


def _regex(entry: Entry) -> re.Pattern[str]:
    key = (entry.kind, entry.pattern)
    if key not in _REGEXES:
        _REGEXES[key] = re.compile(_expression(*key), re.DOTALL)
    return _REGEXES[key]


def _expression(kind: str, pattern: str) -> str:
    """A regular expression to be searched in a target."""
    if kind == "ignore_patterns":
        return r"\A" + glob_regex(_LEAD.sub("", pattern, count=1)).pattern + r"(?:[#?].*)?\Z" if pattern else ""
    if any(mark in pattern for mark in "*?["):
        return r"\A" + glob_regex(pattern).pattern + r"(?:[#?].*)?\Z"
    if not any(char.isalnum() for char in pattern):
        return re.escape(pattern)
    # A pattern with folders in it starts where the path does; the older tool dropped a leading dot.
    rooted = "/" in pattern and kind in ("runtime_endpoints", "historical_refs")
    start = r"\A\.?" if rooted else r"(?:\A|/)\.?"
    return start + re.escape(pattern) + (r"(?![A-Za-z0-9])" if pattern[-1].isalnum() else "")
