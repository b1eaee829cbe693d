"""Where the fields of a decision stand: in tables, front matter, and sections with a hint above the value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.ledger.dialect import DIALECTS
from tests.ledger.folders import ledger_of, nygard, told

HEAD = "# ADR-001: A\n\n"
BODY = "\n\n## Context\n\nText.\n"
PATH = "docs/adr/0001-a.md"


def values(text: str, dialect: str = "nygard") -> dict[str, str]:
    """What the roles of the entry of one file say, beside its title."""
    (section,) = ledger_of({PATH: text}, dialect).sections
    return {role: value.text for role, value in section.values.items() if role != "title"}


@pytest.mark.parametrize("dialect", ["nygard", "madr"])
@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("| Field | Value |\n|---|---|\n| **Status** | Accepted |\n| Date | 2026-01-05 |", "Accepted 2026-01-05"),
        ("| | |\n|---|---|\n| __Status:__ | *Accepted* |\n| `Date` | **2026-01-05** |", "Accepted 2026-01-05"),
        ("Field | Value\n---|---\nStatus | Accepted\nDate | 2026-01-05", "Accepted 2026-01-05"),
        ("| Status | Accepted |\n|---|---|\n| Date | 2026-01-05 |", "Accepted 2026-01-05"),
        ("| Date | 2026-01-05 |\n|---|---|\n| Status | \u2705 Accepted |", "\u2705 Accepted 2026-01-05"),
        ("One sentence.\n\n| Name | Text |\n|---|---|\n| Author | me |\n| STATUS | Draft |", "Draft"),
        ("| A | B |\n|---|---|\n| x | y |\n\n| | |\n|-|-|\n| Status | Accepted |", "Accepted"),
        ("| Status | Date | Author(s) |\n|:---|---|---|\n| Accepted | 2026-01-05 | [@me](x) |", "Accepted 2026-01-05"),
        ("| Author | **Date** | Status |\n|---|---|---|\n| me | 2026-01-05 | `Draft` |", "Draft 2026-01-05"),
        ("> **Status**: Accepted\n> **Date:** 2026-01-05", "Accepted 2026-01-05"),
        ("> Status: Accepted\n>\n> - **Date**: 2026-01-05", "Accepted 2026-01-05"),
        ("| | |\n|-|-|\n| Status | a \\| b |\n| Date | one | too many |", "a \\| b"),
    ],
)
def test_a_table_under_the_title_has_fields(table: str, expected: str, dialect: str) -> None:
    found = values(HEAD + table + BODY, dialect)
    assert " ".join(found[role] for role in ("status", "date") if role in found) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}## Context\n\n| Field | Value |\n|---|---|\n| Status | Accepted |\n",
        f"{HEAD}| Status | Meaning |\n|---|---|\n| Date | Retired |{BODY}",
        f"{HEAD}| Status | Date |\n|---|---|\n| Accepted | last week |{BODY}",
        f"{HEAD}| Status | Date |\n|---|---|\n| Draft | 2026-01-05 |\n| Accepted | 2026-01-06 |{BODY}",  # a history
        f"{HEAD}| Version | Date | Author |\n|---|---|---|\n| 1 | 2026-01-05 | me |{BODY}",
        f"{HEAD}| Status | Meaning | Remark |\n|---|---|---|\n| Accepted | it counts | x |{BODY}",
        f"{HEAD}| Field | Value | Remark |\n|---|---|---|\n| Status | Accepted | x |{BODY}",
        f"{HEAD}| Tags | Value |\n|---|---|\n| Title | x |{BODY}",
        f"{HEAD}```\n| Field | Value |\n|---|---|\n| Status | Accepted |\n```{BODY}",
        f"{HEAD}| Field | Value |\n| Status | Accepted |{BODY}",
        f"{HEAD}| Option | Effort |\n|---|---|\n| Redis | high |{BODY}",
    ],
)
def test_other_tables_are_text(text: str) -> None:
    assert values(text) == {}


def test_what_stood_elsewhere_counts_before_the_table() -> None:
    text = f"{HEAD}Date: 2026-01-02\n\n| | |\n|---|---|\n| Date | 2026-01-05 |\n\n## Status\n\nAccepted\n"
    assert values(text) == {"date": "2026-01-02", "status": "Accepted"}


@given(st.lists(st.sampled_from(["Status", "Date", "|", "-", "\n", "\\", "x", " ", "Accepted", "**"]), max_size=40))
def test_any_table_is_read(parts: list[str]) -> None:
    values(HEAD + "| | |\n|-|-|\n| " + "".join(parts) + BODY)


def test_faults_in_a_table_are_reported_there() -> None:
    table = "| | |\n|---|---|\n| Status | Superseded by ADR-009 |\n| Date | 2026-13-45 |"
    assert told({PATH: HEAD + table + BODY}, "nygard") == ["0001-a.md:5 LED030", "0001-a.md:6 LED012"]


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("title: A guard\nstatus: accepted", []),
        ('title: "ADR-0001: A guard"', []),
        ("title: 1. A guard", []),
        ("title: 2. A guard", ["0001-a.md:2 LED026"]),
        ("status: accepted", ["0001-a.md:4 LED003"]),
        ("title:\nstatus: accepted", ["0001-a.md:5 LED003"]),
    ],
)
def test_a_title_in_the_front_matter(front: str, expected: list[str]) -> None:
    text = f"---\n{front}\n---\n\n## Context\n\nx\n"
    assert told({PATH: text}) == expected
    title = ledger_of({PATH: text}).entries["ADR-0001"].title
    assert title == ("ADR-0001" if "LED003" in str(expected) else "A guard")


def test_the_heading_counts_before_the_front_matter() -> None:
    text = "---\ntitle: 2. Other\n---\n\n# A guard\n"
    assert ledger_of({PATH: text}).entries["ADR-0001"].title == "A guard"
    assert told({PATH: text}) == []


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("> One of proposed, accepted.", "Accepted"), "Accepted"),
        (("Accepted", "> Since the meeting."), "Accepted"),
        (("> One of", "> proposed, accepted.", "* Whatever"), "Whatever"),
        (("> Accepted",), "> Accepted"),
        (("**Accepted** (by vote)",), "Accepted (by vote)"),
        (("- **Accepted **",), "Accepted"),
        (("Accepted (**by** vote)",), "Accepted (**by** vote)"),
    ],
)
def test_a_quote_beside_a_status_explains_it(lines: tuple[str, ...], status: str) -> None:
    assert values(nygard(1, "A", *lines))["status"] == status


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Proposed", []),
        ("\U0001f7e1 **Draft**", []),
        ("Rejected", []),
        ("In review (2026-01-02)", []),
        ("Accepted", ["LED028"]),
        ("Amended", ["LED028"]),
        ("Superseded by ADR-0003", ["LED028"]),
        ("Proposedly", ["LED028"]),
        ("", ["LED028"]),
    ],
)
def test_a_successor_that_is_only_proposed_supersedes_nothing(status: str, expected: list[str]) -> None:
    files = {
        PATH: nygard(1, "A"),
        "docs/adr/0002-b.md": nygard(2, "B", *filter(None, [status]), "Supersedes ADR-0001"),
        "docs/adr/0003-c.md": nygard(3, "C", "Accepted", "Supersedes ADR-0002"),
    }
    ids = {"LED028"}
    found = [place.split() for place in told(files, "nygard")]
    assert [code for path, code in found if path.startswith("0002") and code in ids] == expected


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("ODH-ADR-0001-a.md", "0001"),
        ("odh_adr_001_a.md", "001"),
        ("team-core-ADR-0012.md", "0012"),
        ("ADR-2-a.md", "2"),
        ("ODH-ADR-Operator-0001-a.md", "0001"),
        ("ADR-MS-0001-a.md", "0001"),
        ("adr-for-2-of-us.md", None),
        ("adr-template.md", None),
        ("tips-for-adr-2-of-us.md", None),
        ("one-two-three-adr-0001-a.md", None),
        ("odh-rfc-0001-a.md", None),
        ("myadr-0001.md", None),
    ],
)
def test_words_of_ones_own_before_the_prefix_of_a_file(name: str, number: str | None) -> None:
    assert DIALECTS["nygard"].file_number(f"docs/adr/{name}") == number


def test_a_quote_below_a_heading_is_no_field() -> None:
    assert values(f"{HEAD}## Context\n\n> **Status**: Accepted\n") == {}
