"""Merges three versions of a ledger entry by entry.

Sections and INDEX rows are matched by id. What only one side changed is taken; what both changed the same way, too. An
entry that both sides changed is merged as text, and what is left is a conflict inside that entry alone. So is an id
that both sides took for different entries, and an entry that one side deleted and the other changed. All text outside
of entries is merged as text; META and SUMMARY are written anew. With the sides swapped the result is the same, but for
the order inside a conflict.

What is not understood for sure is not merged here at all: ``merge_ledger`` gives None, and a text merge is due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from typing import NamedTuple, TypeVar

from autopack_hooks.ledger.conflicts import conflict_lines
from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.dialect import FILES, Dialect
from autopack_hooks.ledger.ids import next_id
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.pieces import ROWS, Cut, Key, Piece, cut_all, placeholder
from autopack_hooks.ledger.render import value_places, wrong_values
from autopack_hooks.text import Edit, SourceText, apply_edits

TextMerge = Callable[[str, str, str], tuple[str, bool]]
"""Merges (base, ours, theirs), in whole lines; gives the text and whether it holds a conflict."""
T = TypeVar("T")
_DAWN = datetime(1, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Style:
    """How conflicts are written: the labels of both sides, and the length of the markers."""

    ours: str = "ours"
    theirs: str = "theirs"
    size: int = 7

    @property
    def labels(self) -> tuple[str, str, str]:
        """The labels of ours, base and theirs."""
        return self.ours, "base", self.theirs

    def conflict(self, ours: str, theirs: str, remark: str = "") -> str:
        """Both sides, in whole lines, between markers."""
        end = f"{self.theirs} ({remark})" if remark else self.theirs
        return f"{'<' * self.size} {self.ours}\n{ours}{'=' * self.size}\n{theirs}{'>' * self.size} {end}\n"


class Merged(NamedTuple):
    """The merged text, and a line for each conflict in it."""

    source: SourceText
    conflicts: tuple[str, ...]


def merge_ledger(
    base: SourceText,
    ours: SourceText,
    theirs: SourceText,
    parse: Callable[[SourceText], Document],
    text_merge: TextMerge,
    style: Style,
) -> Merged | None:
    """Merge three versions; None where one is no text, holds conflict markers, or cannot be cut into entries for sure."""
    versions = (base, ours, theirs)
    newlines = [_newline(version.text) for version in versions]
    if None in newlines or any(v.fault or any(conflict_lines(v)) for v in versions):
        return None
    plain = [SourceText.from_text(v.path, _plain(v.text)) for v in versions]
    documents = _level([parse(source) for source in plain], parse)
    if documents[0].dialect.entries == FILES:
        return None
    cuts = cut_all(documents)
    result = _Merge(cuts, documents, text_merge, style).run() if cuts else None
    if result is None:
        return None
    text, conflicts = result
    merged = parse(SourceText.from_text(ours.path, text))
    text = apply_edits(text, [wrong.edit for wrong in wrong_values(merged) if wrong.edit])
    if not _pick(*(v.text.endswith(("\n", "\r")) or not v.text for v in versions)):
        text = text.removesuffix("\n")
    text = text.replace("\n", _pick_newline(*map(str, newlines)))
    return Merged(SourceText.from_text(ours.path, text, bom=_pick(*(v.bom for v in versions))), conflicts)


def _pick(base: T, ours: T, theirs: T) -> T:
    """What one side changed, or both did alike."""
    return theirs if ours == base else ours


def _newline(text: str) -> str | None:
    """The one newline of a text; empty where it has none, None where it has several kinds."""
    if "\r" not in text:
        return "\n" if "\n" in text else ""
    return "\r\n" if text.count("\r") == text.count("\n") == text.count("\r\n") else None


def _pick_newline(base: str, ours: str, theirs: str) -> str:
    if base:
        return _pick(base, ours or base, theirs or base)
    return max(ours, theirs) or "\n"


def _plain(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return text if not text or text.endswith("\n") else f"{text}\n"


def _level(documents: list[Document], parse: Callable[[SourceText], Document]) -> list[Document]:
    """The versions with the same generated values, so that a text merge finds nothing to say about them.

    A time that both sides changed is the later one: the new values are made from this text.
    """
    places = [value_places(document) for document in documents]
    edits: list[list[Edit]] = [[] for _ in documents]
    for name in sorted({name for found in places for name in found}):
        texts = [found[name].text if name in found else None for found in places]
        said = [text for text in texts[1:] if text is not None]
        chosen = _pick(*texts) if texts[0] in texts[1:] else max(said, key=_moment, default=None)
        for document, found, own in zip(documents, places, edits, strict=True):
            if chosen is not None and name in found and found[name].text != chosen:
                at = document.source.offset(found[name].line, found[name].column)
                own.append(Edit(at, at + len(found[name].text), chosen))
    return [
        parse(SourceText.from_text(document.path, apply_edits(document.source.text, own))) if own else document
        for document, own in zip(documents, edits, strict=True)
    ]


def _moment(text: str) -> tuple[datetime, int, str]:
    return parse_date(text) or _DAWN, len(text), text


class _Merge:
    """One merge of three versions in pieces."""

    def __init__(self, cuts: Sequence[Cut], documents: Sequence[Document], text_merge: TextMerge, style: Style) -> None:
        self.cuts = cuts
        self.dialect: Dialect = documents[0].dialect
        self.text_merge = text_merge
        self.style = style
        self.conflicts: list[str] = []
        self.ranks = dict(rank for version in zip(documents, cuts, strict=True) for rank in _ranks(*version))
        self.disputed = _disputed(cuts)
        self.free = next_id({key.entry_id for cut in cuts for key in cut.pieces if key.entry_id}, self.dialect)

    def run(self) -> tuple[str, tuple[str, ...]] | None:
        merged: dict[Key, Piece] = {}
        for key in dict.fromkeys(key for cut in self.cuts for key in cut.pieces):
            piece = self._piece(key, *(cut.pieces.get(key) for cut in self.cuts))
            if piece:
                merged[key] = piece
        skeleton, conflict = self.text_merge(*self._skeletons())
        if conflict:
            self.conflicts.append("text outside of entries was changed on both sides")
        for slot in sorted({slot for cut in self.cuts for slot in cut.slots}):
            order = merge_order([cut.slots.get(slot, []) for cut in self.cuts], merged, self._newer)
            found = skeleton.count(placeholder(slot))
            if order is None or found > 1 or (order and not found):
                return None
            head, _, rest = skeleton.partition(placeholder(slot))
            skeleton = head + self._filled(slot, order, merged, bool(rest)) + rest
        return skeleton, tuple(self.conflicts)

    def _skeletons(self) -> list[str]:
        """The skeletons. A side that emptied a slot gets its line back: the other side may have filled it again."""
        base = self.cuts[0]
        skeletons = [base.skeleton]
        for cut in self.cuts[1:]:
            skeleton = cut.skeleton
            for slot in sorted(base.slots.keys() - cut.slots.keys()):
                skeleton = _restored(base.skeleton, skeleton, placeholder(slot))
            skeletons.append(skeleton)
        return skeletons

    def _newer(self, one: Key, other: Key) -> bool:
        """Whether ``one`` stands before ``other`` where nothing else decides."""
        newest_first = self.dialect.newest_first
        return (self.ranks[one] > self.ranks[other]) is newest_first

    def _piece(self, key: Key, base: Piece | None, ours: Piece | None, theirs: Piece | None) -> Piece | None:
        """The merged piece; None where it is deleted."""
        if ours == theirs or (theirs == base and ours is not None):
            return ours
        if ours == base and theirs is not None:
            return theirs
        if ours is None or theirs is None:
            kept = ours or theirs or Piece("", "")
            if base and kept.text == base.text and key.entry_id not in self.disputed:
                return None
            self._tell(key, "deleted on one side and changed on the other")
            text = self.style.conflict(ours.text if ours else "", theirs.text if theirs else "")
            return Piece(text, kept.tail)
        if base is None or key.row:
            return self._both(key, base, ours, theirs)
        tail = _pick(base.tail, ours.tail, theirs.tail)
        if len({base.tail, ours.tail, theirs.tail}) == 3:
            tail = max(ours.tail, theirs.tail, key=lambda text: (len(text), text))
        text, conflict = self.text_merge(base.text, ours.text, theirs.text)
        if conflict:
            self._tell(key, "changed on both sides")
        return Piece(text, tail)

    def _both(self, key: Key, base: Piece | None, ours: Piece, theirs: Piece) -> Piece:
        """A row that both sides changed, or a piece that both added."""
        tail = max(ours.tail, theirs.tail, key=lambda text: (len(text), text))
        if ours.text == theirs.text:
            return Piece(ours.text, tail)
        taken = base is None and bool(key.entry_id)
        remark = f"{key.entry_id} is taken twice; {self.free} is free" if taken else ""
        self._tell(key, f"added on both sides; {self.free} is free for one of them" if taken else "changed on both sides")
        return Piece(self.style.conflict(ours.text, theirs.text, remark), tail)

    def _tell(self, key: Key, what: str) -> None:
        self.conflicts.append(f"{'the row of ' if key.row else ''}{key.entry_id or key.words[:40]}: {what}")

    def _filled(self, slot: str, order: Sequence[Key], merged: Mapping[Key, Piece], followed: bool) -> str:
        """The text of a slot. Neighbours that are neighbours in no version get a blank line between them."""
        if slot == ROWS:
            return "".join(merged[key].text for key in order)
        near = {pair for cut in self.cuts for pair in _neighbours(cut.slots.get(slot, []))}
        parts = []
        for key, following in _neighbours(order):
            if key is None:
                continue
            text, tail = merged[key]
            if (key, following) not in near:
                tail = tail if following is None and not followed else tail or "\n"
            parts.append(text + tail)
        return "".join(parts)


def _disputed(cuts: Sequence[Cut]) -> set[str]:
    """The ids of entries that one side deleted as a whole, and the other changed."""
    base, *sides = cuts
    changed = [{key.entry_id for key in base.pieces.keys() | side.pieces.keys() if _text(base, key) != _text(side, key)} for side in sides]
    there = [{key.entry_id for key in cut.pieces} for cut in cuts]
    gone = [there[0] - there[1], there[0] - there[2]]
    return ((gone[0] & changed[1]) - gone[1]) | ((gone[1] & changed[0]) - gone[0])


def _text(cut: Cut, key: Key) -> str | None:
    return cut.pieces[key].text if key in cut.pieces else None


def _restored(base: str, skeleton: str, line: str) -> str:
    """``skeleton`` with ``line`` behind the same line as in ``base``; as it is where there is not one such line."""
    before = base.partition(line)[0].rstrip("\n")
    anchor = before.rpartition("\n")[2] + "\n"
    head, found, rest = f"\n{skeleton}".partition(f"\n{anchor}")
    if not before or not found or f"\n{anchor}" in f"\n{rest}":
        return skeleton
    blanks = rest[: len(rest) - len(rest.lstrip("\n"))]
    return f"{head}\n{anchor}{blanks[:1]}{line}{blanks[1:]}{rest[len(blanks) :]}".removeprefix("\n")


def _neighbours(keys: Sequence[Key]) -> Iterable[tuple[Key | None, Key | None]]:
    return pairwise([None, *keys, None])


def _ranks(document: Document, cut: Cut) -> Iterable[tuple[Key, tuple[object, ...]]]:
    """What orders the pieces of a version among each other."""
    days = {entry_id: entry.date or _DAWN for entry_id, entry in document.entries.items()}
    for key in cut.pieces:
        rank = document.dialect.rank(key.entry_id) if key.entry_id else ((), False, "")
        yield key, (days.get(key.entry_id, _DAWN), rank, key)


def merge_order(
    versions: Sequence[Sequence[Key]], kept: Collection[Key], before: Callable[[Key, Key], bool]
) -> list[Key] | None:
    """The keys of ``kept`` in the order that (base, ours, theirs) give; None where both sides moved them differently.

    What only one side has stands behind the same common key as there; where both have such keys in one place,
    ``before`` says which comes first.
    """
    base, *sides = [[key for key in version if key in kept] for version in versions]
    common = set(sides[0]) & set(sides[1])
    first, second = ([key for key in side if key in common] for side in sides)
    if first != second:
        old = [key for key in base if key in common]
        moved = [[key for key in side if key in set(old)] != old for side in (first, second)]
        if all(moved):
            return None
        if any(moved):
            first = first if moved[0] else second
        else:
            first = min(first, second)
    gaps = [_gaps(side, common) for side in sides]
    order: list[Key] = []
    for anchor in (None, *first):
        order += [anchor] if anchor else []
        order += _mixed(gaps[0].get(anchor, []), gaps[1].get(anchor, []), before)
    return order


def _gaps(keys: Sequence[Key], common: set[Key]) -> dict[Key | None, list[Key]]:
    """Common key (None: the start) -> the keys behind it that are not common."""
    gaps: dict[Key | None, list[Key]] = {}
    anchor = None
    for key in keys:
        if key in common:
            anchor = key
        else:
            gaps.setdefault(anchor, []).append(key)
    return gaps


def _mixed(ours: list[Key], theirs: list[Key], before: Callable[[Key, Key], bool]) -> list[Key]:
    """Both lists as one, each in its own order."""
    mixed: list[Key] = []
    one, other = list(reversed(ours)), list(reversed(theirs))
    while one and other:
        mixed.append(one.pop() if before(one[-1], other[-1]) else other.pop())
    return mixed + one[::-1] + other[::-1]
