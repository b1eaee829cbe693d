"""A dialect is data: how one kind of ledger writes its ids, headings, INDEX, META and words.

Everything that differs between ledgers is here, so that the parser, the checks and the renderer know
no ledger by name. Users write their own in the configuration (``dialects:``) with the same keys; none of them is a
regular expression, so that no configuration can make a check slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

# What a column of the INDEX table, or a field of an entry's body, says about the entry.
DATE, ID, TITLE, SUMMARY, STATUS, SEVERITY, OTHER = "date", "id", "title", "summary", "status", "severity", "other"
SUPERSEDES, SUPERSEDED_BY = "supersedes", "superseded-by"
ROLES = (DATE, ID, TITLE, SUMMARY, STATUS, SEVERITY, SUPERSEDES, SUPERSEDED_BY, OTHER)

HEADINGS, FILES = "headings", "files"
"""What an entry is: a section under a heading with its id, or a whole file with its number in the name."""
NUMBERS, VERSIONS = "numbers", "versions"
"""What an id is: PREFIX-NUMBER, or a version such as 1.2.0."""
BOLD, PLAIN, FRONT_MATTER, SECTIONS, TABLE = "bold", "plain", "front-matter", "sections", "table"
"""Where fields stand: ``**Status**: x`` lines, ``Status: x`` lines (of known fields; a bullet may stand before them),
the YAML front matter of the file, a sub-section ``Status`` with the value as its text, or a table of two columns above
the first sub-heading, a row a field."""

PIPED = "{id} | {date} | {title}"
"""The heading of the ledgers with an INDEX; a category may stand before the title, with a bar behind it."""

LETTER = "[A-RT-Za-rt-z]"
"""What may stand behind the number of an entry's file: ``0034a``. An s is that of several (``the ADR-12s``)."""

_NUMBER = r"[0-9]+(?:\.[0-9]+)*"
_VERSION = r"[0-9]+(?:\.[0-9]+)+(?:(?:a|b|rc|\.dev|\.post)[0-9]+)*(?:-[0-9A-Za-z][0-9A-Za-z.-]*)?(?:\+[0-9A-Za-z][0-9A-Za-z.-]*)?"

_RELEASE = re.compile(r"([0-9]+(?:\.[0-9]+)*)(.*)")


class Column(NamedTuple):
    """One column of the INDEX table: its header and what its cells say."""

    header: str
    role: str = OTHER


