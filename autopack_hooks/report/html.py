"""One HTML page about a project: what its ledgers say, how its links are, and how fresh its targets.

The page runs no script and asks for nothing: style and charts are in it. The same values give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import jinja2
from markupsafe import Markup, escape

from autopack_hooks.core.words import counted
from autopack_hooks.report.charts import BarChart, Series, bar_chart, meter, timeline

_LONGEST, _MOST_BYTES = 320, 640
"""Of one text, in characters and in bytes of HTML, so that the largest page stays small."""
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that a page must not hold, or that show a text in another order than it is written in."""


class ListedEntry(NamedTuple):
    """Hold an entry as the page shows it; ``text`` is what it says, ``place`` its file and line."""

    entry_id: str
    title: str
    day: str
    status: str
    text: str
    place: str


class EntryList(NamedTuple):
    """Hold the first entries of a list, and how many it has."""

    shown: Sequence[ListedEntry] = ()
    total: int = 0


NOTHING = EntryList()


class CitedEntry(NamedTuple):
    """Hold an entry with the first ids that cite it, and how many do."""

    entry: ListedEntry
    cited_by: Sequence[str]
    total: int


class DebtSample(NamedTuple):
    """Hold how many findings the ledgers of a commit have."""

    commit: str
    day: str
    errors: int
    warnings: int

    @property
    def total(self) -> int:
        return self.errors + self.warnings


class CountedName(NamedTuple):
    """Hold a name and how often it occurs."""

    name: str
    number: int


class Ranking(NamedTuple):
    """Hold the most frequent names, and how many there are."""

    shown: Sequence[CountedName] = ()
    total: int = 0

    @property
    def top(self) -> int:
        return max((item.number for item in self.shown), default=0)


class LinkSummary(NamedTuple):
    """Hold what a deep scan found; ``certain`` and ``likely`` count the faults with such a fix."""

    documents: int
    broken: int
    certain: int
    likely: int
    categories: Sequence[CountedName]
    sources: Ranking
    wanted: Ranking


class TargetState(NamedTuple):
    """Hold how fresh a target is: a word on its state (such as ``fresh``), what differs, and a note."""

    name: str
    state: str
    difference: str
    note: str
    url: str = ""


class LedgerLine(NamedTuple):
    """Hold a ledger's name, file, number of entries, and first and last day."""

    name: str
    path: str
    entries: int
    first: str
    last: str


@dataclass(frozen=True)
class ReportPage:
    """Hold everything that the page shows. ``commit`` and ``day`` are "" without a commit; None is what could not be read."""

    project: str
    commit: str = ""
    day: str = ""
    ledgers: Sequence[LedgerLine] = ()
    days: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: EntryList = NOTHING
    in_force: EntryList = NOTHING
    superseded: EntryList = NOTHING
    newest: EntryList = NOTHING
    cited: Sequence[CitedEntry] = ()
    citations: int = 0
    links: LinkSummary | None = None
    debt: Sequence[DebtSample] = ()
    targets: Sequence[TargetState] = ()
    notes: Sequence[str] = ()

    @property
    def entries(self) -> int:
        """The number of all entries."""
        return sum(ledger.entries for ledger in self.ledgers)

    @property
    def undated(self) -> int:
        """The number of entries without a day."""
        return sum(not day for days in self.days.values() for day in days)


def render_page(page: ReportPage) -> bytes:
    """Return the page as HTML in UTF-8."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("autopack_hooks.report", "templates"),
        autoescape=True,
        finalize=_bounded,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(counted=counted, meter=meter)
    environment.filters["path"] = _path
    template = environment.get_template("page.html.jinja")
    return template.render(page=page, timeline=timeline(page.days), debt=_debt_chart(page.debt)).encode()


def _debt_chart(samples: Sequence[DebtSample]) -> BarChart | None:
    if not samples:
        return None
    series = [
        Series("errors", [sample.errors for sample in samples]),
        Series("warnings", [sample.warnings for sample in samples]),
    ]
    return bar_chart(series, [f"{sample.day} {sample.commit[:7]}" for sample in samples])


def _bounded(value: object) -> object:
    """Return a text of a file without what steers a page, and not longer than a page can bear; markup of our own as it is."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = _STEERING.sub("\ufffd", value)
    most = _LONGEST
    shown = _cut(text, most)
    while len(escape(shown).encode()) > _MOST_BYTES:
        most = most * 3 // 4
        shown = _cut(text, most)
    return shown


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "\u2026"


def _path(text: str) -> Markup:
    """Return a path that breaks at its separators where a line is too short for it."""
    return Markup(re.sub(r"([/_])(?!\Z)", r"\1<wbr>", str(escape(_bounded(text)))))
