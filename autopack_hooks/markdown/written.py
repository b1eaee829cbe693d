"""Finds the links of a document, with what HTML adds to them: anchors, headings and comments."""

from __future__ import annotations

from collections.abc import Iterator

from autopack_hooks.markdown.additions import (
    Cover,
    Unplaced,
    find_bare_urls,
    find_math,
    undefined_footnotes,
    undefined_references,
)  # fmt: skip
from autopack_hooks.markdown.collected import Collected
from autopack_hooks.markdown.destinations import definition_destination, inline_destination
from autopack_hooks.markdown.entities import resolve_references, unescape_target
from autopack_hooks.markdown.html import find_attributes, find_comments, find_headings
from autopack_hooks.markdown.places import Cursor, Pieces
from autopack_hooks.markdown.structure import AUTOLINK, HTML, IMAGE, LINK, REFERENCE, Link

_TEXT_LIMIT = 200
_LABEL_LIMIT = 999


class Links:
    """The links of a document and what is found on the way to them; offsets are in bytes."""

    def __init__(self, found: Collected) -> None:
        self._found = found
        self._written: list[Unplaced] = []
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.headings: list[tuple[int, str]] = []
        self.comments: list[tuple[int, str]] = []
        hidden = [*found.codes]
        hidden += [(start, end) for start, end, _ in (*found.code_blocks, *found.html_blocks, *found.tags)]
        hidden += self._definitions()
        hidden += self._inline()
        self._html()
        self.math = self._add(hidden)

    def placed(self) -> list[Link]:
        """Return the links in the order of their destinations."""
        cursor = Cursor(self._found.data, self._found.front + 1)
        return [
            Link(form, *cursor.place(start), target, raw, " ".join(text.split())[:_TEXT_LIMIT], fault)
            for start, form, target, raw, text, fault in sorted(self._written)
        ]

    def _definitions(self) -> Iterator[tuple[int, int]]:
        """Keep the definitions; yield where they stand."""
        for at, end in self._found.definitions:
            place = definition_destination(self._found.data, at)
            if place:
                label = self._found.piece(at + 1, place.text_end)
                self._written.append(Unplaced(place.start, REFERENCE, unescape_target(place.raw), place.raw, label))
                yield at, end

    def _inline(self) -> Iterator[tuple[int, int]]:
        """Keep the links and images; yield where nothing else is a link, which is behind their texts."""
        found = self._found
        for start, end, link, image in found.links:
            kind, target = link["link_type"], link["dest_url"]
            if kind == "Email":
                yield start, end
                continue
            # GitHub takes `[a][^b]` for a reference to a label `^b`, and so for none to `a`.
            if kind != "Shortcut" or not found.data.startswith(b"[^", end):
                self.targets.append(target)
            if kind == "Inline":
                place = inline_destination(found.data, start, end, target)
                text_start = start + 1 + image
                text = found.piece(text_start, min(place.text_end, text_start + _LABEL_LIMIT))
                self._written.append(Unplaced(place.start, IMAGE if image else LINK, target, place.raw, text))
                yield place.text_end, end
            elif kind == "Autolink":
                raw = found.piece(start + 1, end - 1)
                self._written.append(Unplaced(start + 1, AUTOLINK, target, raw, raw))
                yield start, end

    def _html(self) -> None:
        for start, _, text in self._found.tags:
            self._tags([(start, text)], text)
        for start, _, pieces in self._found.html_blocks:
            content = "".join([text for _, text in pieces])
            self._tags(pieces, content)
            self.headings += [(start, text) for text in find_headings(content)]

    def _tags(self, pieces: list[tuple[int, str]], content: str) -> None:
        places = Pieces(pieces)
        for name, at, raw in find_attributes(content):
            value = resolve_references(raw)
            if name == "anchor":
                self.anchors.add(value.lower())
            else:
                self._written.append(Unplaced(places.offset(at), HTML, value, raw, ""))
        places = Pieces(pieces)
        for start, end in find_comments(content):
            self.comments.append((places.offset(start), content[start:end]))

    def _add(self, hidden: list[tuple[int, int]]) -> Cover:
        """Add what the parser has no events for; return the spans of math, in which nothing is a link."""
        found, data = self._found, self._found.data
        math = find_math(found, Cover(hidden)) if b"$" in data else Cover(())
        if found.broken:
            self._written += undefined_references(found)
        if b"[^" in data:
            self._written += undefined_footnotes(found, Cover(hidden))
        if b"://" in data or b"www." in data:
            self._written += find_bare_urls(found, Cover([*hidden, *((start, end) for start, end, *_ in found.links)]))
        if b"$" in data:
            self._written = [link for link in self._written if not math.end_over(link.start)]
        return math