@dataclass(frozen=True)
class Dialect:
    """Describe how one kind of ledger is written.

    **Ids.** ``prefix`` starts every id (``BUILD-163``), and a new one has at least ``digits`` digits; with
    ``ids`` VERSIONS there is no prefix and an id is a version.

    **Entries.** With ``entries`` HEADINGS each stands under a heading. With FILES each is a file whose name starts
    with its number (``0007-use-sqlite.md`` is ``ADR-0007``) and whose title is its level 1 heading. ``headings``
    are the forms of that heading, the first of them the one that is written: ``{id}`` or ``{number}``, ``{date}``,
    ``{title}``, ``{status}`` with text around them. ``level`` is the heading's level; at the other ``levels``
    entries are understood too. ``loose`` are headings of the entries' level without an id that may stand between
    entries, and ``sections`` those of higher levels (``INDEX`` is also ``INDEX (newest first)``); text below them is of
    no entry.

    **Fields** are read from the places ``fields`` lists; ``field_roles`` says what their names (lower case) mean.
    ``statuses`` and ``severities`` are the words allowed there (compared without case and leading symbols); empty
    allows any. With ``supersession`` both ends of "supersedes" and "superseded by" are checked.

    **Generated parts.** ``columns`` are those of the INDEX table (none: there is no INDEX), ``count_field`` is the META
    field that counts the entries (empty: there is no META), ``noun`` what the SUMMARY calls them. ``links``: each
    version has a link definition (``[1.0.0]: https://…``) at the end of the file, if any has.

    **New entries** are written from ``template``, in which ``{heading}`` is the heading with its number signs, ``{id}``,
    ``{number}``, ``{date}``, ``{title}`` and ``{status}`` (``first_status``) the values. With FILES it is a whole file,
    named by ``file_name``. Else it stands above the newest entry where ``newest_first`` (below a ``loose`` heading),
    and below the last one where not; its row, one cell a column by its role, stands likewise.
    """

    name: str
    prefix: str
    columns: tuple[Column, ...] = ()
    count_field: str = ""
    noun: str = "entries"
    level: int = 3
    levels: tuple[int, ...] = (2, 3)
    meta_fields: tuple[str, ...] = ("Last_Updated", "Format_Version")
    statuses: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    newest_first: bool = True
    field_roles: tuple[tuple[str, str], ...] = (
        ("title", TITLE),
        ("date", DATE),
        ("completed", DATE),
        ("status", STATUS),
        ("severity", SEVERITY),
    )
    entries: str = HEADINGS
    ids: str = NUMBERS
    digits: int = 3
    headings: tuple[str, ...] = (PIPED,)
    loose: tuple[str, ...] = ()
    sections: tuple[str, ...] = ("INDEX", "ENTRIES")
    fields: tuple[str, ...] = (BOLD,)
    links: bool = False
    supersession: bool = False
    first_status: str = "Planned"
    template: str = "{heading}\n\n**Status**: {status}\n"
    roles: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", dict(self.field_roles))

    @cached_property
    def id_expression(self) -> str:
        """Return a regular expression (no groups) for one id.

        The prefix, a number, and dotted parts of it; or a version.
        """
        letter = rf"(?:{LETTER}(?!\w))?" if self.entries == FILES else ""
        return _VERSION if self.ids == VERSIONS else rf"{re.escape(self.prefix)}-{_NUMBER}{letter}"

    @cached_property
    def id_pattern(self) -> re.Pattern[str]:
        """Matches one id as a whole."""
        return re.compile(self.id_expression)

    @property
    def heading_form(self) -> str:
        """Return the text of an entry's heading in words: ``ID | DATE | TITLE``."""
        text = re.sub(r"\{([a-z]+)\}", lambda match: match[1].upper(), self.headings[0])
        return text.replace("ID", "VERSION", 1) if self.ids == VERSIONS else text

    def names_section(self, heading: str) -> bool:
        """Return whether a heading is one of ``sections``, perhaps with a remark behind it."""
        text = heading.strip(" *[]").lower()
        return any(
            text.startswith(name) and not text[len(name) :].lstrip()[:1].isalnum()
            for name in (name.lower() for name in self.sections)
        )

    def make_id(self, number: int | str) -> str:
        """Return the id with this number, which may carry a letter: ``BUILD-007``, ``ADR-0034a``."""
        return f"{self.prefix}-{padded(number, self.digits)}"

    def normal(self, entry_id: str) -> str:
        """Return the one way to write an id.

        Only where a file's name gives the number do its leading zeros not matter.
        """
        tail = entry_id.rpartition("-")[2]
        return self.make_id(tail) if self.entries == FILES and "." not in tail else entry_id

    def file_number(self, path: str) -> str | None:
        """Return the number in the name of an entry's file (``0007-title.md``, ``adr-0034a.md``), or None."""
        match = self._file_pattern.match(PurePosixPath(path).name)
        return match[1] if match else None

    @cached_property
    def _file_pattern(self) -> re.Pattern[str]:
        # A name that starts with a date has no number, nor has `3d-models.md`.
        number = rf"[0-9]{{2,9}}{LETTER}|[0-9][a-c]|[0-9]{{1,9}}"
        prefix = re.escape(self.prefix)
        # Words of one's own around the prefix, as in `ODH-ADR-Operator-0001-title.md`; `tips-for-adr-2-of-us.md` has no number.
        words = rf"(?:[a-z]{{2,8}}[-_ ]){{0,2}}{prefix}[-_](?:[a-z]{{2,12}}[-_])?(?=[0-9]{{3}})"
        lead = rf"{prefix}[-_ ]?|{words}"
        return re.compile(rf"(?![0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?i:{lead})?({number})(?=[-_. ])")

    def file_name(self, number: int | str, title: str) -> str:
        """Return the name of a new entry's file: ``0007-use-sqlite.md``."""
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].rstrip("-")
        return f"{padded(number, self.digits)}{'-' if slug else ''}{slug}.md"

    def rank(self, entry_id: str) -> tuple[tuple[int, ...], bool, str]:
        """Sorts ids by their numbers; a pre-release (``1.0.0-rc.1``) comes before its release."""
        text = entry_id if self.ids == VERSIONS else entry_id.rpartition("-")[2]
        head = _RELEASE.match(text.partition("+")[0])
        numbers = tuple(int(part[:9]) for part in head[1].split(".")) if head else ()
        rest = head[2] if head else ""
        return numbers, self.ids != VERSIONS or not rest or rest.startswith(".post"), rest.lstrip("-")


def padded(number: int | str, digits: int) -> str:
    """Return a number, or one with a letter, with at least so many digits: ``0034a``."""
    text = str(number)
    letter = text[-1:] if text[-1:].isalpha() else ""
    return f"{int(text.removesuffix(letter)[:18]):0{digits}}{letter}"


