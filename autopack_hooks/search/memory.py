"""The entries of all ledgers as answers show them, and which of them are in force, open or superseded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from autopack_hooks.ledger.dialect import FILES, STATUS, SUPERSEDED_BY, SUPERSEDES, VERSIONS, Dialect
from autopack_hooks.ledger.model import Entry, Ledger
from autopack_hooks.search.gist import gist, plain

DECISIONS, PROBLEMS, RELEASES, HISTORY = "decisions", "problems", "releases", "history"
"""The kinds of ledgers."""

_NOT_IN_FORCE = re.compile(
    r"(?i)\b(?:superseded|replaced|deprecated|rejected|withdrawn|obsolete|abandoned|proposed|draft|pending|reverted)\b"
)
_OPEN = re.compile(
    r"(?i)\b(?:open|reopened|new|active|todo|wip|unresolved|unfixed|ongoing|blocked|pending|partial(?:ly)?|monitoring"
    r"|investigat\w+|in progress|needs \w+|known issue)\b"
)
_REPLACED = re.compile(r"(?i)\b(?:superseded|replaced)\b")
_DOCUMENT = re.compile(r"\]\(<?(?![a-z][a-z0-9+.-]*://)([^)\s>#]+\.md)")
_LONGEST_STATUS = 60


class KnownEntry(NamedTuple):
    """Hold one entry of a ledger: what it is, the day (``2026-01-03``, "" unknown), where it stands, and what it says.

    ``status`` is without marks and symbols. ``superseded_by`` are ids. ``kind`` is that of its ledger.
    """

    ledger: str
    entry_id: str
    kind: str
    title: str
    day: str
    status: str
    path: str
    line: int
    gist: str
    superseded_by: tuple[str, ...] = ()

    @property
    def superseded(self) -> bool:
        """Return whether another entry has taken its place."""
        return bool(self.superseded_by) or _REPLACED.search(self.status) is not None

    @property
    def in_force(self) -> bool:
        """Return whether it is a decision that counts today."""
        return self.kind == DECISIONS and not self.superseded and not _NOT_IN_FORCE.search(self.status)

    @property
    def open_problem(self) -> bool:
        """Return whether it is a problem whose status says that it is not solved."""
        return self.kind == PROBLEMS and _OPEN.search(self.status) is not None

    @property
    def shown_status(self) -> str:
        """Return the status in lower case; that of a superseded entry says so."""
        status = self.status.lower()
        if self.superseded_by and not _REPLACED.search(status):
            return f"superseded by {', '.join(self.superseded_by)}"
        return status or ("superseded" if self.superseded else "no status")

    def in_line(self) -> str:
        """Return it as one line that carries what it says: ``DEC-014 2026-01-02 (accepted) Title: the decision``."""
        said = self.gist if self.gist and not self.title.lower().startswith(self.gist.lower()) else ""
        title = "" if self.title == self.entry_id else self.title  # a version is its own title
        text = said if said.lower().startswith(title.lower()) else f"{title}: {said}" if said else title
        status = "" if not (title or self.status) else f" ({self.shown_status.replace('(', '[').replace(')', ']')})"
        return f"{self.entry_id} {self.day or 'undated'}{status} {text}".rstrip()


class Memory:
    """The entries of ``ledgers``, newest first."""

    def __init__(self, ledgers: Sequence[Ledger]) -> None:
        self.ledgers = ledgers
        replaced = _superseded(ledgers)
        rows = [
            ((known.day, ledger.dialect.rank(known.entry_id)), known)
            for ledger in ledgers
            for known in (_known(ledger, entry, replaced) for entry in ledger.entries.values())
        ]
        self.entries = [known for _, known in sorted(rows, key=lambda row: row[0], reverse=True)]

    @cached_property
    def texts(self) -> dict[tuple[str, str], str]:
        """Ledger and id -> the whole text of an entry."""
        return {
            (ledger.name, entry_id): entry.content
            for ledger in self.ledgers
            for entry_id, entry in ledger.entries.items()
        }

    @cached_property
    def cites(self) -> dict[tuple[str, str], list[str]]:
        """Ledger and id -> the ids of other entries that it names, each once, in the order of the text."""
        pattern, known = _ids_of(self.ledgers)
        files = {s.path.rpartition("/")[2]: s.entry_id for led in self.ledgers if _in_files(led) for s in led.sections}
        found = {}
        for key, text in self.texts.items():
            names = [_normal(match, self.ledgers) for match in pattern.findall(text)] if pattern else []
            names += [files.get(match.rpartition("/")[2], "") for match in _DOCUMENT.findall(text)] if files else []
            found[key] = [name for name in dict.fromkeys(names) if name in known and name != key[1]]
        return found

    @cached_property
    def cited_by(self) -> dict[str, list[str]]:
        """Id -> the ids of the entries that name it, the newest first."""
        found: dict[str, list[str]] = {}
        for entry in self.entries:
            for name in self.cites[entry.ledger, entry.entry_id]:
                found.setdefault(name, []).append(entry.entry_id)
        return found


def kind_of(dialect: Dialect) -> str:
    """Return what kind of ledger a dialect writes, by what it knows of its entries."""
    if dialect.ids == VERSIONS:
        return RELEASES
    if dialect.severities:
        return PROBLEMS
    return DECISIONS if dialect.supersession or "decision" in dialect.noun else HISTORY


def plain_status(text: str) -> str:
    """Return a status without marks and leading symbols, on one line."""
    return re.sub(r"^[^\w(]+", "", plain(text))[:_LONGEST_STATUS].strip()


def _known(ledger: Ledger, entry: Entry, replaced: dict[tuple[str, str], list[str]]) -> KnownEntry:
    first = next(iter(entry.sections), None) or entry.rows[0]
    status, date = entry.value(STATUS), entry.date
    return KnownEntry(
        ledger.name,
        entry.entry_id,
        kind_of(ledger.dialect),
        plain(entry.title),
        f"{date:%Y-%m-%d}" if date else "",
        plain_status(status.text) if status else "",
        first.path,
        first.line,
        gist(entry),
        tuple(replaced.get((ledger.name, entry.entry_id), ())),
    )


def _superseded(ledgers: Iterable[Ledger]) -> dict[tuple[str, str], list[str]]:
    """Return ledger and id -> the ids that supersede it, as either side says."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for ledger in ledgers:
        for section in ledger.sections:
            for relation in section.relations:
                old, new = section.entry_id, relation.entry_id
                if relation.kind == SUPERSEDES:
                    old, new = new, old
                if relation.kind in (SUPERSEDES, SUPERSEDED_BY) and new in ledger.entries:
                    found.setdefault((ledger.name, old), {})[new] = None
    return {key: list(ids) for key, ids in found.items()}


def _ids_of(ledgers: Sequence[Ledger]) -> tuple[re.Pattern[str] | None, set[str]]:
    """Return a pattern for the ids of all ledgers but versions, which are written everywhere, and the ids themselves."""
    named = [ledger for ledger in ledgers if ledger.dialect.ids != VERSIONS]
    expressions = dict.fromkeys(ledger.dialect.id_expression for ledger in named)
    known = {entry_id for ledger in named for entry_id in ledger.entries}
    if not expressions:
        return None, known
    return re.compile(rf"(?<![\w.#/\\-])(?:{'|'.join(expressions)})(?![\w/-]|\.\w)"), known


def _in_files(ledger: Ledger) -> bool:
    return ledger.dialect.entries == FILES


def _normal(entry_id: str, ledgers: Sequence[Ledger]) -> str:
    prefix = entry_id.rpartition("-")[0]
    return next((ledger.dialect.normal(entry_id) for ledger in ledgers if ledger.dialect.prefix == prefix), entry_id)
