"""Merging three versions of a ledger: nothing is lost, sides can be swapped, and git agrees where it can."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autopack_hooks.core.git import merge_files
from autopack_hooks.ledger.merge import Merged, Style, merge_ledger
from tests.ledger.writing import EDITS, Edit, Page, edited, pages, parse, source
from tests.support import LEDGER

MARKERS = ("<<<<<<<", "=======", ">>>>>>>")
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def git_merge(base: str, ours: str, theirs: str, size: int = 7) -> tuple[str, bool]:
    """The text merge of git itself."""
    with TemporaryDirectory() as folder:
        names = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for name, text in zip(names, (ours, base, theirs), strict=True):
            name.write_bytes(text.encode())
        merged = merge_files([str(name) for name in names], ("ours", "base", "theirs"), size)
    assert merged is not None
    return merged[0].decode(), merged[1]


def merge(base: str, ours: str, theirs: str) -> Merged | None:
    """The merge that is tested."""
    return merge_ledger(source(base), source(ours), source(theirs), parse, git_merge, Style())


def merged(base: str, ours: str, theirs: str) -> tuple[str, tuple[str, ...]]:
    """A merge that must be understood."""
    result = merge(base, ours, theirs)
    assert result is not None
    return result.source.text, result.conflicts


def content(text: str) -> list[str]:
    """The lines of a text in no order, without markers and generated values."""
    made = re.compile(r"Total_Builds|Last_Updated")
    return sorted(line for line in text.split("\n") if line and not line.startswith(MARKERS) and not made.match(line))


def touched(base: Page, side: Page) -> set[int]:
    """The numbers of the entries that a side added, changed or deleted."""
    before, after = ({entry.number: entry for entry in page.entries} for page in (base, side))
    return {number for number in before | after if before.get(number) != after.get(number)}


def with_entry(number: int, title: str, text: str = LEDGER) -> str:
    """``text`` with a new entry on top."""
    day = f"2026-01-{number:02}"
    row = f"| {day} | BUILD-{number:03} | {title} | From {title} | 1 |\n"
    section = f"### BUILD-{number:03} | {day} | {title}\n\nFrom {title}.\n\n"
    text = text.replace("| 2026-01-03", row + "| 2026-01-03", 1).replace("### BUILD-003", section + "### BUILD-003", 1)
    return text.replace("Total_Builds: 3", "Total_Builds: 4").replace("2026-01-03T00", f"{day}T00")


TWO = LEDGER[LEDGER.index("### BUILD-002") : LEDGER.index("### BUILD-001")]
ROW_2 = "| 2026-01-02 | BUILD-002 | Second | Adds the second thing | 2 |\n"
WITHOUT_2 = LEDGER.replace(TWO, "").replace(ROW_2, "").replace("Total_Builds: 3", "Total_Builds: 2")
CHANGED_2 = LEDGER.replace("Adds the second thing.\n", "Adds the second thing at last.\n")

CLEAN = {
    "both add": (
        with_entry(4, "one"),
        with_entry(5, "two"),
        with_entry(4, "one")
        .replace("| 2026-01-04 | BUILD", "| 2026-01-05 | BUILD-005 | two | From two | 1 |\n| 2026-01-04 | BUILD")
        .replace("### BUILD-004", "### BUILD-005 | 2026-01-05 | two\n\nFrom two.\n\n### BUILD-004")
        .replace("Total_Builds: 4", "Total_Builds: 5")
        .replace("2026-01-04T00", "2026-01-05T00"),
    ),
    "one side only": (LEDGER, with_entry(4, "one"), with_entry(4, "one")),
    "both the same": (with_entry(4, "one"), with_entry(4, "one"), with_entry(4, "one")),
    "one adds, one changes": (with_entry(4, "one"), CHANGED_2, with_entry(4, "one", CHANGED_2)),
    "one deletes, one leaves alone": (WITHOUT_2, LEDGER, WITHOUT_2),
    "both delete": (WITHOUT_2, WITHOUT_2, WITHOUT_2),
    "one deletes, one adds": (
        WITHOUT_2,
        with_entry(4, "one"),
        with_entry(4, "one", WITHOUT_2.replace("Total_Builds: 2", "Total_Builds: 3")).replace(
            "Total_Builds: 4", "Total_Builds: 3"
        ),
    ),
    "different lines of one entry": (
        LEDGER.replace("### BUILD-002 | 2026-01-02 | Second", "### BUILD-002 | 2026-01-02 | Second one"),
        CHANGED_2,
        CHANGED_2.replace("### BUILD-002 | 2026-01-02 | Second", "### BUILD-002 | 2026-01-02 | Second one"),
    ),
    "text outside of entries": (
        LEDGER.replace("# Build History\n", "# Build History\n\nIntro.\n"),
        with_entry(4, "one"),
        with_entry(4, "one").replace("# Build History\n", "# Build History\n\nIntro.\n"),
    ),
    "a wrong count": (
        LEDGER.replace("Total_Builds: 3", "Total_Builds: 8"),
        with_entry(4, "one").replace("Total_Builds: 4", "Total_Builds: 9"),
        with_entry(4, "one"),
    ),
    "text between entries": (
        LEDGER.replace("### BUILD-002", "## Older\n\n### BUILD-002"),
        with_entry(4, "one"),
        with_entry(4, "one").replace("### BUILD-002", "## Older\n\n### BUILD-002"),
    ),
    "the later time of one day": (
        LEDGER.replace("2026-01-03T00", "2026-01-03T10"),
        LEDGER.replace("2026-01-03T00", "2026-01-03T12"),
        LEDGER.replace("2026-01-03T00", "2026-01-03T12"),
    ),
}


@pytest.mark.parametrize("name", CLEAN)
def test_clean(name: str) -> None:
    ours, theirs, expected = CLEAN[name]
    assert merged(LEDGER, ours, theirs) == (expected, ())
    assert merged(LEDGER, theirs, ours) == (expected, ())


def test_one_id_for_two_entries() -> None:
    text, conflicts = merged(LEDGER, with_entry(4, "one"), with_entry(4, "two"))
    assert "BUILD-004 is taken twice; BUILD-005 is free" in text
    assert (
        "<<<<<<< ours\n### BUILD-004 | 2026-01-04 | one\n\nFrom one.\n=======\n"
        "### BUILD-004 | 2026-01-04 | two\n\nFrom two.\n>>>>>>> theirs (BUILD-004"
    ) in text
    assert [line.split(":")[0] for line in conflicts] == ["BUILD-004", "the row of BUILD-004"]
    assert text.count("### BUILD-003") == 1


def test_one_entry_changed_in_two_ways() -> None:
    other = LEDGER.replace("Adds the second thing.\n", "Adds another thing.\n")
    text, conflicts = merged(LEDGER, CHANGED_2, with_entry(4, "one", other))
    assert conflicts == ("BUILD-002: changed on both sides",)
    inside = text[text.index("<<<<<<<") : text.index(">>>>>>>")]
    assert inside == "<<<<<<< ours\nAdds the second thing at last.\n=======\nAdds another thing.\n"
    assert "From one." in text and "Total_Builds: 4" in text


@pytest.mark.parametrize("changed", [CHANGED_2, LEDGER.replace("| Adds the second thing |", "| Another |")])
def test_deleted_here_and_changed_there(changed: str) -> None:
    text, conflicts = merged(LEDGER, WITHOUT_2, changed)
    assert "<<<<<<< ours\n=======\n### BUILD-002 | 2026-01-02 | Second\n" in text
    assert conflicts[0] == "BUILD-002: deleted on one side and changed on the other"


def test_a_file_whose_newlines_one_side_changed() -> None:
    result = merge(LEDGER, LEDGER.replace("\n", "\r\n"), with_entry(4, "one"))
    assert result is not None and not result.conflicts
    assert result.source.text == with_entry(4, "one").replace("\n", "\r\n")


def test_a_newline_at_the_end_that_one_side_dropped() -> None:
    assert merged(LEDGER, LEDGER.rstrip("\n"), with_entry(4, "one")) == (with_entry(4, "one").rstrip("\n"), ())


def test_both_sides_start_the_ledger() -> None:
    text, conflicts = merged("", LEDGER, with_entry(4, "one"))
    assert text == with_entry(4, "one")
    assert not conflicts


NOT_UNDERSTOOD = {
    "conflict markers": LEDGER.replace("Complete\n", "<<<<<<< a\n=======\n>>>>>>> b\n", 1),
    "one section twice": LEDGER + "\n" + TWO,
    "mixed newlines": LEDGER.replace("\n", "\r\n", 5),
    "bare carriage returns": LEDGER.replace("\n", "\r"),
}


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_left_to_the_text_merge(name: str) -> None:
    odd = NOT_UNDERSTOOD[name]
    assert merge(LEDGER, odd, with_entry(4, "one")) is None
    assert merge(LEDGER, with_entry(4, "one"), odd) is None


@FEW
@given(pages(), EDITS, EDITS)
def test_any_two_lists_of_edits_merge(page: Page, first: list[Edit], second: list[Edit]) -> None:
    ours, theirs = edited(page, first, "m"), edited(page, second, "n")
    text, conflicts = merged(page.text, ours.text, theirs.text)
    assert bool(conflicts) == ("<<<<<<<" in text)
    # Nothing that a side wrote is lost.
    for side in (ours, theirs):
        for mark in set(re.findall(r"\b[mn]\dp|\b[mn]\d[qr]", side.text)):
            assert mark in text, mark
    # An entry goes only where a side deletes it and the other leaves it alone.
    here, there, before = ({entry.number: entry for entry in side.entries} for side in (ours, theirs, page))
    for number in here.keys() | there.keys():
        only = here.get(number) or there.get(number)
        dropped = not (number in here and number in there) and only == before.get(number)
        assert (f"### BUILD-{number:03} " in text) is not dropped
    # The sides may be swapped.
    swapped, other_conflicts = merged(page.text, theirs.text, ours.text)
    assert content(swapped) == content(text)
    assert len(conflicts) == len(other_conflicts)
    if not conflicts:
        assert swapped == text
        ids = re.findall(r"^### (BUILD-\d+)", text, re.MULTILINE)
        assert len(set(ids)) == len(ids)
        assert f"Total_Builds: {len(ids)}\n" in text
    # Where no entry is touched by both, and git is content, so are we, with the same result.
    plain, clash = git_merge(page.text, ours.text, theirs.text)
    if not clash and not touched(page, ours) & touched(page, theirs):
        assert not conflicts
        assert content(text) == content(plain)


MANGLES = st.lists(st.tuples(st.sampled_from("dmci"), st.integers(0, 60), st.integers(0, 60)), max_size=4)


def mangled(text: str, changes: list[tuple[str, int, int]], mark: str) -> str:
    """``text`` with lines deleted, moved, copied and inserted."""
    lines = text.split("\n")
    for number, (kind, at, other) in enumerate(changes):
        at, other = at % (len(lines) or 1), other % (len(lines) or 1)
        if kind == "i":
            lines.insert(at, f"{mark}{number}")
        elif kind == "d":
            del lines[at : at + 1]
        elif lines:
            lines.insert(other, lines.pop(at) if kind == "m" else lines[at])
    return "\n".join(lines)


@FEW
@given(pages(), MANGLES, MANGLES)
def test_any_three_texts_merge_without_loss(
    page: Page, first: list[tuple[str, int, int]], second: list[tuple[str, int, int]]
) -> None:
    ours, theirs = mangled(page.text, first, "our"), mangled(page.text, second, "their")
    result = merge(page.text, ours, theirs)
    swapped = merge(page.text, theirs, ours)
    if result is None or swapped is None:
        assert result is swapped
        return
    text = result.source.text
    for line in {*ours.split("\n"), *theirs.split("\n")} - {*page.text.split("\n")}:
        if line.startswith(("our", "their")):
            assert line in text
    assert content(swapped.source.text) == content(text)
    if not result.conflicts:
        assert swapped.source.text == text
