"""Finds the links of a document, those in its HTML included."""

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
from autopack_hooks.markdown.entities import unescape_target
from autopack_hooks.markdown.html import Html
from autopack_hooks.markdown.places import Cursor
from autopack_hooks.markdown.structure import AUTOLINK, HTML, IMAGE, LINK, REFERENCE, Link

_TEXT_LIMIT = 200
_LABEL_LIMIT = 999


class Links:
    """The links of a document, whose ``html`` was read.

    ``math`` are the spans of math, ``targets`` what rendered links and images lead to. Offsets are in bytes.
    """

    def __init__(self, found: Collected, html: Html) -> None:
        self._found = found
        self._written = [Unplaced(start, HTML, target, raw, "") for start, target, raw in html.links]
        self.targets: list[str] = []
        hidden = [*found.codes]
        hidden += [(start, end) for start, end, _ in (*found.code_blocks, *found.html_blocks, *found.tags)]
        hidden += self._definitions()
        hidden += self._inline()
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
