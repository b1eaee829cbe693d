"""Find the one thing that an entry says: the decision, the cause, or the first sentence of its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from autopack_hooks.ledger.dialect import SUMMARY
from autopack_hooks.ledger.model import Entry, Section

_LIMIT = 300
# What an entry says first: what was decided, then why something broke and what helped, then what was done.
_NAMES = (
    "decision",
    "decision outcome",
    "chosen option",
    "choice",
    "resolution",
    "fix",
    "solution",
    "root cause",
    "cause",
    "outcome",
    "summary",
    "problem",
    "symptom",
    "error",
    "context",
)
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(?P<text>.*?)[ \t#]*$")
_FIELD = re.compile(r"(?:[-*+][ \t]+)?\*\*(?P<name>[^*:]{1,40}):?\*\*:?[ \t]*(?P<text>.*)$")
_SKIPPED = re.compile(r"[ \t]*(?:\||```|~~~|<!--|---|\*\*\*|>|!\[)")
_BULLET = re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_MARKS = re.compile(r"(`+)(.+?)\1|\*\*|__|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")


def gist(entry: Entry) -> str:
    """Return what ``entry`` says in one line of at most some 300 characters, without marks; "" where it says nothing."""
    found = _named(entry)
    best = next((found[name] for name in _NAMES if found.get(name)), "")
    if not best:
        summary = entry.value(SUMMARY)
        paragraphs = (find(section) for find in (_first_paragraph, _below_a_heading) for section in entry.sections)
        best = (summary and plain(summary.text)) or next(filter(None, paragraphs), "")
    return _shortened(best)


def plain(text: str) -> str:
    """Return a line of Markdown as its reader sees it: links as their texts, no emphasis, single blanks."""
    return " ".join(_MARKS.sub(lambda mark: mark[2] or "", _LINK.sub(r"\1", text)).split())


def _named(entry: Entry) -> dict[str, str]:
    """Return name (lower case) -> the first text below a heading, or behind a bold name, of this name."""
    found: dict[str, str] = {}
    for section in entry.sections:
        for name, text in (*_fields(section), *_headed(section)):
            if text and name not in found:
                found[name] = text
    return found


def _fields(section: Section) -> Iterator[tuple[str, str]]:
    yield from ((name.lower(), plain(value.text)) for name, value in section.fields.items())
    for line in section.lines[1:]:
        match = _FIELD.match(line)
        if match:
            yield match["name"].strip().lower(), plain(match["text"])


def _headed(section: Section) -> Iterator[tuple[str, str]]:
    """Yield the names that stand on a line of their own, as headings or in bold, with the text below each."""
    for number, line in enumerate(section.lines):
        match = _HEADING.match(line)
        field = _FIELD.match(line)
        name = match["text"] if match else field["name"] if field and not field["text"] else ""
        if name and number:
            yield plain(name).rstrip(":").lower(), _paragraph(section.lines[number + 1 :])


def _first_paragraph(section: Section) -> str:
    return _paragraph(section.lines[1:])


def _below_a_heading(section: Section) -> str:
    """Return the first paragraph below any heading inside: a version lists its changes by kind."""
    starts = (number for number, line in enumerate(section.lines) if number and _HEADING.match(line))
    return next(filter(None, (_paragraph(section.lines[number + 1 :]) for number in starts)), "")


def _paragraph(lines: Iterable[str]) -> str:
    """Return the first paragraph above the next heading, or the first item of a list; a list that it announces, whole."""
    text = ""
    listing = False
    for line in lines:
        item = _BULLET.match(line) is not None
        announced = text.endswith((":", "because"))
        listing = listing or (item and announced)
        blank = not line.strip()
        ended = text and ((not item and not blank) if listing else (item or (blank and not announced)))
        if _HEADING.match(line) or ended or len(text) > _LIMIT:
            break
        if not blank and not _SKIPPED.match(line) and not (_FIELD.match(line) and not text):
            text += ("; " if listing and not announced else " ") + plain(_BULLET.sub("", line, count=1))
    return text.strip()


def _shortened(text: str) -> str:
    """Return whole sentences of ``text``, as many as fit."""
    if len(text) <= _LIMIT:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, _LIMIT)]
    return text[: ends[-1]] if ends else text[: _LIMIT - 1].rstrip() + "\u2026"
