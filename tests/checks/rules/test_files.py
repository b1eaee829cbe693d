"""Ledgers of which each file is an entry: numbers, gaps, and both ends of what supersedes what."""

from __future__ import annotations

import pytest

from tests.ledger.folders import Files, ledger_of, madr, nygard, told

A, B, C = "docs/adr/0001-a.md", "docs/adr/0002-b.md", "docs/adr/0003-c.md"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({A: madr("A"), B: madr("B")}, [], id="right"),
        pytest.param({A: madr("A"), "docs/adr/README.md": "# Decisions\n\n## More\n"}, [], id="a page beside them"),
        pytest.param({A: madr("A"), "docs/adr/adr-template.md": "# {title}\n"}, [], id="a template"),
        pytest.param({A: madr("A"), "docs/adr/use-b.md": madr("B")}, ["use-b.md:1 LED027"], id="no number"),
        pytest.param(
            {A: madr("A"), "docs/adr/0001-b.md": madr("B")}, ["0001-b.md:6 LED025"], id="a number twice"
        ),
        pytest.param({A: madr("A"), "docs/adr/1-b.md": madr("B")}, ["1-b.md:6 LED025"], id="leading zeros do not matter"),
        pytest.param(
            {A: madr("A"), "docs/adr/0001-b.md": madr("B"), "docs/adr/0001-c.md": madr("C")},
            ["0001-b.md:6 LED025", "0001-c.md:6 LED025"], id="a number three times",
        ),
        pytest.param({B: madr("ADR-0003: B")}, ["0002-b.md:6 LED020", "0002-b.md:6 LED026"], id="another number in the heading"),
        pytest.param({B: madr("3. B")}, ["0002-b.md:6 LED026"], id="another number, in nygard's way"),
        pytest.param({B: madr("2. B")}, [], id="the same number"),
        pytest.param({B: madr("ADR-2: B")}, [], id="the same number, without its zeros"),
        pytest.param({B: madr("ADR 2 - B")}, [], id="the same number, in some other way"),
        pytest.param({B: madr("ADR 3 - B")}, ["0002-b.md:6 LED026"], id="another number, in some other way"),
        pytest.param({B: madr("3 ways to do it")}, [], id="a number that is part of the title"),
        pytest.param({B: "Text without a title\n"}, ["0002-b.md:1 LED003"], id="no title"),
        pytest.param({B: "\n"}, ["0002-b.md:1 LED003"], id="an empty file"),
        pytest.param({B: madr("B", "draft")}, ["0002-b.md:2 LED013"], id="a status of no kind"),
        pytest.param({B: madr("B", day=32)}, ["0002-b.md:3 LED012"], id="a day that is none"),
        pytest.param({B: madr("B", more="\nSee ADR-0002 and ADR-2.\n")}, [], id="a reference, zeros or not"),
        pytest.param({B: madr("B", more="\nSee ADR-0009.\n")}, ["0002-b.md:16 LED020"], id="a reference to nothing"),
        pytest.param({A: madr("A"), C: madr("C")}, [], id="a gap is told on request only"),
        pytest.param({B: madr("B") + "\n<<<<<<< HEAD\n"}, ["0002-b.md:16 LED002"], id="a conflict marker"),
    ],
)  # fmt: skip
def test_madr(files: Files, expected: list[str]) -> None:
    assert told(files) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (nygard(2, "B"), []),
        (nygard(3, "B"), ["0002-b.md:1 LED026"]),
        (nygard(2, "B").replace("2. B", "B"), ["0002-b.md:1 LED024"]),
        (nygard(2, "B", "Accepted", "Amends [1. A](0001-a.md)"), []),
        (nygard(2, "B", "On hold"), ["0002-b.md:7 LED013"]),
    ],
)
def test_nygard(text: str, expected: list[str]) -> None:
    assert told({A: nygard(1, "A"), B: text}, "nygard") == expected


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        pytest.param("accepted", "accepted", [], id="no relation"),
        pytest.param("superseded by ADR-0003", "accepted, supersedes ADR-0001", [], id="both ends"),
        pytest.param(
            "superseded by [3](0003-c.md)", "accepted, supersedes [1](0001-a.md)", [], id="both ends, as links"
        ),
        pytest.param("deprecated", "accepted, supersedes ADR-0001", [], id="any word that says it is over"),
        pytest.param("superseded", "accepted", [], id="by whom is not said"),
        pytest.param("accepted", "accepted, supersedes ADR-0001", ["0003-c.md:2 LED028"], id="the older still holds"),
        pytest.param("proposed", "accepted, supersedes ADR-1", ["0003-c.md:2 LED028"], id="the older is proposed"),
        pytest.param("superseded by ADR-0003", "accepted", ["0001-a.md:2 LED029"], id="the newer does not say it"),
        pytest.param("superseded by ADR-0009", "accepted", ["0001-a.md:2 LED030"], id="by what is not there"),
        pytest.param(
            "accepted", "supersedes [9](0009-x.md)", ["0003-c.md:2 LED013", "0003-c.md:2 LED030"], id="nothing"
        ),
        pytest.param("superseded by ADR-0001", "accepted", ["0001-a.md:2 LED030"], id="by itself"),
    ],
)
def test_both_ends_of_a_supersession(older: str, newer: str, expected: list[str]) -> None:
    assert told({A: madr("A", older), C: madr("C", newer)}) == expected


@pytest.mark.parametrize("mention", ["It ends ADR-0001.", "It ends ADR-1.", "See [the old one](0001-a.md)."])
def test_a_mention_in_the_text_is_an_end_too(mention: str) -> None:
    assert told({A: madr("A", "superseded by ADR-0003"), C: madr("C", more=f"\n{mention}\n")}) == []


def test_supersession_of_an_entry_in_a_file_that_is_no_text_is_not_told() -> None:
    files = {A: "\0", C: madr("C", "superseded by ADR-0001")}
    assert told(files) == ["0001-a.md:1 LED001"]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((1, 2, 3), []),
        ((5, 6), []),
        ((1, 3), ["0003-x.md:6 LED032"]),
        ((1, 4, 9), ["0004-x.md:6 LED032", "0009-x.md:6 LED032"]),
    ],
)
def test_gaps_on_request(numbers: tuple[int, ...], expected: list[str]) -> None:
    files = {f"docs/adr/{n:04}-x.md": madr("X") for n in numbers}
    assert told(files, select=("LED", "LED032")) == expected
    assert told(files, select=("LED032",)) == expected
    assert told(files, select=("LED03",)) == []


def test_a_ledger_of_files_is_in_the_order_of_their_paths() -> None:
    ledger = ledger_of({C: madr("C"), A: madr("A"), "docs/adr/0001-z.md": madr("Z")})
    assert [document.path for document in ledger.documents] == [A, "docs/adr/0001-z.md", C]
    assert [(e.entry_id, e.title, len(e.sections)) for e in ledger.entries.values()] == [
        ("ADR-0001", "A", 2), ("ADR-0003", "C", 1),
    ]  # fmt: skip
