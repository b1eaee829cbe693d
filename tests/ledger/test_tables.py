"""INDEX rows: cells, places, and the rows that lost their table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.model import IndexRow, opaque_lines
from autopack_hooks.ledger.tables import find_rows, split_row
from autopack_hooks.markdown.reader import read

DBG = DIALECTS["debug-log"]
HEAD = "| Timestamp | DBG-ID | Severity | Summary | Status |\n|---|---|---|---|---|\n"
ROW = "| 2026-01-02 | DBG-080 | LOW | Cleanup | Resolved |"


def find(text: str) -> tuple[list[IndexRow], list[int]]:
    structure = read(text)
    return find_rows(SourceText.from_text("x.md", text), structure, opaque_lines(structure), DBG)


def rows(text: str) -> list[tuple[int, int, str, str | None, int]]:
    found, _ = find(text)
    return [(row.line, row.column, row.place, row.entry_id, len(row.cells)) for row in found]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("| a | b |", ["a", "b"]),
        ("|a|b|", ["a", "b"]),
        ("  | a | b", ["a", "b"]),
        ("a | b |", ["a", "b"]),
        ("| a |  | b |", ["a", "", "b"]),
        ("||", [""]),
        ("|", []),
        ("", [""]),
        ("| a |   ", ["a"]),
        (r"| a \| b | c |", [r"a \| b", "c"]),
        (r"| a \\| b |", [r"a \\", "b"]),
        (r"| a \\\| b |", [r"a \\\| b"]),
        ("| `a|b` | c |", ["`a", "b`", "c"]),
        ("| \tb\u00a0 |", ["b"]),
    ],
)
def test_cells_are_split_as_github_does(line: str, cells: list[str]) -> None:
    found, pipes = split_row(line, 7)
    assert [cell.text for cell in found] == cells
    assert all(line[pipe - 1] == "|" for pipe in pipes)
    for cell in found:
        assert cell.line == 7
        assert line[cell.column - 1 :].startswith(cell.text)


@given(st.text(st.sampled_from("|\\ a`"), max_size=40))
def test_every_cell_and_pipe_is_where_it_is_said_to_be(line: str) -> None:
    cells, pipes = split_row(line, 1)
    assert all(line[cell.column - 1 :].startswith(cell.text) for cell in cells)
    assert all(line[pipe - 1] == "|" for pipe in pipes)
    assert len(cells) <= len(pipes) + 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + ROW, [(3, 1, "index", "DBG-080", 5)]),
        (HEAD + "  " + ROW, [(3, 3, "index", "DBG-080", 5)]),
        (HEAD + "    " + ROW, [(3, 5, "outside", "DBG-080", 5)]),
        (HEAD + "| 2026-01-02 | OPTION-B | x |", [(3, 1, "index", None, 3)]),
        (HEAD + "| 2026-01-02 | **DBG-080** | LOW | C | R |", [(3, 1, "index", "DBG-080", 5)]),
        (HEAD + "| 2026-01-02 | [DBG-080] | LOW | C | R |", [(3, 1, "index", "DBG-080", 5)]),
        (HEAD + "| 2026-01-02 | DBG-080x | LOW | C | R |", [(3, 1, "index", None, 5)]),
        (HEAD.replace("---", " :-: ") + ROW, [(3, 1, "index", "DBG-080", 5)]),
        (HEAD.replace("\n", "\r\n") + ROW, [(3, 1, "index", "DBG-080", 5)]),
        (HEAD.lower() + ROW, [(3, 1, "index", "DBG-080", 5)]),
        (HEAD + "\n" + ROW, [(4, 1, "outside", "DBG-080", 5)]),
        (ROW, [(1, 1, "outside", "DBG-080", 5)]),
        ("see `4787e0da`" + ROW, [(1, 15, "glued", "DBG-080", 5)]),
        ("- see it " + ROW, [(1, 10, "glued", "DBG-080", 5)]),
        ("a | b " + ROW, [(1, 7, "glued", "DBG-080", 5)]),
        ("| a | DBG-080 | LOW |", []),
        ("the |2026-01-02| DBG-080 |", [(1, 5, "glued", "DBG-080", 2)]),
        ("the | 2026-01-02 | BUILD-080 | x |", []),
        ("the | 2026-01-02 | DBG-080x | x |", []),
        ("| other | table |\n|---|---|\n| 2026-01-02 | DBG-080 |", []),
        ("|-|\n|-|\n" + ROW, []),
    ],
)
def test_where_rows_stand(text: str, expected: list[tuple[int, int, str, str | None, int]]) -> None:
    assert rows(text) == expected


def test_a_header_in_another_order_says_which_cell_is_which() -> None:
    text = "| DBG-ID | Status | Timestamp |\n|---|---|---|\n| DBG-1 | Open | 2026-01-02 |\n"
    found, _ = find(text)
    assert {role: cell.text for role, cell in found[0].values.items()} == {
        "id": "DBG-1",
        "status": "Open",
        "date": "2026-01-02",
    }
    assert (found[0].expected, found[0].entry_id) == (3, "DBG-1")


@pytest.mark.parametrize(
    ("after", "lines"),
    [
        ("prose", [4]),
        ("`code` prose", [4]),
        ("[link](x)", [4]),
        ("```", []),
        ("<b>", []),
        ("***", []),
        ("+ list", []),
        ("_x_", [4]),
        ("", []),
        ("\nprose", []),
        ("# heading", []),
        ("- list", []),
        ("---", []),
        ("> quote", []),
        ("(see below)", [4]),
        ("été", [4]),
        ("**bold**", [4]),
        ("1. list", []),
        ("a line that " + ROW, [4]),
    ],
)
def test_prose_right_under_the_table_is_told(after: str, lines: list[int]) -> None:
    _, swallowed = find(HEAD + ROW + "\n" + after)
    assert swallowed == lines


def test_lines_in_code_are_not_looked_at() -> None:
    assert rows("````\n" + HEAD + ROW + "\n\nx " + ROW + "\n````\n") == []
