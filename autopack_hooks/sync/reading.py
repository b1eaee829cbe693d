"""What a ledger's text says, found by parsing no more of it than has changed since it was last read.

The text is cut into spans that stand for themselves (ledger/excerpt.py). An entry says something else than before where
one of the spans that it is in was not there before, is there no more, or stands in another order; so these spans are
parsed, and of all other entries the hash is known. Whatever is not certain is left to the parse of the whole text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from autopack_hooks.ledger.excerpt import GRAIN, Grain, Span, cut, excerpt, ids_by_span
from autopack_hooks.sync.facts import Contents, Known, LedgerHashes

if TYPE_CHECKING:
    from autopack_hooks.ledger.dialect import Dialect
    from autopack_hooks.ledger.model import Document, Entry

Parse = Callable[[str], "Document"]
"""Parses a text as a file of the ledger in question."""


class Text:
    """The text of a ledger that is one file (newlines as ``\\n``), cut into spans of the ``grain``.

    Where more than the share ``most`` of it would be parsed, all of it may as well be.
    """

    def __init__(self, text: str, dialect: Dialect, parse: Parse, grain: Grain = GRAIN, most: float = 0.5) -> None:
        self._text = text
        self._parse = parse
        self._spans = cut(text, dialect, grain)
        self._most = most * len(text)

    def read_all(self) -> tuple[Known, Mapping[str, Entry]]:
        """What the text says, and all entries."""
        document = self._parse(self._text)
        found = ids_by_span(document, self._text, self._spans) or []
        contents = [(span.digest, ids) for span, ids in zip(self._spans, found, strict=False)]
        return Known(facts_of(document.entries), contents), document.entries

    def read(self, before: Known) -> tuple[Known, Mapping[str, Entry]] | None:
        """What the text says, if it said ``before`` once, and the entries that changed; None where it is to be
        parsed as a whole for that."""
        known = dict(before.contents)
        gone = known.keys() - {span.digest for span in self._spans}
        spans = self._with(chain.from_iterable(known[digest] for digest in gone), known)
        while True:
            found = self._parse_some(spans)
            if found is None:
                return None
            entries, read = found
            contents = [(span.digest, (read if span.digest in read else known)[span.digest]) for span in self._spans]
            changed = changed_ids(before.contents, contents)
            wanted = self._with(changed, known)
            if spans >= wanted:
                break
            spans |= wanted
        written = {name: entries[name] for name in changed if name in entries}
        return Known(_facts(before.facts, changed, written, contents), contents), written

    def entries(self, names: Collection[str], contents: Contents) -> Mapping[str, Entry] | None:
        """The entries with these ids, of the text that has these ``contents``; None as above."""
        found = self._parse_some(self._with(names, dict(contents)))
        return {name: found[0][name] for name in names} if found else None

    def _with(self, names: Iterable[str], known: Mapping[str, Sequence[str]]) -> set[Span]:
        """The spans that say something of these ids, or that are not ``known``; and those of every excerpt."""
        wanted = set(names)
        return {s for s in self._spans if s.always or s.digest not in known or not wanted.isdisjoint(known[s.digest])}

    def _parse_some(self, chosen: Collection[Span]) -> tuple[Mapping[str, Entry], Mapping[str, Sequence[str]]] | None:
        """Parse these spans: their entries, and the ids in each span by its digest.

        None where it is no less work to parse the whole text, or where a span does not stand for itself.
        """
        if sum(span.end - span.start for span in chosen) > self._most:
            return None
        spans = sorted(chosen, key=attrgetter("start", "end"))
        document = self._parse(excerpt(self._text, spans))
        found = ids_by_span(document, self._text, spans)
        if found is None:
            return None
        return document.entries, {span.digest: ids for span, ids in zip(spans, found, strict=True)}


def changed_ids(before: Contents, after: Contents) -> set[str]:
    """The ids of which the spans ``before`` say something else than those ``after``, or say it in another order."""
    start = _common(before, after)
    end = _common(before[:start:-1], after[:start:-1])
    old = _places(before[start : len(before) - end])
    new = _places(after[start : len(after) - end])
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _common(one: Contents, other: Contents) -> int:
    """How many spans are the same at the start of both."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a[0] != b[0]), min(len(one), len(other))
    )


def _places(contents: Contents) -> dict[str, list[str]]:
    """Id -> the digests of the spans that say something of it, in order."""
    found: dict[str, list[str]] = {}
    for digest, ids in contents:
        for name in ids:
            found.setdefault(name, []).append(digest)
    return found


def _facts(before: LedgerHashes, changed: set[str], entries: Mapping[str, Entry], contents: Contents) -> LedgerHashes:
    """The facts ``before``, with those of the ``changed`` ids as ``entries`` say; in the order of ``contents``."""
    now = facts_of(entries)
    hashes = {**before.hashes, **now.hashes}
    twice = {*before.duplicates, *now.duplicates} - (changed - set(now.duplicates))
    order = dict.fromkeys(chain.from_iterable(ids for _, ids in contents))
    return LedgerHashes({name: hashes[name] for name in order}, [name for name in order if name in twice])


def facts_of(entries: Mapping[str, Entry], fault: str = "") -> LedgerHashes:
    """The facts of a ledger that was parsed."""
    twice = [name for name, entry in entries.items() if len(entry.sections) > 1 or len(entry.rows) > 1]
    return LedgerHashes({name: entry.content_hash for name, entry in entries.items()}, twice, fault)
