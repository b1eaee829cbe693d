"""An index of a ledger in another file: what it lists, and the rows that are added to it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.checks.context import RuleContext
from autopack_hooks.config.model import CheckConfig
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.ledger.pages.index_file import parse_index
from autopack_hooks.ledger.pages.index_rows import with_rows
from tests.checks.helpers import check_ledgers
from tests.ledger.folders import ledger_of, nygard

FILES = {f"docs/adr/000{n}-{slug}.md": nygard(n, slug.upper()) for n, slug in ((1, "a"), (2, "b"), (3, "c"))}
LEDGER = ledger_of(FILES, "nygard")
PATH = "docs/adr/INDEX.md"
HEAD = "# Index\n\n| ADR | Title | Status |\n|---|---|---|\n"


def indexed(text: str, path: str = PATH, ledger: Ledger = LEDGER) -> Ledger:
    return dataclasses.replace(ledger, index=parse_index(SourceText.from_text(path, text), ledger))


def told(text: str, path: str = PATH) -> list[str]:
    found = check_ledgers(RuleContext([indexed(text, path)]), CheckConfig())
    return [f"{f.path.rpartition('/')[2]}:{f.line} {f.code}" for f in found]


@pytest.mark.parametrize(
    "rows",
    [
        "| ADR-0001 | A | x |\n| [ADR-2](0002-b.md) | B | x |\n| **adr 3** | C | x |\n",
        "| [0001](0001-a.md) | A | x |\n| [x](./0002-b.md) | B | x |\n| 3 | C | x |\n",
        "| 1. | A | x |\n| #2 | B | x |\n| 0003 | C | x |\n",
        "| x | [A](0001-a.md#status) | x |\n| y | `0002-b.md` | x |\n| z | `docs/adr/0003-c.md` | x |\n",
        "| ADR-0001 | A | x |\n\n## Others\n\n* [2. B](0002-b.md)\n* [C](/docs/adr/0003-c.md) - Accepted\n",
        "| ADR-0001 | A | x |\n\n### ADR-0002: B\n\nAnd [C](0003-c.md).\n",
    ],
)
def test_rows_are_known_by_id_number_and_link(rows: str) -> None:
    assert told(HEAD + rows) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD, ["0001-a.md:1 LED007", "0002-b.md:1 LED007", "0003-c.md:1 LED007"]),
        ("1. [A](0001-a.md)\n2. [B](0002-b.md)\n", ["0003-c.md:1 LED007"]),
        (HEAD + "| 1 | A | x |\n| 2 | B | x |\n| 3 | C | x |\n| 7 | Lost | x |\n", ["INDEX.md:8 LED006"]),
        (HEAD + "| 1 | A | x |\n| 2 | B | x |\n| 3 | C | x |\n| [x](0007-l.md) | L | x |\n", ["INDEX.md:8 LED006"]),
        ("- ADR-0001\n- ADR-0002\n- ADR-0003\n- ADR-0009\n- ADR-0009\n", ["INDEX.md:4 LED006"]),
        ("- ADR-0001 to ADR-0002\n- ADR-0003\n\nADR-0009.\n", ["0002-b.md:1 LED007", "INDEX.md:4 LED020"]),
        ("```\n- ADR-0001\n```\n\n- ADR-0002\n- ADR-0003\n", ["0001-a.md:1 LED007"]),
        ("- [A](https://example.com/0001-a.md)\n- ADR-0002\n- ADR-0003\n", ["0001-a.md:1 LED007"]),
        ("- [A](other/0001-a.md)\n- ADR-0002\n- ADR-0003\n", ["0001-a.md:1 LED007"]),
        ("- ADR-0001\n- ADR-0002\n- ADR-0003\n\n| Year | ADRs |\n|---|---|\n| 2026 | 3 |\n", []),
        (
            "<<<<<<< a\n- ADR-0001\n=======\n- ADR-0002\n>>>>>>> b\n- ADR-0003\n",
            ["INDEX.md:1 LED002", "INDEX.md:3 LED002", "INDEX.md:5 LED002"],
        ),
    ],
)
def test_what_is_not_listed_and_what_is_no_entry(text: str, expected: list[str]) -> None:
    assert told(text) == expected


def test_an_index_elsewhere_is_read_from_its_folder() -> None:
    assert told("- [A](adr/0001-a.md)\n- [B](./adr/0002-b.md)\n- [C](0003-c.md)\n", "docs/README.md") == [
        "0003-c.md:1 LED007"
    ]


ROWS = {
    "at the end": ("| ADR-0001 | A | x |\n| ADR-0002 | B | x |\n", "{}| ADR-0003 | C | Accepted |\n"),
    "in the middle": ("| 1 | A | x |\n| 3 | C | x |\n", "| 1 | A | x |\n| 2 | B | Accepted |\n| 3 | C | x |\n"),
    "newest first": ("| 2 | B | x |\n| 1 | A | x |\n", "| 3 | C | Accepted |\n{}"),
    "linked ids": ("| [0001](0001-a.md) | A | |\n| [0002](0002-b.md) | B | |\n", "{}| [0003](0003-c.md) | C | Accepted |\n"),
    "linked titles": (
        "| 001 | [A](./0001-a.md) | |\n| 002 | [B](./0002-b.md) | |\n", "{}| 003 | [C](./0003-c.md) | Accepted |\n"
    ),
    "ids in titles": (
        "| [0001](0001-a.md) | ADR-0001: A | |\n| [0002](0002-b.md) | ADR-0002: B | |\n",
        "{}| [0003](0003-c.md) | ADR-0003: C | Accepted |\n",
    ),
    "no row yet": ("", "| [ADR-0001](0001-a.md) | A | Accepted |\n| [ADR-0002](0002-b.md) | B | Accepted |\n| [ADR-0003](0003-c.md) | C | Accepted |\n"),  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n## More\n\nText.\n"])
@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_written_as_the_others_are(name: str, tail: str, newline: str) -> None:
    before, after = ROWS[name]
    old, new = ((HEAD + rows + tail).replace("\n", newline) for rows in (before, after.replace("{}", before)))
    assert with_rows(SourceText.from_text(PATH, old), LEDGER, list(LEDGER.entries)) == new
    assert with_rows(SourceText.from_text(PATH, new), LEDGER, list(LEDGER.entries)) == new


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("* [1. A](0001-a.md)\n* [2. B](0002-b.md)\n", "{}* [3. C](0003-c.md)\n"),
        ("* [1. A](0001-a.md)\n\n* [2. B](0002-b.md)\n", "{}\n* [3. C](0003-c.md)\n"),
        ("* [ADR-0003](0003-c.md): C\n* [ADR-0001](0001-a.md): A\n", "* [ADR-0003](0003-c.md): C\n* [ADR-0002](0002-b.md): B\n* [ADR-0001](0001-a.md): A\n"),  # noqa: E501
        ("1. ADR-001 - A\n2. ADR-002 - B\n", "{}3. ADR-003 - C\n"),
        ("- [A](0001-a.md)\n  It is old.\n- [B](0002-b.md)", "{}\n- [C](0003-c.md)\n"),
        ("# R\n", "# R\n\n| ID | Title | Status | Date |\n|---|---|---|---|\n| [ADR-0003](0003-c.md) | C | Accepted | 2026-01-02 |\n"),  # noqa: E501
    ],
)  # fmt: skip
def test_an_item_is_written_as_the_others_are(before: str, after: str) -> None:
    ids = ["ADR-0002"] if "ADR-0003" in before else ["ADR-0003"]
    assert with_rows(SourceText.from_text(PATH, before), LEDGER, ids) == after.replace("{}", before)


@pytest.mark.parametrize(
    "text",
    [
        "## Data\n\n- [A](0001-a.md)\n\n## Web\n\n- [B](0002-b.md)\n",
        f"{HEAD}\n| ADR | Title |\n|---|---|\n",
    ],
)
def test_where_it_is_not_certain_nothing_is_written(text: str) -> None:
    assert with_rows(SourceText.from_text(PATH, text), LEDGER, ["ADR-0003"]) is None


def test_bars_and_brackets_of_a_title_are_escaped() -> None:
    files = {**FILES, "docs/adr/0003-c.md": nygard(3, "a | b [x]")}
    text = with_rows(SourceText.from_text(PATH, "- [A](0001-a.md)\n"), ledger_of(files, "nygard"), ["ADR-0003"])
    assert text == "- [A](0001-a.md)\n- [a | b \\[x\\]](0003-c.md)\n"
    text = with_rows(SourceText.from_text(PATH, HEAD + "| 1 | A | |\n"), ledger_of(files, "nygard"), ["ADR-0003"])
    assert text == HEAD + "| 1 | A | |\n| 3 | a \\| b [x] | Accepted |\n"


@given(st.lists(st.sampled_from([*HEAD.splitlines(keepends=True), "| 1 | A | x |\n",
                                 "| [2](0002-b.md) |\n", "- [C](0003-c.md)\n",
                                 "- ADR-0002\n", "  more\n",
                                 "\n", "> q\n", "```\n", "text\n", "## H\n"]), max_size=10))  # fmt: skip
def test_any_index(lines: list[str]) -> None:
    text = with_rows(SourceText.from_text(PATH, "".join(lines)), LEDGER, list(LEDGER.entries))
    if text is not None:
        assert with_rows(SourceText.from_text(PATH, text), LEDGER, list(LEDGER.entries)) == text
        assert [code for code in told(text) if "LED007" in code] == []


def test_numbers_with_a_letter_are_listed() -> None:
    ledger = ledger_of({**FILES, "docs/adr/0003a-d.md": nygard(3, "D").replace("# 3.", "# 3a.")}, "nygard")
    index = parse_index(SourceText.from_text(PATH, HEAD + "| 3a | D | |\n| ADR-0003a | D | |\n| 3 | C | |\n"), ledger)
    assert [listing.entry_id for listing in index.listings] == ["ADR-0003a", "ADR-0003a", "ADR-0003"]
