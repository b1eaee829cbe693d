"""Every mention of an id in a Markdown text: headings, rows, prose, code, and the anchors of links to its heading."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from string import ascii_letters

from autopack_hooks.core.edits import Edit
from autopack_hooks.ledger.dialect import padded
from autopack_hooks.markdown.reader import read
from autopack_hooks.markdown.structure import CODE, FENCE


def renumber_edits(text: str, old: str, new: str) -> Iterator[Edit]:
    """Yield edits that write ``new`` for each mention of the id ``old``.

    Longer names (``BUILD-12.1``, ``BUILD-12-NOTES``) and paths that merely hold the id are other things. Anchors such
    as ``#build-12--2026-01-03--title`` follow the heading that they are made of.
    """
    mention = re.compile(rf"(?<![\w.#/\\-]){re.escape(old)}(?![\w/-]|\.\w)")
    yield from (Edit(match.start(), match.end(), new) for match in mention.finditer(text))
    anchor = re.compile(rf"(?<=#){re.escape(_slug(old))}(?=--|[)\s>\]\"']|$)")
    yield from (Edit(match.start(), match.end(), _slug(new)) for match in anchor.finditer(text))


def file_mentions(text: str, old: str, new: str) -> Iterator[Edit]:
    """Yield edits that write ``new`` for the id of a file in any number of digits: ``ADR-2`` is ``ADR-0002``."""
    prefix, _, tail = old.rpartition("-")
    mention = re.compile(rf"(?<![\w.#/\\-])({re.escape(prefix)}-)({_number(tail)})(?![\w/-]|\.\w)")
    for match in mention.finditer(text):
        yield Edit(match.start(2), match.end(2), _as_wide(match[2], new))


def link_texts(text: str, name: str, old: str, new: str) -> Iterator[Edit]:
    """Yield edits of the number in the texts of links to the file ``name``: ``[2. Use it](0005-use-it.md)``."""
    number = re.compile(rf"(?<![\w.-]){_number(old.rpartition('-')[2])}(?![\w-]|\.[0-9])")
    target = rf"<?(?:[^()\s<>]*/)?{re.escape(name)}"
    labels = re.findall(rf"(?m)^ {{0,3}}\[([^\[\]\n]{{1,300}})\]:[ \t]*{target}(?:[#>\s]|$)", text)
    ends = [rf"\({target}[)#>\s]", *(rf"\[(?i:{re.escape(label)})\]" for label in labels)]
    for link in re.finditer(rf"\[([^\[\]\n]{{1,300}})\](?:{'|'.join(ends)})", text):
        if found := number.search(link[1]):
            start = link.start(1) + found.start()
            yield Edit(start, start + len(found[0]), _as_wide(found[0], new))


def anchors(text: str, name: str, old: str, new: str, *, own: bool) -> Iterator[Edit]:
    """Yield edits that write ``new`` for the anchor ``old`` in links to the file ``name``; it is the text's ``own`` file."""
    before = rf"(?:{re.escape(name)}|[(<\s\"'])" if own else re.escape(name)
    for match in re.finditer(rf"{before}#({re.escape(old)})(?=[)\s>\"']|$)", text):
        yield Edit(match.start(1), match.end(1), new)


def number_at(text: str, at: int, old: str, new: str) -> Iterator[Edit]:
    """Yield the edit of the number that stands alone at ``at``, as in ``Superseded by 2``."""
    if found := re.compile(rf"{_number(old.rpartition('-')[2])}(?![\w-]|\.[0-9])").match(text, at):
        yield Edit(at, found.end(), _as_wide(found[0], new))


def outside_code(text: str, edits: Iterable[Edit]) -> Iterator[Edit]:
    """Yield the edits that are not in blocks of code: what an example says is no mention."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
    blocks = [block for block in read(text).opaque if block.kind in (FENCE, CODE)]
    code = {line for block in blocks for line in range(block.start, block.end + 1)}
    yield from (edit for edit in edits if bisect_right(starts, edit.start) not in code)


def title_number(text: str, start: int, heading: str, old: str, new: str) -> Iterator[Edit]:
    """Yield the edit of the number in a title, which stands in the line that starts at ``start``."""
    found = re.search(rf"(?<![\w.]){_number(old.rpartition('-')[2])}(?!\w)", heading)
    at = text.find(heading, start)
    if found and at >= 0:
        yield Edit(at + found.start(), at + found.end(), _as_wide(found[0], new))


def _number(tail: str) -> str:
    """Return a regular expression for a number with any zeros before it."""
    return f"0*{re.escape(tail.lstrip('0') or '0')}"


def _as_wide(before: str, new: str) -> str:
    """Return the number of the id ``new`` with as many digits as the one before it has."""
    return padded(new.rpartition("-")[2], len(before.rstrip(ascii_letters)))


def _slug(entry_id: str) -> str:
    """Return how a heading's anchor starts that starts with an id."""
    return re.sub(r"[^a-z0-9_-]", "", entry_id.lower())
