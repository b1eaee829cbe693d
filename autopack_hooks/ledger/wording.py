"""Compare what an INDEX row says with what a section says: the same in other words does not contradict."""

from __future__ import annotations

import re

from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.dialect import DATE, STATUS, TITLE

COMPARED = (DATE, TITLE, STATUS)
"""The roles that a row repeats; a summary or a severity is a row's own."""

_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])?")
_STRUCK = re.compile(r"~~[^~]*~~")
_REMARK = re.compile(r"[(\[{,;:\u2013\u2014\uff08]|\s-\s|\.\s")
_WORD = re.compile(r"[\w+#%]+")
_CUT = 40
"""From how many characters on a title that breaks off counts as cut; tools cut at 50 without a sign of it."""


def agrees(role: str, row: str, section: str) -> bool:
    """Return whether a row's cell and a section's value of a role say the same, as far as both say something."""
    if row == section:
        return True
    if role == DATE:
        return _same_day(row, section)
    if role == STATUS:
        return _same_status(_plain(row), _plain(section))
    return _same_title(_plain(row), _plain(section))


def _same_day(one: str, other: str) -> bool:
    days = parse_date(one), parse_date(other)
    if not days[0] or not days[1]:
        return True  # an unreadable date is another finding
    return days[0].date() == days[1].date() or one.strip()[:10] == other.strip()[:10]


def _same_title(one: str, other: str) -> bool:
    """Compare titles, of which one may have been cut."""
    (short, cut), (long, _) = sorted([(_words(text), _is_cut(text)) for text in (one, other)], key=lambda t: len(t[0]))
    return short == long or ((cut or len(short) >= _CUT) and long.startswith(short))


def _is_cut(text: str) -> bool:
    return text.rstrip().endswith(("...", "\u2026"))


def _same_status(one: str, other: str) -> bool:
    """Compare statuses without the remarks behind them; `Superseded` is also `Superseded by DEC-002`."""
    heads = [_words(_REMARK.split(re.sub(r"^\W+", "", text), maxsplit=1)[0]) for text in (one, other)]
    short, long = sorted(heads, key=len)
    return long.startswith(short)


def _words(text: str) -> str:
    """Return the words of a text, without case, marks and symbols."""
    return " ".join(filter(None, (word.strip("_") for word in _WORD.findall(text.casefold()))))


def _plain(text: str) -> str:
    """Return a text without the targets of its links and what is struck out."""
    return _LINK.sub(r"\1", _STRUCK.sub(" ", text))
