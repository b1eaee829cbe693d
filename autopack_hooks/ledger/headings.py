"""Entry headings: the canonical form of a dialect, and the other forms that real people write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from autopack_hooks.ledger.dates import looks_like_date
from autopack_hooks.ledger.dialect import Dialect

_DATE_IN_PARENTHESES = re.compile(r"\((\d{4}-\d{1,2}-\d{1,2}[^()]*)\)")
_TRAILING_STATUS = re.compile(r"([\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?)\s*([A-Z][A-Z -]*)?$")


@dataclass(frozen=True)
class HeadingParts:
    """What an entry heading says; empty where it says nothing. ``form`` is that of Section."""

    entry_id: str
    form: str
    title: str = ""
    date: str = ""
    category: str = ""
    status: str = ""


@cache
def _patterns(dialect: Dialect) -> tuple[re.Pattern[str], re.Pattern[str]]:
    # After an id only white space or punctuation that no id has; `BUILD-145-FOLLOWUP` is some other name.
    exact = re.compile(rf"({dialect.id_expression})(?=$|[\s:|,;(\u2013\u2014]|-\s|\.\s)")
    # Near misses are told apart from prose by their capitals (`BUILD 12`) or their hyphen (`build-12`).
    near = re.compile(
        rf"(?:{dialect.prefix}(?:[ _]|-\s+|\s+-\s*)?|(?i:{dialect.prefix})-|{dialect.prefix}#)(\d+(?:\.\d+)*)\b"
    )
    return exact, near


def parse_heading(text: str, level: int, dialect: Dialect) -> HeadingParts | None:
    """Read a heading's ``text``; None where it is no entry heading of ``dialect``."""
    if level not in dialect.levels:
        return None
    text = text.strip().strip("*").strip()
    exact, near = _patterns(dialect)
    match = exact.match(text)
    if not match:
        guess = near.match(text)
        if not guess:
            return None
        return _describe(f"{dialect.prefix}-{guess[1]}", text[guess.end() :], "malformed")
    canonical = level == dialect.level
    return _describe(match[1], text[match.end() :], "canonical" if canonical else "variant")


def _describe(entry_id: str, rest: str, form: str) -> HeadingParts:
    # Only a bar with blanks around it separates: a title may hold `a|b`.
    parts = [part.strip() for part in re.split(r"\s\|\s", f" {rest}", maxsplit=3)]
    if len(parts) >= 2 and looks_like_date(parts[1]):
        return _piped(entry_id, parts, form)
    return _prose(entry_id, rest, "variant" if form == "canonical" else form)


def _piped(entry_id: str, parts: list[str], form: str) -> HeadingParts:
    label = parts[0].strip(":- ")
    date, words = parts[1].rstrip("| "), parts[2:]
    category = words[0] if len(words) > 1 else ""
    title = words[-1] if words else ""
    if form == "canonical" and (label or not title):
        form = "variant"
    return HeadingParts(entry_id, form, f"{label}: {title}" if label else title, date, category)


def _prose(entry_id: str, rest: str, form: str) -> HeadingParts:
    date = status = ""
    found = _DATE_IN_PARENTHESES.search(rest)
    if found:
        date = found[1].strip()
        rest = f"{rest[: found.start()].rstrip()} {rest[found.end() :].lstrip()}"
    ending = _TRAILING_STATUS.search(rest.rstrip())
    if ending:
        rest = rest[: ending.start()]
        status = f"{ending[1]} {ending[2]}".strip() if ending[2] else ""
    return HeadingParts(entry_id, form, rest.strip(" \t:|-\u2013\u2014"), date, "", status)
