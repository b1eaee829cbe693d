"""Decide which faults are excused and which fail: ``config/doc_link_check_ignore.yaml`` and the same keys of our own.

Patterns are matched at path segments, never inside a word. An entry of ``runtime_endpoints`` or ``historical_refs``
explains a target that is not there; it does not excuse one that is there and only written wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from autopack_hooks.core.findings import Severity
from autopack_hooks.core.globs import compile_glob
from autopack_hooks.links import categories as c
from autopack_hooks.links.resolve import Verdict
from autopack_hooks.markdown.structure import MENTION, Link

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
_TARGET_ENDS = "/#?"
_LEAD = re.compile(r"\A(?:\.{0,2}/)+")


class PolicyEntry(NamedTuple):
    """Hold one entry of a policy: its list, what it matches, why, and where it is written (``path:line``)."""

    kind: str
    pattern: str
    file: str
    reason: str
    path: str
    line: int

    @property
    def name(self) -> str:
        """Return the entry's name in messages."""
        return ": ".join(part for part in (self.file, self.pattern) if part)


class Override(NamedTuple):
    """Hold one decision of the older tool's triage file.

    ``source`` is a pattern of documents, ``target`` what a link must have (a glob where it has ``*?[``), ``action`` is
    ``ignore``, ``fix`` (``goal`` is meant), ``manual`` or ``create_stub``. ``category`` and ``scope`` (``nav``,
    ``deep``) restrict it, "" does not.
    """

    source: str
    target: str
    action: str
    category: str = ""
    scope: str = ""
    goal: str = ""


class Enforcement(NamedTuple):
    """Hold the categories that fail, warn or only inform, and whether a missing anchor is allowed."""

    fail_on: tuple[str, ...] = ()
    warn_on: tuple[str, ...] = ()
    report_only: tuple[str, ...] = ()
    allow_missing_anchors: bool = False


class _Rule(NamedTuple):
    literal: str
    matches: Callable[[str], object]
    entry: PolicyEntry


@dataclass(frozen=True)
class Policy:
    """Hold entries in order, what fails, and overrides. ``used`` collects the entries that matched in this run."""

    entries: tuple[PolicyEntry, ...] = ()
    enforcement: Enforcement = field(default_factory=Enforcement)
    used: set[PolicyEntry] = field(default_factory=set)
    overrides: tuple[Override, ...] = ()

    def classify(self, source: str, link: Link, verdict: Verdict) -> str | None:
        """Return the category of a fault after the policy's entries, None where it is left out."""
        candidates = _candidates(link, verdict)
        found = self._first(self._rules[verdict.category in _ABSENT], source, candidates, verdict)
        return LISTS[found.kind] if found else verdict.category

    def override(self, source: str, link: Link, verdict: Verdict, category: str, *, strict: bool) -> Override | None:
        """Return the first override that decides on a fault, which has ``category`` after the entries.

        In navigation documents (``strict``) a missing target is never ignored.
        """
        if not self.overrides:
            return None
        candidates = _candidates(link, verdict)
        joined = "\0".join(candidates)
        absent = category in _ABSENT
        for rule, literal, is_source, is_target in self._override_rules:
            if literal not in joined:
                continue
            wanted = rule.category in ("", category) or (rule.category == c.MISSING_FILE and absent)
            if not wanted or rule.scope == ("deep" if strict else "nav"):
                continue
            if any(map(is_target, candidates)) and is_source(source):
                return None if strict and absent and rule.action == "ignore" else rule
        return None

    @cached_property
    def _override_rules(self) -> list[tuple[Override, str, Callable[[str], object], Callable[[str], object]]]:
        return [
            (r, _literal(r.target), _anchored(r.source), _anchored(r.target, "#?") if r.target else bool)
            for r in self.overrides
        ]

    def external(self, source: str, link: Link) -> str:
        """Return the category of a URL of another place."""
        found = self._first(self._rules[None], source, (link.target,), None)
        return (LISTS[found.kind] if found else None) or c.EXTERNAL_URL

    def _first(
        self, rules: Sequence[_Rule], source: str, candidates: Sequence[str], verdict: Verdict | None
    ) -> PolicyEntry | None:
        """Return the first entry that matches, and mark all that do as used."""
        joined = "\0".join(candidates)
        first = None
        for literal, matches, entry in rules:
            if literal in joined and any(map(matches, candidates)):
                if entry.file and not _anchored(entry.file)(source):
                    continue
                if verdict and verdict.category not in _ABSENT and not _excuses(entry, verdict):
                    continue
                self.used.add(entry)
                first = first or entry
        return first

    @cached_property
    def _rules(self) -> dict[bool | None, list[_Rule]]:
        """Return rules for a target that does not exist (True), one that does (False), a URL of another place (None)."""
        rules = [_Rule(_literal(e.pattern), _matcher(e.kind, e.pattern), e) for e in self.entries]
        return {
            True: rules,
            False: [r for r in rules if LISTS[r.entry.kind] is None or ":" in r.entry.pattern],
            None: [r for r in rules if LISTS[r.entry.kind] != c.HISTORICAL_REF],
        }

    def severity(self, category: str, form: str, *, strict: bool) -> Severity:
        """Return a fault's severity: in navigation documents (``strict``) every one fails."""
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

    def stale(self) -> list[PolicyEntry]:
        """Return the entries that matched nothing in this run."""
        return [entry for entry in self.entries if entry not in self.used]


def _excuses(entry: PolicyEntry, verdict: Verdict) -> bool:
    """Return whether an entry may excuse a fault of a target that exists."""
    return LISTS[entry.kind] is None or (verdict.category == c.LINE_SUFFIX and ":" in entry.pattern)


def _candidates(link: Link, verdict: Verdict) -> tuple[str, str, str]:
    """Return what a pattern may match: the target without its ``../``, where it leads from the root, and as written."""
    target = link.target.strip()
    return _LEAD.sub("", target, count=1), verdict.path, target


def _anchored(pattern: str, ends: str = "/") -> Callable[[str], object]:
    """Return a test of paths: a pattern matches at any depth where it has no slash, a plain name at the root alone."""
    plain = _LEAD.sub("", pattern, count=1)
    return compile_glob(plain if any(mark in plain for mark in "*?[") else f"/{plain}", ends).matches


def _literal(pattern: str) -> str:
    """Return characters that every target has which a pattern matches: they are quick to look for."""
    return max(re.split(r"\*\*/?|[*?]|\[[^\]]{1,200}\]", _LEAD.sub("", pattern, count=1)), key=len)


def _matcher(kind: str, pattern: str) -> Callable[[str], object]:
    """Return a test of targets."""
    if kind == "ignore_patterns":
        return _anchored(pattern, _TARGET_ENDS) if pattern else lambda target: True
    if any(mark in pattern for mark in "*?["):
        return compile_glob(pattern, _TARGET_ENDS).matches
    if not any(char.isalnum() for char in pattern):
        return lambda target: pattern in target
    # A pattern with folders in it starts where the path does; the older tool dropped a leading dot.
    rooted = "/" in pattern and kind in ("runtime_endpoints", "historical_refs")
    start = r"\A\.?" if rooted else r"(?:\A|/)\.?"
    return re.compile(start + re.escape(pattern) + (r"(?![A-Za-z0-9])" if pattern[-1].isalnum() else "")).search
