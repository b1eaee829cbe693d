"""Entry headings: the canonical form of a dialect, and the other forms that real people write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from autopack_hooks.ledger.dates import looks_like_date
from autopack_hooks.ledger.dialect import FILES, LETTER, PIPED, VERSIONS, Dialect
from autopack_hooks.ledger.versions import is_linked, plain_version, usual

_DATE_LIKE = r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:[T ][0-9]{2}:[0-9:.]+ ?(?:Z|UTC|[+-][0-9:]+)?)?"
_DATE_IN_PARENTHESES = re.compile(r"\((\d{4}-\d{1,2}-\d{1,2}[^()]*)\)")
END_OF_ID = r"(?=$|[\s:|,;(\u2013\u2014\uff1a\uff08]|-\s|\.\s)"
"""After an id only white space or punctuation that no id has; `BUILD-145-FOLLOWUP` is some other name."""
_AROUND = " \t:|-\u2013\u2014\uff1a"
_TRAILING_STATUS = re.compile(r"([\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?)\s*([A-Z][A-Z -]*)?$")


@dataclass(frozen=True)
class HeadingParts:
    """Hold the parts of an entry heading; a part that is not there is empty. ``form`` is that of Section."""

    entry_id: str
    form: str
    title: str = ""
    date: str = ""
    category: str = ""
    status: str = ""


@cache
def _patterns(dialect: Dialect) -> tuple[re.Pattern[str], re.Pattern[str]]:
    if dialect.ids == VERSIONS:
        return re.compile(rf"\[?({dialect.id_expression})(?:\]|{END_OF_ID})"), re.compile(r"(?!)")
    exact = re.compile(rf"({dialect.id_expression}){END_OF_ID}")
    number = r"[0-9]+(?:\.[0-9]+)*" + (f"{LETTER}?" if dialect.entries == FILES else "")
    # Near misses are told apart from prose by their capitals (`BUILD 12`) or their hyphen (`build-12`).
    near = re.compile(
        rf"(?:{dialect.prefix}(?:[ _]|-\s+|\s+-\s*)?|(?i:{dialect.prefix})-|{dialect.prefix}#)({number}){END_OF_ID}"
    )
    return exact, near


def parse_heading(text: str, level: int, dialect: Dialect) -> HeadingParts | None:
    """Read a heading's ``text``; None where it is no entry heading of ``dialect``."""
    if level not in dialect.levels:
        return None
    if dialect.ids == VERSIONS:
        return _parse_version(text, level, dialect)
    text = text.strip().strip("*").strip()
    if dialect.headings[0] != PIPED:
        said = in_form(text, dialect) if level == dialect.level else None
        if said:
            return HeadingParts(said["id"], "canonical", said.get("title", ""), said.get("date", ""), "", _status(said))
    exact, near = _patterns(dialect)
    match = exact.match(text)
    if not match:
        guess = near.match(text)
        if not guess:
            return None
        return describe(f"{dialect.prefix}-{guess[1]}", text[guess.end() :], "malformed")
    canonical = level == dialect.level and dialect.headings[0] == PIPED
    return describe(match[1], text[match.end() :], "canonical" if canonical else "variant")


def _parse_version(text: str, level: int, dialect: Dialect) -> HeadingParts | None:
    """Read the heading of a version; on another level than the dialect's, only one that says nothing else."""
    plain = plain_version(text)
    said = in_form(plain, dialect) or in_form(usual(plain), dialect)
    if said:
        version, date = said["id"], said.get("date", "")
        if level == dialect.level or date or is_linked(text) or version.count(".") > 1:
            return HeadingParts(version, "canonical", said.get("title", ""), date, "", _status(said))
    match = _patterns(dialect)[0].match(plain) if level == dialect.level else None
    return describe(match[1], plain[match.end() :], "variant") if match else None


def parse_title(text: str, number: str, dialect: Dialect) -> HeadingParts:
    """Read the title of the file with this ``number``; ``form`` is malformed where the heading has another number."""
    entry_id, text = dialect.make_id(number), text.strip()
    said = in_form(text, dialect)
    form = "variant" if said is None and text else "malformed" if said is None else "canonical"
    said = said or {"title": text}
    number_id = dialect.normal(said["id"]) if "id" in said else None
    number_id = dialect.make_id(said["number"]) if "number" in said else number_id
    exact, near = _patterns(dialect)
    guess = None if number_id else exact.match(text) or near.match(text)
    if guess:
        # The id in some other way, such as `ADR 7 - Use SQLite`: it is no part of the title.
        number_id = dialect.normal(f"{dialect.prefix}-{guess[1].rpartition('-')[2]}")
        said["title"] = text[guess.end() :].lstrip(_AROUND).lstrip(".,; ")
    if number_id not in (None, entry_id):
        form = "malformed"
    return HeadingParts(entry_id, form, said.get("title", ""), said.get("date", ""), "", _status(said))


def _status(said: Mapping[str, str]) -> str:
    return said.get("status", "")


def in_form(text: str, dialect: Dialect) -> dict[str, str] | None:
    """Return what a heading in one of the dialect's forms says, by placeholder.

    The forms that say most are tried first.
    """
    for form in _forms(dialect):
        match = form.fullmatch(text)
        if match:
            return match.groupdict()
    return None


@cache
def _forms(dialect: Dialect) -> list[re.Pattern[str]]:
    """Return the dialect's headings as patterns. Each has one part of any length at most, so that none can be slow."""
    words = "|".join(re.escape(word) for word in dialect.statuses)
    parts = {
        "id": dialect.id_expression,
        "number": f"[0-9]{{1,9}}{LETTER}?",
        "date": _DATE_LIKE,
        "title": r"\S(?:.*\S)?",
        "status": f"(?i:{words})" if words else r"[A-Za-z-]+",
    }
    forms = sorted(dialect.headings, key=lambda form: -form.count("{"))
    return [re.compile("".join(_compiled(part, parts) for part in re.split(r"(\{[a-z]+\})", form))) for form in forms]


def _compiled(part: str, parts: Mapping[str, str]) -> str:
    if part.startswith("{"):
        return f"(?P<{part[1:-1]}>{parts[part[1:-1]]})"
    return r"\s+".join(re.escape(piece) for piece in re.split(r"\s+", part))


def describe(entry_id: str, rest: str, form: str) -> HeadingParts:
    """Return what ``rest``, the text of a heading behind its id, says."""
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
    return HeadingParts(entry_id, form, rest.strip(_AROUND).lstrip(".,; "), date, "", status)
