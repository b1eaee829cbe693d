"""Answer an error from what is known: notes and rules, and the entries of the ledgers that quote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from autopack_hooks.learn.patterns import PatternError, compile_pattern
from autopack_hooks.learn.signatures import mask, matches_signature
from autopack_hooks.ledger.learned import (
    FORBIDDEN_TEXT,
    LEARNED_RULES,
    LINK_MOVED,
    NOTE,
    RETIRED,
    RULES_PATH,
    LearnedRule,
)
from autopack_hooks.ledger.model import Entry, Ledger

_MOST_LINES = 400
_LEAST_WORDS = 3
_LEAST_SHARE = 0.6
_FRAME = re.compile(r"\s*(?:File \"|at |\^+$|\.\.\.)|Traceback \(most recent")
_EDGES = ".,;:!?()[]{}'\"`*"


class Advice(NamedTuple):
    """One answer: an entry or a rule, where it is, and what it says."""

    entry_id: str
    ledger: str
    title: str
    advice: str
    path: str
    line: int
    match: str


def error_lines(text: str) -> list[str]:
    """Return the lines of an error text that say something, the last ones first: there an error is named."""
    lines = [
        line.strip()[:2000] for line in text.splitlines()[-_MOST_LINES:] if line.strip() and not _FRAME.match(line)
    ]
    return list(dict.fromkeys(reversed(lines)))


def from_rules(text: str, rules: Iterable[LearnedRule]) -> Iterator[Advice]:
    """Yield the rules that know an error: active ones first."""
    lines = error_lines(text)
    for rule in sorted(rules, key=lambda rule: (not rule.active, rule.rule_id)):
        if rule.status != RETIRED and any(_knows(rule, line) for line in lines):
            said = str(rule.data["advice"]) if rule.kind == NOTE else rule.rationale
            yield Advice(rule.rule_id, LEARNED_RULES, rule.title, said, RULES_PATH, rule.line, "signature")


def _knows(rule: LearnedRule, line: str) -> bool:
    if rule.kind == NOTE:
        return matches_signature(rule.data["signature"], line)
    if rule.kind == LINK_MOVED:
        return str(rule.data["from"]) in line
    if rule.kind != FORBIDDEN_TEXT:
        return False
    try:
        return compile_pattern(rule.data["pattern"]).search(line) is not None
    except PatternError:
        return False


def from_ledgers(text: str, ledgers: Sequence[Ledger]) -> list[tuple[Entry, Ledger]]:
    """Return the entries that quote a line of the error, the longest quotation first."""
    wanted = [words for line in error_lines(text) if len(words := _words(line)) >= _LEAST_WORDS]
    found = []
    for ledger in ledgers:
        for entry in ledger.entries.values():
            words = _words(entry.content)
            best = max((_shared(line, words) for line in wanted), default=0.0)
            if best >= _LEAST_SHARE:
                found.append((-best, ledger.name, entry.entry_id, entry, ledger))
    found.sort(key=lambda row: row[:3])
    return [(entry, ledger) for *_, entry, ledger in found]


def _words(text: str) -> list[str]:
    return [word for part in mask(text.replace("`", " ")).casefold().split() if (word := part.strip(_EDGES))]


def _shared(line: Sequence[str], words: Sequence[str]) -> float:
    """Return how much of a line, as a share of its words, stands in a row in ``words``; 0 for less than three of them."""
    longest = 0
    before: dict[int, int] = {}
    places: dict[str, list[int]] = {}
    for at, word in enumerate(words):
        places.setdefault(word, []).append(at)
    for word in line:
        now = {at: before.get(at - 1, 0) + 1 for at in places.get(word, ())}
        longest = max(longest, max(now.values(), default=0))
        before = now
    plain = [word for word in line if not word.startswith("<")] or list(line)
    return longest / len(plain) if longest >= _LEAST_WORDS else 0.0
