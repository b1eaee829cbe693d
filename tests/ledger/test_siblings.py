"""Files are named and titled as most of their folder are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.fix import fix_document
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.ledger.siblings import name_form, newest_folder, title_form
from tests.ledger.folders import ledger_of, told

NYGARD = DIALECTS["nygard"]


def files(*named: str) -> dict[str, str]:
    """Files of a folder, each given as ``NAME # TITLE``."""
    return {f"docs/adr/{name}": f"# {title}\n\nText.\n" for name, _, title in (text.partition(" # ") for text in named)}


@pytest.mark.parametrize(
    ("there", "name", "title"),
    [
        ([], "0035-use-it.md", None),
        (["0001-a.md # 1. A", "0034a-b.md # 34a. B"], "0035-use-it.md", "35. Use it"),
        (["ADR-001-a.md # ADR-001: A", "ADR-002-b.md # ADR-002: B"], "ADR-035-use-it.md", "ADR-035: Use it"),
        (["adr-001-a.md # ADR 001: A"], "adr-035-use-it.md", "ADR 035: Use it"),
        (["adr_0001_a_b.md # ADR-0001 \u2014 A"], "adr_0035_use_it.md", "ADR-0035 \u2014 Use it"),
        (["1-a.md # ADR #1: A", "2-b.md # ADR #2: B"], "35-use-it.md", "ADR #35: Use it"),
        (["ADR-001-Use-A.md # A"], "ADR-035-Use-it.md", None),
        (["001-a.markdown # 001 - A"], "035-use-it.markdown", "035 - Use it"),
        (["0001-a.md # 1. A", "0002-b.md # ADR-0002: B"], "0035-use-it.md", None),  # half and half
        (["0001-a.md # A", "0002-b.md # B", "0003-c.md # 3. C"], "0035-use-it.md", None),
        (["ADR-001-a.md # ADR-001: A", "README.md # 7. Not an entry"], "ADR-035-use-it.md", "ADR-035: Use it"),
        (["0002-b.md # Use 2 disks"], "0035-use-it.md", None),  # a number of the words
        (["099-a.md # ADR-099: A", "100-b.md # ADR-100: B"], "035-use-it.md", "ADR-035: Use it"),
    ],
)
def test_a_new_file_is_as_its_siblings(there: list[str], name: str, title: str | None) -> None:
    documents = ledger_of(files(*there), "nygard").documents
    assert name_form(NYGARD, documents).write("ADR-0035", "Use it") == name
    form = title_form(documents)
    assert (form and form.write("ADR-0035", "Use it")) == title


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (["0001-a.md # 1. A", "0002-b.md # 2. B", "0003-c.md # ADR-0003: C"], ["0003-c.md:1 LED024"]),
        (["0001-a.md # ADR-001: A", "0002-b.md # ADR-002: B", "0003-c.md # ADR-3: C"], ["0003-c.md:1 LED024"]),
        (["0001-a.md # ADR-001: A", "0002-b.md # ADR-002: B", "0003-c.md # C"], ["0003-c.md:1 LED024"]),
        (["0001-a.md # ADR 001: A", "0002-b.md # ADR 002: B"], []),
        (["0001-a.md # 1. A", "0002-b.md # ADR-0002: B"], []),  # no form is that of most
        (["0001-a.md # 1. A", "0002-b.md # ADR 2 - B"], ["0002-b.md:1 LED024"]),
    ],
)
def test_what_is_odd_among_its_siblings(there: list[str], expected: list[str]) -> None:
    assert told(files(*there), "nygard") == expected


def test_new_files_go_where_the_newest_is() -> None:
    there = files("core/0009-a.md # 9. A", "web/0010-b.md # 10. B", "web/notes.md # Notes", "z/0002-c.md # 2. C")
    assert newest_folder(NYGARD, ledger_of(there, "nygard").documents) == "docs/adr/web"
    assert newest_folder(NYGARD, ledger_of(files("notes.md # Notes"), "nygard").documents) is None


LEADS = st.sampled_from(["", "ADR-", "adr-", "ADR ", "ADR #", "Decision "])
GAPS = st.sampled_from([". ", ": ", " - ", " \u2014 ", ") ", " "])


@given(
    LEADS, st.integers(1, 4), GAPS, st.text("abcXYZ `12.-", min_size=1, max_size=12), st.integers(1, 150), st.booleans()
)
def test_unsafe_fixes_write_titles_as_siblings_do(
    lead: str, digits: int, gap: str, words: str, number: int, front: bool
) -> None:
    words = "T" + " ".join(words.split())
    there = files(*(f"{n:04}-s.md # {lead}{n:0{digits}}{gap}Title" for n in (201, 202, 3)))
    path = f"docs/adr/{number:04}-odd.md"
    head = "---\nstatus: accepted\n---\n\n" if front else ""
    there[path] = f"{head}# ADR-{number:04}\uff1a {words}\n\n## Status\n\nAccepted\n"
    there.pop("docs/adr/0003-s.md", None) if number == 3 else None
    ledger = ledger_of(there, "nygard")

    def parse(source: SourceText) -> Document:
        return parse_document(source, "d", NYGARD)

    for document in ledger.documents:
        done = fix_document(
            document, parse, lambda _: lambda code, line: True, unsafe=True, titles=title_form(ledger.documents)
        )
        assert not done.refused
        before, after = document.source.text, done.text
        if document.path != path:
            assert after == before
        else:
            (section,) = parse(SourceText.from_text(path, after)).sections
            assert after == before.replace(document.sections[0].heading, section.heading, 1)
            assert section.heading.endswith(words.strip()) or section.heading == document.sections[0].heading
        there[document.path] = after
    assert title_form(ledger_of(there, "nygard").documents) == title_form(ledger.documents)
