"""The form that most files of a folder share: how their names and titles are written around the number.

A new file is written as its siblings are, and a title in another form is odd only where it is odd among them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple, TypeVar

from autopack_hooks.ledger.dialect import LETTER, TITLE, Dialect, padded
from autopack_hooks.ledger.model import Document, Section

_TITLE = re.compile(
    rf"(?P<lead>[^0-9]{{0,24}}?)(?P<number>[0-9]{{1,9}}{LETTER}?)(?P<gap>\s*(?:[.:)|\]]+|-{{1,3}}|[\u2013\u2014\uff1a])?(?:\s+|$))(?P<rest>.*)"
)
_NAME = re.compile(
    rf"(?P<lead>[^0-9]*)(?P<number>[0-9]{{1,9}}{LETTER}?)(?P<gap>[-_. ]+)(?P<rest>.*?)(?P<ending>\.[A-Za-z]+)"
)
T = TypeVar("T", bound=Hashable)


class TitleForm(NamedTuple):
    """A title is ``lead``, the number with at least ``digits`` digits, ``gap``, and the words.

    ``even``: most numbers have as many digits.
    """

    lead: str
    digits: int
    gap: str
    even: bool = True

    @property
    def words(self) -> str:
        """Return the form in words: ``ADR-NUMBER: TITLE``."""
        return f"{self.lead}NUMBER{self.gap}TITLE"

    def write(self, entry_id: str, title: str) -> str:
        """Return the title of an entry."""
        return f"{self.lead}{padded(entry_id.rpartition('-')[2], self.digits)}{self.gap}{title}".rstrip()


class NameForm(NamedTuple):
    """A file's name is ``lead``, the number with at least ``digits`` digits, ``gap``, its words joined, and ``ending``."""

    lead: str
    digits: int
    gap: str
    joint: str
    lower: bool
    ending: str

    def write(self, entry_id: str, title: str) -> str:
        """Return the name of an entry's file."""
        text = title.lower() if self.lower else title
        words = re.sub(r"[^A-Za-z0-9]+", self.joint, text).strip(self.joint)[:60].rstrip(self.joint)
        return f"{self.lead}{padded(entry_id.rpartition('-')[2], self.digits)}{self.gap if words else ''}{words}{self.ending}"


def title_form(documents: Sequence[Document]) -> TitleForm | None:
    """Return the form of most titles; None where there is none, as where most have no number."""
    sections = [section for document in documents for section in document.sections if section.heading]
    found = [_around(section) for section in sections]
    shapes = [(match["lead"], match["gap"]) if match else None for match in found]
    # The words before a number are a form only if others write them as well: `Use 2 disks` is prose.
    alone = {shape for shape, count in Counter(shapes).items() if count == 1}
    prose = [match is not None and _is_prose(match, section) for match, section in zip(found, sections, strict=True)]
    shape = _most([None if odd and shape in alone else shape for shape, odd in zip(shapes, prose, strict=True)])
    if shape is None:
        return None
    numbers = [match["number"] for match in found if match and (match["lead"], match["gap"]) == shape]
    digits = _digits(numbers)
    return TitleForm(shape[0], digits, shape[1], sum(padded(n, digits) == n for n in numbers) * 2 > len(numbers))


def fits(section: Section, form: TitleForm) -> bool:
    """Return whether a section's title has a form."""
    match = _around(section)
    if match is None or (match["lead"], match["gap"]) != (form.lead, form.gap):
        return False
    return not form.even or section.heading.strip() == form.write(section.entry_id, match["rest"])


def is_odd(section: Section, form: TitleForm | None) -> bool:
    """Return whether a title is not in the ``form`` of most titles, or, without one, in none of the dialect's."""
    if not section.heading or section.form == "malformed":
        return False
    return not fits(section, form) if form else section.form == "variant"


def title_like(section: Section, form: TitleForm) -> str:
    """Return a section's title in a form."""
    match = _around(section)
    said = section.values.get(TITLE)
    words = match["rest"] if match and not _is_prose(match, section) else said.text if said else ""
    return form.write(section.entry_id, words)


def name_form(dialect: Dialect, documents: Sequence[Document]) -> NameForm:
    """Return the form of most file names; that of the dialect where there are none."""
    names = [PurePosixPath(document.path).name for document in documents if document.sections]
    found = [match for name in names if (match := _NAME.fullmatch(name))]
    lead = _most([match["lead"] for match in found]) if found else ""
    lead = lead if lead is not None else ""
    alike = [match for match in found if match["lead"] == lead]
    digits = _digits(match["number"] for match in alike) if alike else dialect.digits
    gap = _common((match["gap"] for match in alike), "-")
    joints = (joint for match in alike for joint in "-_ " if joint in match["rest"])
    lower = not _common((match["rest"] != match["rest"].lower() for match in alike), False)
    ending = _common((match["ending"] for match in alike), ".md")
    return NameForm(lead, digits, gap, _common(joints, gap if gap in "-_" else "-"), lower, ending)


def newest_folder(dialect: Dialect, documents: Sequence[Document]) -> str | None:
    """Return the folder of the entry with the highest number; None without entries."""
    entries = [
        (dialect.rank(section.entry_id), document.path) for document in documents for section in document.sections
    ]
    return PurePosixPath(max(entries)[1]).parent.as_posix() if entries else None


def _around(section: Section) -> re.Match[str] | None:
    """Return a title taken apart at the number of its entry."""
    match = _TITLE.fullmatch(section.heading.strip())
    number = section.entry_id.rpartition("-")[2]
    if match is None or padded(match["number"], 1) != padded(number, 1):
        return None
    return match


def _is_prose(match: re.Match[str], section: Section) -> bool:
    """Return whether nothing sets a number apart from the words before it, and those are not the ids' prefix."""
    lead = match["lead"].strip(" #-_")
    return not match["gap"].strip() and lead.lower() not in ("", section.entry_id.rpartition("-")[0].lower())


def _digits(numbers: Iterable[str]) -> int:
    """Return how many digits numbers have at least: as many as those that start with a zero."""
    digits = [re.sub(r"\D", "", number) for number in numbers]
    filled = [len(number) for number in digits if number.startswith("0")]
    short = [1 for number in digits if len(number) == 1 or (len(number) == 2 and not number.startswith("0"))]
    return _common([*filled, *(short if len(short) > len(filled) else [])], min(map(len, digits), default=1))


def _most(found: Sequence[T]) -> T | None:
    """Return what more than half of ``found`` are."""
    value, count = Counter(found).most_common(1)[0] if found else (None, 0)
    return value if count * 2 > len(found) else None


def _common(found: Iterable[T], default: T) -> T:
    """Return what is commonest; of equals the first."""
    return next((value for value, _ in Counter(found).most_common(1)), default)
