"""A dialect is data: how one kind of ledger writes its ids, headings, INDEX, META and words.

Everything that differs between ledgers is here, so that the parser, the checks and the renderer know
no ledger by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

# What a column of the INDEX table, or a field of an entry's body, says about the entry.
DATE, ID, TITLE, SUMMARY, STATUS, SEVERITY, OTHER = "date", "id", "title", "summary", "status", "severity", "other"


@dataclass(frozen=True)
class Column:
    """One column of the INDEX table: its header and what its cells say."""

    header: str
    role: str = OTHER


@dataclass(frozen=True)
class Dialect:
    """How one kind of ledger is written.

    ``prefix`` starts every id (``BUILD-163``). ``level`` is the heading level of the canonical entry heading
    ``ID | DATE | [CATEGORY |] TITLE``; at the other ``levels`` entries are understood too. ``statuses`` and
    ``severities`` are the words allowed there (compared without case and leading symbols); empty allows any.
    ``count_field`` is the META field that counts the entries, ``noun`` what the SUMMARY calls them.
    """

    name: str
    prefix: str
    columns: tuple[Column, ...]
    count_field: str
    noun: str
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
    roles: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", dict(self.field_roles))

    @property
    def id_expression(self) -> str:
        """A regular expression (no groups) for one id: the prefix, a number, and dotted parts of it."""
        return rf"{re.escape(self.prefix)}-\d+(?:\.\d+)*"

    @cached_property
    def id_pattern(self) -> re.Pattern[str]:
        """Matches one id as a whole."""
        return re.compile(self.id_expression)

    @cached_property
    def id_column(self) -> int:
        """Which column of the INDEX holds the id."""
        return next(i for i, column in enumerate(self.columns) if column.role == ID)


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
    severities=("LOW", "MEDIUM", "HIGH", "CRITICAL"),
)

DIALECTS: dict[str, Dialect] = {d.name: d for d in (BUILD_HISTORY, ARCHITECTURE_DECISIONS, DEBUG_LOG)}

# Ledger name -> (path, dialect): what is looked for when the configuration names no ledgers.
DEFAULT_LEDGERS: dict[str, tuple[str, str]] = {
    "build_history": ("docs/BUILD_HISTORY.md", "build-history"),
    "architecture": ("docs/ARCHITECTURE_DECISIONS.md", "architecture-decisions"),
    "debug_log": ("docs/DEBUG_LOG.md", "debug-log"),
}
