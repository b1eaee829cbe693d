"""What supersedes what: "superseded by ADR-0003", "Supersedes [1. Use Markdown](0001-use-markdown.md)"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from autopack_hooks.ledger.dialect import LETTER, STATUS, SUPERSEDED_BY, SUPERSEDES, Dialect
from autopack_hooks.ledger.fields import Field
from autopack_hooks.ledger.model import Relation

_VERB = re.compile(r"(?i)\b(?:(supersedes|replaces)|(?:superseded|replaced)[ -]by)\b")
_OTHER_VERB = re.compile(r"(?i)\b(?:amend|clarif|relate|obsolete)\w*")
# A link into this repository: what is elsewhere has other numbers.
_DESTINATION = re.compile(r"\]\(\s*<?(?![a-z][a-z0-9+.-]*://)([^)\s>]*)")
# `#3` is an issue, not an entry.
_LEADING_NUMBER = re.compile(rf"[\s:(\[]*([0-9]{{1,9}}{LETTER}?)\b(?![-/.]\d)")


def find_relations(fields: Iterable[Field], dialect: Dialect) -> Iterator[Relation]:
    """Yield the relations that the status and the fields made for them name."""
    for key, value in fields:
        role = dialect.roles.get(key.lower())
        if role in (SUPERSEDES, SUPERSEDED_BY):
            for entry_id, at in _targets(value.text, dialect):
                yield Relation(role, entry_id, value.line, value.column + at)
        elif role == STATUS:
            verbs = list(_VERB.finditer(value.text))
            stops = [*(verb.start() for verb in verbs[1:]), len(value.text)]
            for verb, stop in zip(verbs, stops, strict=False):
                kind = SUPERSEDES if verb[1] else SUPERSEDED_BY
                rest = _OTHER_VERB.split(value.text[verb.end() : stop], maxsplit=1)[0]
                for entry_id, at in _targets(rest, dialect):
                    yield Relation(kind, entry_id, value.line, value.column + verb.end() + at)


def _targets(text: str, dialect: Dialect) -> Iterator[tuple[str, int]]:
    """Yield the ids in ``text`` and where.

    Those that links lead to, else those that it names, else a number at its start.
    """
    linked = [(match, dialect.file_number(match[1].partition("#")[0])) for match in _DESTINATION.finditer(text)]
    found = [(dialect.make_id(number), match.start(1)) for match, number in linked if number is not None]
    if not found:
        ids = _loose_id(dialect).finditer(text)
        found = [(dialect.normal(f"{dialect.prefix}-{match[1]}"), match.start()) for match in ids]
    number = None if found else _LEADING_NUMBER.match(text)
    if number:
        found = [(dialect.make_id(number[1]), number.start(1))]
    seen: set[str] = set()
    for entry_id, at in found:
        if entry_id not in seen:
            seen.add(entry_id)
            yield entry_id, at


@cache
def _loose_id(dialect: Dialect) -> re.Pattern[str]:
    """Return an id as people write it in a status: ``ADR-0003``, ``ADR 3``, ``adr_3``."""
    return re.compile(rf"(?<![\w./-])(?i:{re.escape(dialect.prefix)})[-_ ]?([0-9]+(?:\.[0-9]+)*{LETTER}?)(?![\w-])")
