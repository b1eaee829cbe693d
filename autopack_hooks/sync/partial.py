"""Reads a ledger by parsing no more of its text than has changed since it was last read.

The text is cut into spans that stand for themselves (ledger/excerpt.py). An entry differs from before where one of the
spans that it is in is new, is gone, or is in another order; so these spans are parsed, and the hashes of all other
entries are known. Whenever that is not certain the whole text is parsed.

It earns its place at 10,000 entries: see the table in bench/README.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import accumulate, chain
from operator import attrgetter
from typing import TYPE_CHECKING

from autopack_hooks.ledger.excerpt import GRAIN, Grain, Span, cut, excerpt, ids_by_span
from autopack_hooks.sync.cache import LedgerDigest, Snapshot, SpanIds

if TYPE_CHECKING:
    from autopack_hooks.ledger.dialect import Dialect
    from autopack_hooks.ledger.model import Document, Entry

Parse = Callable[[str], "Document"]
"""Parses a text as a file of the ledger in question."""


class PartialReader:
    """The text of a ledger that is one file, with Unix newlines, cut into spans of the ``grain``.

    Where more than the share ``limit`` of it would be parsed, all of it may as well be.
    """

    def __init__(self, text: str, dialect: Dialect, parse: Parse, grain: Grain = GRAIN, limit: float = 0.5) -> None:
        self._text = text
        self._parse = parse
        self._spans = cut(text, dialect, grain)
        self._limit = limit * len(text)

    def read_all(self) -> tuple[Snapshot, Mapping[str, Entry]]:
        """Return the snapshot of the text, and all entries."""
        document = self._parse(self._text)
        ids = ids_by_span(document, self._text, self._spans) or []
        spans = [(span.digest, names) for span, names in zip(self._spans, ids, strict=False)]
        return Snapshot(digest_of_entries(document.entries), spans), document.entries

    def read_changes(self, before: Snapshot) -> tuple[Snapshot, Mapping[str, Entry]] | None:
        """Return the snapshot of the text and the entries that changed since ``before``; None if it takes a whole parse."""
        known = dict(before.spans)
        gone = known.keys() - {span.digest for span in self._spans}
        wanted = self._spans_of(chain.from_iterable(known[digest] for digest in gone), known)
        while True:
            parsed = self._parse_spans(wanted)
            if parsed is None:
                return None
            entries, new_ids = parsed
            spans = [(s.digest, (new_ids if s.digest in new_ids else known)[s.digest]) for s in self._spans]
            changed = changed_ids(before.spans, spans)
            more = self._spans_of(changed, known)
            if wanted >= more:
                break
            wanted |= more
        changed_entries = {name: entries[name] for name in changed if name in entries}
        return Snapshot(_updated(before.digest, changed, changed_entries, spans), spans), changed_entries

    def entries(self, names: Collection[str], spans: SpanIds) -> Mapping[str, Entry] | None:
        """Return the entries with these ids of the text, whose ids by span are ``spans``; None if it takes a whole parse."""
        parsed = self._parse_spans(self._spans_of(names, dict(spans)))
        return {name: parsed[0][name] for name in names} if parsed else None

    def lines(self, names: Collection[str], spans: SpanIds) -> dict[str, int] | None:
        """Return the line (from 1) of each of these ids in the text; see ``entries``."""
        wanted = sorted(self._spans_of(names, dict(spans)), key=attrgetter("start", "end"))
        parsed = self._parse_spans(wanted)
        if parsed is None or any(name not in parsed[0] for name in names):
            return None
        # A line of the excerpt is a line of the span that it lies in, which begins at one of the text.
        starts = list(accumulate((self._text.count("\n", span.start, span.end) for span in wanted), initial=0))
        found = {}
        for name in names:
            line = parsed[0][name].place.line - 1
            at = bisect_right(starts, line, 0, len(wanted)) - 1
            found[name] = self._text.count("\n", 0, wanted[at].start) + line - starts[at] + 1
        return found

    def _spans_of(self, names: Iterable[str], known: Mapping[str, Sequence[str]]) -> set[Span]:
        """Return the spans about these ids, those that are not ``known``, and those of every excerpt."""
        ids = set(names)
        return {s for s in self._spans if s.always or s.digest not in known or not ids.isdisjoint(known[s.digest])}

    def _parse_spans(self, wanted: Collection[Span]) -> tuple[Mapping[str, Entry], Mapping[str, Sequence[str]]] | None:
        """Parse these spans: their entries, and the ids in each span by its digest.

        None where parsing the whole text is as little work, or where a span does not stand for itself.
        """
        if sum(span.end - span.start for span in wanted) > self._limit:
            return None
        spans = sorted(wanted, key=attrgetter("start", "end"))
        document = self._parse(excerpt(self._text, spans))
        ids = ids_by_span(document, self._text, spans)
        if ids is None:
            return None
        return document.entries, {span.digest: names for span, names in zip(spans, ids, strict=True)}


def changed_ids(before: SpanIds, after: SpanIds) -> set[str]:
    """Return the ids whose spans differ, or are in another order."""
    start = _common_prefix(before, after)
    end = _common_prefix(before[:start:-1], after[:start:-1])
    old = _spans_by_id(before[start : len(before) - end])
    new = _spans_by_id(after[start : len(after) - end])
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _common_prefix(one: SpanIds, other: SpanIds) -> int:
    """Return the number of spans that are the same at the start of both."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a[0] != b[0]), min(len(one), len(other))
    )


def _spans_by_id(spans: SpanIds) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for digest, ids in spans:
        for name in ids:
            found.setdefault(name, []).append(digest)
    return found


def _updated(before: LedgerDigest, changed: set[str], entries: Mapping[str, Entry], spans: SpanIds) -> LedgerDigest:
    """Return the digest ``before`` with the ``changed`` ids as in ``entries``, in the order of ``spans``."""
    now = digest_of_entries(entries)
    hashes = {**before.hashes, **now.hashes}
    twice = {*before.duplicates, *now.duplicates} - (changed - set(now.duplicates))
    order = dict.fromkeys(chain.from_iterable(ids for _, ids in spans))
    return LedgerDigest({name: hashes[name] for name in order}, [name for name in order if name in twice])


def digest_of_entries(entries: Mapping[str, Entry], fault: str = "") -> LedgerDigest:
    """Return the digest of a ledger that was parsed."""
    twice = [name for name, entry in entries.items() if len(entry.sections) > 1 or len(entry.rows) > 1]
    return LedgerDigest({name: entry.content_hash for name, entry in entries.items()}, twice, fault)