BUILD_HISTORY = Dialect(
    name="build-history",
    prefix="BUILD",
    columns=(
        Column("Timestamp", DATE),
        Column("BUILD-ID", ID),
        Column("Phase"),
        Column("Summary", SUMMARY),
        Column("Files Changed"),
    ),
    count_field="Total_Builds",
    noun="build entries",
    sections=("INDEX", "BUILDS", "ENTRIES"),
)
ARCHITECTURE_DECISIONS = Dialect(
    name="architecture-decisions",
    prefix="DEC",
    columns=(
        Column("Timestamp", DATE),
        Column("DEC-ID", ID),
        Column("Decision", TITLE),
        Column("Status", STATUS),
        Column("Impact"),
    ),
    count_field="Total_Decisions",
    noun="decision(s)",
    sections=("INDEX", "DECISIONS", "ENTRIES"),
)
DEBUG_LOG = Dialect(
    name="debug-log",
    prefix="DBG",
    columns=(
        Column("Timestamp", DATE),
        Column("DBG-ID", ID),
        Column("Severity", SEVERITY),
        Column("Summary", SUMMARY),
        Column("Status", STATUS),
    ),
    count_field="Total_Issues",
    noun="debug session(s)",
    sections=("INDEX", "DEBUG ENTRIES", "ENTRIES"),
    severities=("LOW", "MEDIUM", "HIGH", "CRITICAL"),
)
_DECISION_ROLES = (
    ("title", TITLE),
    ("date", DATE),
    ("status", STATUS),
    ("supersedes", SUPERSEDES),
    ("replaces", SUPERSEDES),
    ("superseded by", SUPERSEDED_BY),
    ("superseded-by", SUPERSEDED_BY),
    ("replaced by", SUPERSEDED_BY),
    *((name, OTHER) for name in ("deciders", "decision-makers", "consulted", "informed", "tags", "technical story")),
)
MADR = Dialect(
    name="madr",
    prefix="ADR",
    noun="decisions",
    level=1,
    levels=(1,),
    statuses=("proposed", "rejected", "accepted", "deprecated", "superseded"),
    newest_first=False,
    field_roles=_DECISION_ROLES,
    entries=FILES,
    digits=4,
    headings=("{title}", "{number}. {title}", "{id}: {title}"),
    fields=(FRONT_MATTER, PLAIN, BOLD, SECTIONS, TABLE),
    supersession=True,
    first_status="proposed",
    template=(
        "---\nstatus: {status}\ndate: {date}\n---\n\n{heading}\n\n## Context and Problem Statement\n\n\n"
        "## Considered Options\n\n\n## Decision Outcome\n\n\n### Consequences\n"
    ),
)
NYGARD = Dialect(
    name="nygard",
    prefix="ADR",
    noun="decisions",
    level=1,
    levels=(1,),
    statuses=("proposed", "rejected", "accepted", "deprecated", "superseded", "supersedes", "amended", "amends"),
    newest_first=False,
    field_roles=_DECISION_ROLES,
    entries=FILES,
    digits=4,
    headings=("{number}. {title}", "{id}: {title}"),
    fields=(PLAIN, BOLD, SECTIONS, FRONT_MATTER, TABLE),
    supersession=True,
    first_status="Proposed",
    template="{heading}\n\nDate: {date}\n\n## Status\n\n{status}\n\n## Context\n\n\n## Decision\n\n\n## Consequences\n",
)
KEEP_A_CHANGELOG = Dialect(
    name="keep-a-changelog",
    prefix="",
    noun="versions",
    level=2,
    levels=(1, 2, 3),
    statuses=("YANKED",),
    field_roles=(),
    ids=VERSIONS,
    headings=(
        *("[{id}] - {date}", "{id} - {date}", "[{id}] - {date} [{status}]", "{id} - {date} [{status}]"),
        *("[{id}] ({date})", "{id} ({date})", "[{id}]", "{id}"),
    ),
    loose=("Unreleased",),
    sections=(),
    fields=(),
    links=True,
    first_status="",
    template="{heading}\n\n### Added\n",
)
DECISION_LOG = Dialect(
    name="decision-log",
    prefix="ADR",
    columns=(Column("ADR", ID), Column("Title", TITLE), Column("Status", STATUS), Column("Date", DATE)),
    noun="decisions",
    sections=("INDEX", "DECISIONS", "ENTRIES"),
    statuses=("proposed", "rejected", "accepted", "deprecated", "superseded"),
    newest_first=False,
    field_roles=_DECISION_ROLES,
    headings=("{id}: {title}", "{id} \u2014 {title}", "{id} \u2013 {title}", "{id} - {title}"),
    fields=(BOLD, PLAIN, TABLE),
    supersession=True,
    first_status="Proposed",
    template="{heading}\n\n**Status**: {status}\n**Date**: {date}\n\n#### Context\n\n\n#### Decision\n\n\n#### Consequences\n",
)

DIALECTS: dict[str, Dialect] = {
    d.name: d for d in (BUILD_HISTORY, ARCHITECTURE_DECISIONS, DEBUG_LOG, MADR, NYGARD, KEEP_A_CHANGELOG, DECISION_LOG)
}

# Ledger name -> (path, dialect): what is looked for when the configuration names no ledgers.
DEFAULT_LEDGERS: dict[str, tuple[str, str]] = {
    "build_history": ("docs/BUILD_HISTORY.md", "build-history"),
    "architecture": ("docs/ARCHITECTURE_DECISIONS.md", "architecture-decisions"),
    "debug_log": ("docs/DEBUG_LOG.md", "debug-log"),
}
