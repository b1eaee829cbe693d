"""Merges three versions of a ledger entry by entry.

Sections and INDEX rows are matched by id. What only one side changed is taken; what both changed the same way, too. An
entry that both sides changed is merged as text, and what is left is a conflict inside that entry alone. So is an id
that both sides took for different entries, and an entry that one side deleted and the other changed. All text outside
of entries is merged as text; META and SUMMARY are written anew. With the sides swapped the result is the same, but for
the order inside a conflict.

What is not understood for sure is not merged here at all: ``merge_ledger`` gives None, and a text merge is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple, TypeVar

from autopack_hooks.core.conflicts import conflict_lines
from autopack_hooks.core.edits import Edit, apply_edits
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.dialect import FILES, Dialect
from autopack_hooks.ledger.ids import next_id
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.render import value_places, wrong_values
from autopack_hooks.ledger.split import ROWS, Cut, Key, Piece, cut_all, merge_order, placeholder
from autopack_hooks.markdown.referee import parsers_agree

TextMerge = Callable[[str, str, str, int], tuple[str, bool]]
"""Merges (base, ours, theirs), in whole lines, as git does; gives the text and whether it holds a conflict, whose
markers are as long as the number says."""
T = TypeVar("T")
OUTSIDE = "text outside of entries was changed on both sides"
_DAWN = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Style:
    """Describe how conflicts are written: the labels of both sides, and the length of the markers."""

    ours: str = "ours"
    theirs: str = "theirs"
    size: int = 7

    @property
    def labels(self) -> tuple[str, str, str]:
        """Return the labels of ours, base and theirs."""
        return self.ours, "base", self.theirs

    def conflict(self, ours: str, theirs: str, remark: str = "", base: str | None = None) -> str:
        """Return both sides, in whole lines, between markers; ``base`` is shown where it is given."""
        if base is not None:
            ours += f"{'|' * self.size} base\n{base}"
        end = f"{self.theirs} ({remark})" if remark else self.theirs
        return f"{'<' * self.size} {self.ours}\n{ours}{'=' * self.size}\n{theirs}{'>' * self.size} {end}\n"


def merge_evenly(text_merge: TextMerge, style: Style, base: str, ours: str, theirs: str) -> tuple[str, bool]:
    """``text_merge`` that does not care which side is which, which git's does where lines were moved.

    The sides are handed over in an order of their own, and put into place again inside the conflicts.
    """
    swapped = ours > theirs
    size = 41
    while "=" * size in f"{base}\n{ours}\n{theirs}":
        size += 1
    text, conflict = text_merge(base, *((theirs, ours) if swapped else (ours, theirs)), size)
    return (_with_markers(text, size, style, swapped), True) if conflict else (text, False)


def _with_markers(text: str, size: int, style: Style, swapped: bool) -> str:
    """``text`` with the markers of ``style`` for those that are ``size`` long."""
    out: list[str] = []
    parts: dict[str, str] = {}
    now = ""
    for line in text.split("\n"):
        mark = line[:1]
        if mark and mark in "<|=>" and line.startswith(mark * size):
            now, parts = mark, {} if mark == "<" else parts
            if mark == ">":
                first, second = parts.get("<", ""), parts.get("=", "")
                sides = (second, first) if swapped else (first, second)
                out.append(style.conflict(*sides, base=parts.get("|")))
                now = ""
            else:
                parts[mark] = ""
        elif now:
            parts[now] += f"{line}\n"
        else:
            out.append(f"{line}\n")
    return "".join(out).removesuffix("\n")


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
    documents = _level([parse(source) for source in plain])
    if documents[0].dialect.entries == FILES:
        return None
    cuts = cut_all(documents)
    result = _Merge(cuts, documents, text_merge, style).run() if cuts else None
    if result is None:
        return None
    text, conflicts = result
    merged = parse(SourceText.from_text(ours.path, text))
    if not parsers_agree(merged.structure, text):
        return None
    if OUTSIDE not in conflicts:  # else META may be there twice
        wrong = (w for w in wrong_values(merged) if w.current.text)
        text = apply_edits(text, [w.edit for w in wrong if w.edit])
    if not _pick(*(v.text.endswith(("\n", "\r")) or not v.text for v in versions)):
        text = text.removesuffix("\n")
    text = text.replace("\n", _pick_newline(*map(str, newlines)))
    return Merged(SourceText.from_text(ours.path, text, bom=_pick(*(v.bom for v in versions))), conflicts)


def _pick(base: T, ours: T, theirs: T) -> T:
    """Return what one side changed, or both did alike."""
    return theirs if ours == base else ours


def _newline(text: str) -> str | None:
    """Return the one newline of a text; empty where it has none, None where it has several kinds."""
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


def _level(documents: Sequence[Document]) -> list[Document]:
    """Return the versions with the same generated values, so that a text merge finds nothing to say about them.

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
    # Values stand on lines of their own, so that nothing else in a document moves.
    return [
        replace(document, source=SourceText.from_text(document.path, apply_edits(document.source.text, own)))
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
        skeleton, conflict = merge_evenly(self.text_merge, self.style, *self._skeletons())
        if conflict:
            self.conflicts.append(OUTSIDE)
        for slot in sorted({slot for cut in self.cuts for slot in cut.slots}):
            order = merge_order([cut.slots.get(slot, []) for cut in self.cuts], merged, self._newer)
            found = skeleton.count(placeholder(slot))
            if order is None or found > 1 or (order and not found):
                return None
            head, _, rest = skeleton.partition(placeholder(slot))
            skeleton = head + self._filled(slot, order, merged, bool(rest)) + rest
        return skeleton, tuple(self.conflicts)

    def _skeletons(self) -> tuple[str, str, str]:
        """Return the skeletons.

        A side that emptied a slot gets its line back: the other side may have filled it again.
        """
        base, *sides = self.cuts
        skeletons = []
        for cut in sides:
            skeleton = cut.skeleton
            for slot in sorted(base.slots.keys() - cut.slots.keys()):
                skeleton = _restored(base.skeleton, skeleton, placeholder(slot))
            skeletons.append(skeleton)
        return base.skeleton, skeletons[0], skeletons[1]

    def _newer(self, one: Key, other: Key) -> bool:
        """Return whether ``one`` stands before ``other`` where nothing else decides."""
        newest_first = self.dialect.newest_first
        return (self.ranks[one] > self.ranks[other]) is newest_first

    def _piece(self, key: Key, base: Piece | None, ours: Piece | None, theirs: Piece | None) -> Piece | None:
        """Return the merged piece; None where it is deleted."""
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
        text, conflict = merge_evenly(self.text_merge, self.style, base.text, ours.text, theirs.text)
        if conflict:
            self._tell(key, "changed on both sides")
        return Piece(text, tail)

    def _both(self, key: Key, base: Piece | None, ours: Piece, theirs: Piece) -> Piece:
        """Return a row that both sides changed, or a piece that both added."""
        tail = max(ours.tail, theirs.tail, key=lambda text: (len(text), text))
        if ours.text == theirs.text:
            return Piece(ours.text, tail)
        taken = base is None and bool(key.entry_id)
        remark = f"{key.entry_id} is taken twice; {self.free} is free" if taken else ""
        self._tell(
            key, f"added on both sides; {self.free} is free for one of them" if taken else "changed on both sides"
        )
        return Piece(self.style.conflict(ours.text, theirs.text, remark), tail)

    def _tell(self, key: Key, what: str) -> None:
        self.conflicts.append(f"{'the row of ' if key.row else ''}{key.entry_id or key.words[:40]}: {what}")

    def _filled(self, slot: str, order: Sequence[Key], merged: Mapping[Key, Piece], followed: bool) -> str:
        """Return the text of a slot. Neighbours that are neighbours in no version get a blank line between them."""
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
    """Return the ids of entries that one side deleted as a whole, and the other changed."""
    base, *sides = cuts
    changed = [
        {key.entry_id for key in base.pieces.keys() | side.pieces.keys() if _text(base, key) != _text(side, key)}
        for side in sides
    ]
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
    """Yield what orders the pieces of a version among each other."""
    days = {entry_id: entry.date or _DAWN for entry_id, entry in document.entries.items()}
    for key in cut.pieces:
        rank = document.dialect.rank(key.entry_id) if key.entry_id else ((), False, "")
        yield key, (days.get(key.entry_id, _DAWN), rank, key)
