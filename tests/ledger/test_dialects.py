"""What each dialect takes for an entry, and what it reads of it, on ledgers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DIALECTS, SUPERSEDED_BY, SUPERSEDES, Dialect
from autopack_hooks.ledger.parse import parse_document
from tests.ledger.folders import ledger_of, madr, nygard, told
from tests.ledger.parsing import parse_ledger

CHANGELOG = """\
# Changelog

All that is worth knowing about each release.

## [Unreleased]

### Added

- Search

## [1.1.0] - 2026-02-03

### Fixed

- A crash at start

## [1.0.1] - 2026-01-20 [YANKED]

## 1.0.0 - 2026-01-02

### Added

- Everything

[unreleased]: https://example.com/compare/v1.1.0...HEAD
[1.1.0]: https://example.com/compare/v1.0.1...v1.1.0
[1.0.1]: https://example.com/compare/v1.0.0...v1.0.1
[1.0.0]: https://example.com/releases/v1.0.0
[docs]: https://example.com/docs
"""
DECISIONS = """\
# Decisions

| Status | ADR | Title | Date |
|---|---|---|---|
| Superseded by ADR-002 | [ADR-001](#adr-001-use-sqlite) | Use SQLite | 2026-01-01 |
| Accepted | ADR-002 | Use PostgreSQL | 2026-01-02 |

### ADR-001: Use SQLite

- **Status**: Superseded by ADR-002
- **Date**: 2026-01-01

#### Context

| ID | Name |
|---|---|
| ADR-009 | is in a table of another kind |

### ADR-002: Use PostgreSQL

Status: Accepted
Date: 2026-01-02
"""


def said(text: str, path: str = "docs/adr/0007-use-x.md", dialect: str = "madr") -> dict[str, str]:
    """What the one section of a file says."""
    (section,) = ledger_of({path: text}, dialect).sections
    return {role: value.text for role, value in section.values.items()}


@pytest.mark.parametrize(
    ("path", "entry_id"),
    [
        ("docs/adr/0007-use-x.md", "ADR-0007"),
        ("docs/adr/7-use-x.md", "ADR-0007"),
        ("docs/adr/0000-use-markdown.md", "ADR-0000"),
        ("docs/adr/12345_use_x.md", "ADR-12345"),
        ("docs/adr/0007.md", "ADR-0007"),
        ("docs/adr/ADR-0007-use-x.md", "ADR-0007"),
        ("docs/adr/adr_7 use x.md", "ADR-0007"),
        ("docs/adr/2024/0007-use-x.md", "ADR-0007"),
        ("docs/adr/README.md", None),
        ("docs/adr/use-x-0007.md", None),
        ("docs/adr/0007use-x.md", None),
        ("docs/adr/v7-use-x.md", None),
        ("docs/adr/adr007-use-x.md", "ADR-0007"),
        ("docs/adr/2026-01-02-use-x.md", None),
        ("docs/adr/20260102-use-x.md", "ADR-20260102"),
        ("0007/use-x.md", None),
    ],
)
def test_the_number_of_a_decision_is_in_its_file_name(path: str, entry_id: str | None) -> None:
    assert list(ledger_of({path: "# Use X\n"}).entries) == ([entry_id] if entry_id else [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(madr("Use X"), ("Use X", "accepted", "2026-01-01"), id="madr 4: front matter"),
        pytest.param(
            "# Use X\n\n* Status: accepted\n* Deciders: a, b\n* Date: 2026-01-01\n\n## Context\n\n* Status: no\n",
            ("Use X", "accepted", "2026-01-01"), id="madr 2: a list",
        ),
        pytest.param(nygard(7, "Use X"), ("Use X", "Accepted", "2026-01-02"), id="nygard: a section"),
        pytest.param("# ADR-7: Use X\n\n**Status**: Accepted\n", ("Use X", "Accepted", None), id="bold fields"),
        pytest.param(
            "# ADR 0007 - Use X\n\n* Date: [2026-01-01](https://example.com)\n", ("Use X", None, "2026-01-01](https://example.com)"),
            id="the id in another way, a date that is a link",
        ),
        pytest.param("# ADR-0007 \u2014 Use X\nStatus: Accepted\n", ("Use X", "Accepted", None), id="a dash"),
        pytest.param('---\nstatus: "accepted" # for now\n---\n# Use X\n', ("Use X", "accepted", None), id="quoted"),
        pytest.param("---\nstatus: accepted # for now\n---\n# Use X\n", ("Use X", "accepted", None), id="comment"),
        pytest.param("---\nnested:\n  status: no\n---\n# Use X\n", ("Use X", None, None), id="a nested key is no field"),
        pytest.param("# Use X\n\nNote: this\n\n## Status quo\n\nBad\n", ("Use X", None, None), id="other keys"),
        pytest.param("# Use X\n\n```\nStatus: no\n```\n", ("Use X", None, None), id="code is no field"),
        pytest.param("Use X\n=====\n\nText\n", ("Use X", None, None), id="an underlined title"),
        pytest.param("No title\n\n## Status\n\nAccepted\n", (None, "Accepted", None), id="no title"),
        pytest.param("---\n\n# Use X\n", ("Use X", None, None), id="a rule is no front matter"),
        pytest.param("\ufeff---\r\nstatus: accepted\r\n---\r\n# Use X\r\n", ("Use X", "accepted", None), id="BOM, CRLF"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dialect", ["madr", "nygard"])
def test_title_status_and_date_of_a_decision(text: str, expected: tuple[str | None, ...], dialect: str) -> None:
    found = said(text, dialect=dialect)
    assert tuple(found.get(role) for role in ("title", "status", "date")) == expected


def test_a_file_is_one_entry_with_all_that_it_says() -> None:
    text = madr("Use X", more="\n# Another title\n\n## ADR-0008: not here\n")
    entry = ledger_of({"docs/adr/0007-use-x.md": text}).entries["ADR-0007"]
    assert entry.content == text.rstrip()
    section = entry.sections[0]
    assert (section.first, section.line, section.end, section.form) == (1, 6, len(text.split("\n")), "canonical")


def test_line_endings_and_the_file_s_title_part_change_no_hash() -> None:
    first = ledger_of({"docs/adr/0007-use-x.md": madr("Use X")}).entries["ADR-0007"]
    moved = ledger_of({"docs/adr/7-another-slug.md": madr("Use X").replace("\n", "\r\n")}).entries["ADR-0007"]
    other = ledger_of({"docs/adr/0007-use-x.md": madr("Use X", "rejected")}).entries["ADR-0007"]
    assert first.content_hash == moved.content_hash != other.content_hash


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("superseded by [ADR-0003](0003-use-postgres.md)", [(SUPERSEDED_BY, "ADR-0003")]),
        ("superseded by ADR-3", [(SUPERSEDED_BY, "ADR-0003")]),
        ("Superseded by [3. Use Postgres](0003-use-postgres.md)", [(SUPERSEDED_BY, "ADR-0003")]),
        ("superseded by 0003", [(SUPERSEDED_BY, "ADR-0003")]),
        ("superseded by ADR 3", [(SUPERSEDED_BY, "ADR-0003")]),
        ("superseded by adr_0003.", [(SUPERSEDED_BY, "ADR-0003")]),
        ("superseded by (3)", [(SUPERSEDED_BY, "ADR-0003")]),
        ("superseded by ADR-14 + ADR-15; dropped in 16", [(SUPERSEDED_BY, "ADR-0014"), (SUPERSEDED_BY, "ADR-0015")]),
        ('"superseded by #1597"', []),
        ("superseded by M14", []),
        ("superseded by [theirs](https://example.com/adr/0003-x.md)", []),
        ("Replaced by ADR-0003 and ADR-0004", [(SUPERSEDED_BY, "ADR-0003"), (SUPERSEDED_BY, "ADR-0004")]),
        ("accepted, supersedes ADR-0001, superseded by ADR-0003",
         [(SUPERSEDES, "ADR-0001"), (SUPERSEDED_BY, "ADR-0003")]),
        ("supersedes ADR-0001, amends ADR-0009", [(SUPERSEDES, "ADR-0001")]),
        ("superseded by [the new one](./0003-x.md#why)", [(SUPERSEDED_BY, "ADR-0003")]),
        ("superseded by ADR-0003 (see [notes](notes.md))", [(SUPERSEDED_BY, "ADR-0003")]),
        ("superseded", []),
        ("superseded by 2026-01-02", []),
        ("superseded by something better", []),
        ("accepted", []),
        ("amended by ADR-0003", []),
    ],
)  # fmt: skip
def test_what_a_status_says_to_supersede(text: str, expected: list[tuple[str, str]]) -> None:
    (section,) = ledger_of({"docs/adr/0002-x.md": madr("X", text)}).sections
    assert [(relation.kind, relation.entry_id) for relation in section.relations] == expected


def test_supersession_may_be_in_fields_and_in_every_line_of_a_section() -> None:
    fields = "---\nstatus: accepted\nsupersedes:\n  - ADR-0001\n  - ADR-0002\nsuperseded-by: 0009-x.md\n---\n# X\n"
    (section,) = ledger_of({"docs/adr/0003-x.md": fields.replace("0009-x.md", "'[x](0009-x.md)'")}).sections
    assert [r[:2] for r in section.relations] == [
        (SUPERSEDES, "ADR-0001"), (SUPERSEDES, "ADR-0002"), (SUPERSEDED_BY, "ADR-0009"),
    ]  # fmt: skip
    lines = nygard(3, "X", "Accepted", "Supersedes [1. A](0001-a.md)", "Superseded by [4. D](0004-d.md)")
    (section,) = ledger_of({"docs/adr/0003-x.md": lines}, "nygard").sections
    assert [(r.kind, r.entry_id, r.line) for r in section.relations] == [
        (SUPERSEDES, "ADR-0001", 9), (SUPERSEDED_BY, "ADR-0004", 11),
    ]  # fmt: skip
    assert section.values["status"].text == "Accepted"


def test_the_versions_of_a_changelog() -> None:
    ledger = ledger_of({"CHANGELOG.md": CHANGELOG}, "keep-a-changelog")
    assert {e.entry_id: (str(e.date)[:10], e.sections[0].form) for e in ledger.entries.values()} == {
        "1.1.0": ("2026-02-03", "canonical"),
        "1.0.1": ("2026-01-20", "canonical"),
        "1.0.0": ("2026-01-02", "canonical"),
    }
    assert ledger.sections[1].values["status"].text == "YANKED"
    assert ledger.entries["1.1.0"].content == "## [1.1.0] - 2026-02-03\n\n### Fixed\n\n- A crash at start"
    assert list(ledger.documents[0].links) == ["unreleased", "1.1.0", "1.0.1", "1.0.0"]
    assert not ledger.documents[0].stray


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("## [1.0.0] - 2026-01-02", ("1.0.0", "canonical")),
        ("## 1.0.0 - 2026-01-02", ("1.0.0", "canonical")),
        ("## [1.0.0-rc.1] - 2026-01-02", ("1.0.0-rc.1", "canonical")),
        ("## [1.0.0+build.5] - 2026-01-02", ("1.0.0+build.5", "canonical")),
        ("## [2026.1] - 2026-01-02", ("2026.1", "canonical")),
        ("## [v1.0.0] - 2026-01-02", ("1.0.0", "canonical")),
        ("## v1.0.0", ("1.0.0", "canonical")),
        ("## 1.0.0 (2026-01-02)", ("1.0.0", "canonical")),
        ("## 1.0.0 / 2026-01-02", ("1.0.0", "canonical")),
        ("## 1.0.0, 2026-01-02", ("1.0.0", "canonical")),
        ("## 1.0.0 2026-01-02", ("1.0.0", "canonical")),
        ("## [1.0.0]", ("1.0.0", "canonical")),
        ("## [1.0.0] – 2026-01-02", ("1.0.0", "canonical")),
        ("## [1.0.0](https://example.com/v0.9.0...v1.0.0) - 2026-01-02", ("1.0.0", "canonical")),
        ("## [v1.0.0](https://example.com/a_(b)) (2026-01-02)", ("1.0.0", "canonical")),
        ("## [1.0.0][diff] - 2026-01-02", ("1.0.0", "canonical")),
        ("## <small>[1.0.0](https://example.com) (2026-01-02)</small>", ("1.0.0", "canonical")),
        ("## **1.0.0** (2026-01-02)", ("1.0.0", "canonical")),
        ("## Version 1.0.0", ("1.0.0", "canonical")),
        ("## Release v1.0.0 (2026-01-02)", ("1.0.0", "canonical")),
        ("## 1.0.0 - Unreleased", ("1.0.0", "canonical")),
        ("## [1.0.0] - yyyy-mm-dd", ("1.0.0", "canonical")),
        ("## 24.1b1 - 2026-01-02", ("24.1b1", "canonical")),
        ("## 1.0.0rc1 (2026-01-02)", ("1.0.0rc1", "canonical")),
        ("## 1.0.0 - Bread and butter", ("1.0.0", "variant")),
        ("## 2.0 compatibility", ("2.0", "variant")),
        ("### [1.0.0](https://example.com) (2026-01-02)", ("1.0.0", "canonical")),
        ("### 1.0.0 (2026-01-02)", ("1.0.0", "canonical")),
        ("### [1.0.0] - 2026-01-02", ("1.0.0", "canonical")),
        ("# [1.0.0] - 2026-01-02", ("1.0.0", "canonical")),
        ("# v1.0.0", ("1.0.0", "canonical")),
        ("1.0.0 / 2026-01-02\n==================", ("1.0.0", "canonical")),
        ("### 2.0 compatibility", None),
        ("### 2.0", None),
        ("### 1.0.0 to 2.0.0", None),
        ("### [1.0.0 notes](https://example.com)", None),
        ("#### [1.0.0](https://example.com) (2026-01-02)", None),
        ("## [Unreleased]", None),
        ("## Unreleased", None),
        ("## [Unreleased](https://example.com/v1.0.0...HEAD)", None),
        ("## [The guide](1.0.0.md)", None),
        ("## 1 - 2026-01-02", None),
        ("## 1.0.0alpha", None),
        ("## Versions 1.0.0 and up", None),
    ],
)
def test_what_is_the_heading_of_a_version(heading: str, found: tuple[str, str] | None) -> None:
    sections = ledger_of({"CHANGELOG.md": heading + "\n"}, "keep-a-changelog").sections
    assert [(section.entry_id, section.form) for section in sections] == ([found] if found else [])


def test_a_new_version_changes_no_other() -> None:
    before = ledger_of({"CHANGELOG.md": CHANGELOG}, "keep-a-changelog").entries
    more = (
        CHANGELOG.replace("## [1.1.0]", "## [1.2.0] - 2026-03-01\n\n## [1.1.0]")
        + "[1.2.0]: https://example.com/1.2.0\n"
    )
    after = ledger_of({"CHANGELOG.md": more}, "keep-a-changelog").entries
    assert {key: entry.content_hash for key, entry in before.items()} == {
        key: entry.content_hash for key, entry in after.items() if key != "1.2.0"
    }


def test_a_log_of_decisions() -> None:
    entries = ledger_of({"docs/decisions.md": DECISIONS}, "decision-log").entries
    assert list(entries) == ["ADR-001", "ADR-002"]
    assert {e.entry_id: (e.title, len(e.rows), len(e.sections)) for e in entries.values()} == {
        "ADR-001": ("Use SQLite", 1, 1), "ADR-002": ("Use PostgreSQL", 1, 1),
    }  # fmt: skip
    assert [s.form for e in entries.values() for s in e.sections] == ["canonical", "canonical"]
    assert str(entries["ADR-002"].date)[:10] == "2026-01-02"
    assert entries["ADR-001"].sections[0].relations[0][:2] == (SUPERSEDED_BY, "ADR-002")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("### ADR-1: Use X", "canonical"),
        ("## ADR-1: Use X", "variant"),
        ("### ADR-1 | 2026-01-02 | Use X", "variant"),
        ("### ADR-1 Use X", "variant"),
        ("### ADR-1 \u2014 Use X", "canonical"),
        ("### ADR-1 - Use X", "canonical"),
        ("### ADR-1\uff1aUse X", "variant"),
        ("### ADR-1 [UI]: Use X", "variant"),
        ("### ADR 1: Use X", "malformed"),
        ("### ADR-1-notes: Use X", None),
        ("### Use X", None),
    ],
)
def test_what_is_the_heading_of_a_logged_decision(text: str, form: str | None) -> None:
    sections = ledger_of({"d.md": text}, "decision-log").sections
    assert [section.form for section in sections] == ([form] if form else [])


def test_ids_of_other_kinds_of_ledgers_are_foreign_only_in_sections() -> None:
    source = SourceText.from_text(
        "x.md", "### BUILD-1 | 2026-01-01 | T\n\n## 1.2.0\n\n### ADR-0001: X\n\n### DEC-1: Y\n"
    )
    document = parse_document(source, "b", DIALECTS["build-history"], tuple(DIALECTS.values()))
    assert [entry_id for _, entry_id in document.foreign] == ["ADR-0001", "DEC-1"]
    page = parse_document(
        SourceText.from_text("0001-x.md", source.text), "d", DIALECTS["madr"], tuple(DIALECTS.values())
    )
    assert not page.foreign and not page.stray


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("1.0.0", "1.0.1"), ("1.9.0", "1.10.0"), ("1.0.0-rc.1", "1.0.0"), ("0.9", "1.0.0"), ("1.0.0+1", "1.0.1")],
)
def test_versions_are_ranked_by_their_numbers(lower: str, higher: str) -> None:
    rank = DIALECTS["keep-a-changelog"].rank
    assert rank(lower) < rank(higher)


@pytest.mark.parametrize(
    ("number", "title", "name"),
    [
        (7, "Use SQLite", "0007-use-sqlite.md"),
        (12345, "What? Why!", "12345-what-why.md"),
        (1, "…", "0001.md"),
        (1, "a" * 100, f"0001-{'a' * 60}.md"),
    ],
)
def test_the_name_of_a_new_file_can_be_read_back(number: int, title: str, name: str) -> None:
    dialect = DIALECTS["madr"]
    assert dialect.file_name(number, title) == name
    assert int(dialect.file_number(f"docs/adr/{name}") or 0) == number


@pytest.mark.parametrize(
    ("name", "entry_id"),
    [
        ("0034a-b.md", "ADR-0034a"),
        ("34a-b.md", "ADR-0034a"),
        ("ADR-034B_b.md", "ADR-0034B"),
        ("7a-b.md", "ADR-0007a"),
        ("0034.md", "ADR-0034"),
        ("3d-models.md", None),
        ("34ab-b.md", None),
        ("34as.md", None),
        ("34a.", "ADR-0034a"),
        ("2026-01-02-a.md", None),
    ],
)
def test_numbers_of_files_may_carry_a_letter(name: str, entry_id: str | None) -> None:
    dialect = DIALECTS["nygard"]
    number = dialect.file_number(name)
    assert (number and dialect.make_id(number)) == entry_id


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        ("34a. B", "canonical"),
        ("ADR-0034a: B", "canonical"),
        ("ADR 34a - B", "variant"),
        ("34. B", "malformed"),
        ("34b. B", "malformed"),
        ("34a B", "variant"),
    ],
)
def test_titles_of_files_whose_number_has_a_letter(heading: str, form: str) -> None:
    (section,) = ledger_of({"docs/adr/0034a-b.md": f"# {heading}\n"}, "nygard").sections
    assert (section.entry_id, section.form) == ("ADR-0034a", form)


def test_references_to_numbers_with_a_letter() -> None:
    files = {
        "docs/adr/0034-a.md": nygard(
            34, "A", "Superseded by [34a. B](0034a-b.md)", "See ADR-0034a, ADR-34a, ADR-0034b, the ADR-34s."
        ),
        "docs/adr/0034a-b.md": nygard(34, "B", "Supersedes ADR-0034.").replace("# 34.", "# 34a."),
    }
    assert told(files, "nygard") == ["0034-a.md:9 LED020"]  # 0034b
    assert told(
        {**files, "docs/adr/0034b-c.md": nygard(34, "C", "Supersedes 34a").replace("# 34.", "# 34b.")}, "nygard"
    ) == ["0034b-c.md:7 LED028"]


LINES = st.sampled_from(
    ["---", "status: accepted", "# 7. T", "# T", "## Status", "Superseded by [3](0003-x.md)", "supersedes ADR-1, ADR-2",
     "## [1.0.0] - 2026-01-02", "## [Unreleased]", "[1.0.0]: x", "### ADR-001: T", "**Status**: superseded by 3", "- a: b",
     "| ADR | Title |", "|---|---|", "| [ADR-1](#a) | T |", "```", "* Date: 2026-01-02", "", "  ", "<!-- META", "-->"],
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=120), st.lists(st.one_of(LINES, st.text(max_size=12)), max_size=14).map("\n".join))


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
@settings(max_examples=60, deadline=None)
@given(text=TEXTS, newline=st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_text_is_parsed_and_no_line_of_an_entry_is_lost(dialect: Dialect, text: str, newline: str) -> None:
    source = SourceText.from_text("docs/0007-x.md", text.replace("\n", newline))
    ledger = parse_ledger(source, "any", dialect, tuple(DIALECTS.values()))
    (document,) = ledger.documents
    for section in ledger.sections:
        assert 1 <= section.first <= section.line <= section.end <= len(source.lines)
        assert section.entry_id == dialect.normal(section.entry_id)
        kept = ledger.entries[section.entry_id].content.split("\n")
        cut = {row.line for row in document.rows} | {link.line for link in document.links.values()}
        for number in range(section.first, section.end + 1):
            line = source.lines[number - 1].rstrip()
            defined = document.dialect.links and line.lstrip().startswith("[")
            assert not line or line in kept or number in cut or defined or not line.strip("-*_ \t")
    assert set(ledger.entries) == {part.entry_id for part in document.parts if part.entry_id is not None}
    assert all(len(entry.content_hash) == 64 for entry in ledger.entries.values())
