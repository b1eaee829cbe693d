"""Fixes as values, applied to a text and proved: the same links at the same places, only the fixed targets changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from autopack_hooks.core.edits import Edit, apply_edits
from autopack_hooks.core.text import SourceText
from autopack_hooks.links.extract import extract
from autopack_hooks.links.model import DocumentLinks, Link


class Fix(NamedTuple):
    """Replace the characters ``old`` at a place (line and column from 1) of the document ``source`` by ``new``."""

    source: str
    line: int
    column: int
    old: str
    new: str


class LinkFixResult(NamedTuple):
    """A document with ``fixes`` made; ``refused`` are those that could not be proved harmless."""

    before: SourceText
    after: str
    fixes: Sequence[Fix]
    refused: Sequence[Fix]


IsGood = Callable[[Link], bool]


def stands(source: SourceText, fix: Fix) -> bool:
    """Whether the characters that ``fix`` replaces are where it says."""
    if not (1 <= fix.line <= len(source.lines) and fix.column >= 1):
        return False
    at = source.offset(fix.line, fix.column)
    return (
        source.text[at : at + len(fix.old)] == fix.old
        and "\n" not in fix.old + fix.new
        and "\r" not in fix.old + fix.new
    )


def fix_document(source: SourceText, fixes: Iterable[Fix], is_good: IsGood) -> LinkFixResult:
    """Make the ``fixes`` that hold (``is_good`` tells whether a link of this document leads somewhere).

    All at once where that can be proved; otherwise one after the other, each on the text that the ones before left.
    """
    wanted = sorted(set(fixes))
    candidates = [fix for fix in wanted if stands(source, fix)]
    facts = extract(source, mentions=False)
    if _prove(source, facts, candidates, is_good) is not None:
        kept = candidates
    else:
        kept = []
        for fix in candidates:
            if _prove(source, facts, [*kept, fix], is_good) is not None:
                kept.append(fix)
    after = _prove(source, facts, kept, is_good)
    if after is None:
        kept, after = [], source.text
    return LinkFixResult(source, after, kept, [fix for fix in wanted if fix not in kept])


def _prove(source: SourceText, facts: DocumentLinks, fixes: Sequence[Fix], is_good: IsGood) -> str | None:
    """The text with ``fixes`` made; None where a parse of it shows anything but the same links with these targets changed."""
    edits = {}
    for fix in fixes:
        at = source.offset(fix.line, fix.column)
        edits[at] = Edit(at, at + len(fix.old), fix.new)
    try:
        text = apply_edits(source.text, edits.values())
    except ValueError:
        return None
    after = SourceText.from_text(source.path, text, bom=source.bom)
    now = extract(after, mentions=False)
    if len(now.links) != len(facts.links) or now.anchors != facts.anchors or now.lines != facts.lines:
        return None
    shift, ends = 0, sorted(edits)
    made = set()
    for old, new in zip(facts.links, now.links, strict=True):
        at = source.offset(old.line, old.column)
        while ends and ends[0] < at:
            shift += len(edits[ends[0]].replacement) - (edits[ends[0]].end - ends[0])
            ends.pop(0)
        if (new.form, new.fault, after.offset(new.line, new.column)) != (old.form, old.fault, at + shift):
            return None
        if at in edits:
            made.add(at)
            if new.raw != edits[at].replacement or not is_good(new):
                return None
        elif new.raw != old.raw:
            return None
    return text if len(made) == len(fixes) else None
