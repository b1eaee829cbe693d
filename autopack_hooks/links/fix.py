"""Apply fixes to a text and prove them: the same links at the same places, only the fixed targets changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from autopack_hooks.core.edits import Edit, apply_edits
from autopack_hooks.core.text import SourceText
from autopack_hooks.links.extract import extract, links_of
from autopack_hooks.links.model import DocumentLinks
from autopack_hooks.markdown.reader import read
from autopack_hooks.markdown.referee import find_difference
from autopack_hooks.markdown.structure import Link


class Fix(NamedTuple):
    """Replace the characters ``old`` at a place (line and column from 1) of the document ``source`` by ``new``."""

    source: str
    line: int
    column: int
    old: str
    new: str


class LinkFixResult(NamedTuple):
    """Hold a document with ``fixes`` made; ``refused`` are those that could not be proved harmless."""

    before: SourceText
    after: str
    fixes: Sequence[Fix]
    refused: Sequence[Fix]


IsGood = Callable[[Link], bool]


def stands(source: SourceText, fix: Fix) -> bool:
    """Return whether the characters that ``fix`` replaces are where it says."""
    if not (1 <= fix.line <= len(source.lines) and fix.column >= 1):
        return False
    at = source.offset(fix.line, fix.column)
    return (
        source.text[at : at + len(fix.old)] == fix.old
        and "\n" not in fix.old + fix.new
        and "\r" not in fix.old + fix.new
    )


def fix_document(source: SourceText, fixes: Iterable[Fix], is_good: IsGood) -> LinkFixResult:
    """Make the fixes that can be proved harmless.

    All at once where that can be proved; otherwise one after the other, each on the text that the ones before left.

    Args:
        source: the document.
        fixes: what is to be changed in it.
        is_good: whether a link of this document leads somewhere.
    """
    wanted = sorted(set(fixes))
    candidates = [fix for fix in wanted if stands(source, fix)]
    links = extract(source.text, mentions=False)
    after = _proved(source, links, candidates, is_good)
    if after is not None:
        kept = candidates
    else:
        kept, after = [], source.text
        for fix in candidates if _both_read_alike(source.text) else ():
            text = _proved(source, links, [*kept, fix], is_good)
            if text is not None:
                kept, after = [*kept, fix], text
    return LinkFixResult(source, after, kept, [fix for fix in wanted if fix not in kept])


def _proved(source: SourceText, links: DocumentLinks, fixes: Sequence[Fix], is_good: IsGood) -> str | None:
    """Return the text with ``fixes`` made, or None where it holds anything but the same links with these targets changed."""
    edits = {}
    for fix in fixes:
        at = source.offset(fix.line, fix.column)
        edits[at] = Edit(at, at + len(fix.old), fix.new)
    try:
        text = apply_edits(source.text, edits.values())
    except ValueError:
        return None
    after = SourceText.from_text(source.path, text, bom=source.bom)
    structure = read(text)
    now = links_of(text, structure, mentions=False)
    if len(now.links) != len(links.links) or now.anchors != links.anchors or now.lines != links.lines:
        return None
    proved = _same_but_for(source, links.links, after, now.links, edits, is_good)
    return text if proved and len(edits) == len(fixes) and find_difference(structure, text) is None else None


def _same_but_for(
    source: SourceText,
    old: Sequence[Link],
    after: SourceText,
    new: Sequence[Link],
    edits: dict[int, Edit],
    is_good: IsGood,
) -> bool:
    """Return whether the links ``new`` are the ``old`` ones, at the same places, those at ``edits`` changed as wanted."""
    shift, ends = 0, sorted(edits)
    made = 0
    for link, now in zip(old, new, strict=True):
        at = source.offset(link.line, link.column)
        while ends and ends[0] < at:
            edit = edits[ends.pop(0)]
            shift += len(edit.replacement) - (edit.end - edit.start)
        if (now.form, now.fault, after.offset(now.line, now.column)) != (link.form, link.fault, at + shift):
            return False
        made += at in edits
        if now.raw != (edits[at].replacement if at in edits else link.raw) or (at in edits and not is_good(now)):
            return False
    return made == len(edits)


def _both_read_alike(text: str) -> bool:
    """Return whether the referee reads out of ``text`` what the reader does; else no fix in it can be proved."""
    return find_difference(read(text), text) is None
