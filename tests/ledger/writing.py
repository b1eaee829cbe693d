"""Ledgers written from values, for property tests: entries, edits to them, and the text that they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import BUILD_HISTORY, DIALECTS
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.parse import parse_document

HEAD = "| Timestamp | BUILD-ID | Phase | Summary | Files Changed |\n|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Written:
    """One entry as it is written."""

    number: int
    day: int
    lines: tuple[str, ...]
    summary: str = "Short"

    @property
    def entry_id(self) -> str:
        return f"BUILD-{self.number:03}"

    @property
    def row(self) -> str:
        return f"| 2026-01-{self.day:02} | {self.entry_id} | Phase | {self.summary} | 1 |\n"

    @property
    def section(self) -> str:
        body = "\n".join(self.lines)
        return f"### {self.entry_id} | 2026-01-{self.day:02} | Title\n\n**Status**: Complete\n\n{body}\n"


@dataclass(frozen=True)
class Page:
    """A ledger as it is written, and what it counts."""

    entries: tuple[Written, ...]
    intro: str = "Intro."
    outro: str = ""
    count: int | None = None

    @property
    def text(self) -> str:
        count = len(self.entries) if self.count is None else self.count
        meta = f"<!-- META\nLast_Updated: 2026-01-01T00:00:00Z\nTotal_Builds: {count}\nFormat_Version: 2.0\n-->\n"
        rows = "".join(entry.row for entry in self.entries)
        sections = "\n".join(entry.section for entry in self.entries)
        outro = f"\n## Notes\n\n{self.outro}\n" if self.outro else ""
        return f"# Ledger\n\n{self.intro}\n\n{meta}\n## INDEX\n\n{HEAD}{rows}\n## BUILDS\n\n{sections}{outro}"


def parse(source: SourceText) -> Document:
    """Read a build history."""
    return parse_document(source, "build_history", BUILD_HISTORY, list(DIALECTS.values())[:3])


def source(text: str) -> SourceText:
    """A text as a file."""
    return SourceText.from_text(str(Path("docs", "BUILD_HISTORY.md")), text)


WORDS = st.text("abc `*_|é🙂.", min_size=1, max_size=12).filter(lambda text: text.strip())
LINES = st.lists(WORDS.map(lambda text: f"x {text.strip()}"), min_size=1, max_size=4).map(tuple)


@st.composite
def pages(draw: st.DrawFn) -> Page:
    """A ledger of up to six entries, newest first."""
    numbers = sorted(draw(st.sets(st.integers(1, 8), min_size=1, max_size=6)), reverse=True)
    entries = tuple(Written(n, n, draw(LINES)) for n in numbers)
    return Page(entries, draw(st.sampled_from(["Intro.", "Intro.\n\nMore."])), draw(st.sampled_from(["", "A note."])))


Edit = tuple[str, int, str]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "change", "change", "append", "delete", "row", "intro", "outro", "count"]),
        st.integers(0, 11),
        st.sampled_from(["p", "q", "r"]),
    ),
    max_size=4,
)


def edited(page: Page, edits: list[Edit], mark: str) -> Page:
    """``page`` after ``edits``; all that is written holds ``mark``, so that it can be found again."""
    for number, (kind, where, word) in enumerate(edits):
        text = f"{mark}{number}{word}"
        entries = list(page.entries)
        at = where % len(entries) if entries else None
        if kind == "add" and not any(entry.number == where + 9 for entry in entries):
            place = next((i for i, entry in enumerate(entries) if entry.number < where + 9), len(entries))
            entries.insert(place, Written(where + 9, where + 9, (text,)))
        elif kind == "delete" and at is not None:
            del entries[at]
        elif kind == "change" and at is not None:
            entries[at] = replace(entries[at], lines=(text, *entries[at].lines[1:]))
        elif kind == "append" and at is not None:
            entries[at] = replace(entries[at], lines=(*entries[at].lines, text))
        elif kind == "row" and at is not None:
            entries[at] = replace(entries[at], summary=text)
        elif kind == "intro":
            page = replace(page, intro=f"{page.intro}\n\n{text}")
        elif kind == "outro":
            page = replace(page, outro=text)
        elif kind == "count":
            page = replace(page, count=where)
        page = replace(page, entries=tuple(entries))
    return page
