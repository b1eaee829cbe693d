"""Text to Ledger: nothing is lost, nothing raises, and what is not of an entry does not touch it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.parse import parse_document
from tests.support import LEDGER

BUILD = DIALECTS["build-history"]
OTHERS = tuple(DIALECTS.values())


def parsed(text: str | bytes) -> Document:
    source = SourceText.from_text("x.md", text) if isinstance(text, str) else SourceText.from_bytes("x.md", text)
    return parse_document(source, "build_history", BUILD, OTHERS)


def sections(text: str) -> list[tuple[str, int, int]]:
    return [(s.entry_id, s.line, s.end) for s in parsed(text).sections]


@pytest.mark.parametrize(
    ("text", "extents"),
    [
        ("", []),
        ("## BUILD-1", [("BUILD-1", 1, 1)]),
        ("## BUILD-1\na\n### part\nb\n## other\nc", [("BUILD-1", 1, 4)]),
        ("### BUILD-1\na\n### BUILD-2\nb\n", [("BUILD-1", 1, 2), ("BUILD-2", 3, 5)]),
        ("## BUILD-1\na\n### BUILD-2\nb", [("BUILD-1", 1, 2), ("BUILD-2", 3, 4)]),
        ("### BUILD-1\na\n## Next\nb", [("BUILD-1", 1, 2)]),
        ("### BUILD-1\na\n# Top", [("BUILD-1", 1, 2)]),
        ("### BUILD-1\na\n### Next\nb\n#### x\n### BUILD-2", [("BUILD-1", 1, 5), ("BUILD-2", 6, 6)]),
        ("## BUILD-1\na\n### Next\nb\n### BUILD-2\n## x", [("BUILD-1", 1, 4), ("BUILD-2", 5, 5)]),
        ("### BUILD-1\n### INDEX\n| 2026-01-01 | BUILD-2 |", [("BUILD-1", 1, 3)]),
        ("### BUILD-1\na\n### BUID-002 | 2026-01-01 | T\nb", [("BUILD-1", 1, 2), ("BUILD-002", 3, 4)]),
        ("## BUILD-1\na\n## BUILD-1\nb", [("BUILD-1", 1, 2), ("BUILD-1", 3, 4)]),
        ("### BUILD-1\n```\n### BUILD-2\n```\na", [("BUILD-1", 1, 5)]),
        ("### BUILD-1\n```\n### BUILD-2\na", [("BUILD-1", 1, 4)]),
        ("### BUILD-1\n<!--\n### BUILD-2\n-->\na", [("BUILD-1", 1, 5)]),
        ("### BUILD-1\n\n    ### BUILD-2\na", [("BUILD-1", 1, 4)]),
        ("### BUILD-1\n- x\n  ### BUILD-2\n", [("BUILD-1", 1, 4)]),
        ("> ### BUILD-1\n", []),
        ("### BUILD-1\n### DEC-1\nb\n### BUILD-2", [("BUILD-1", 1, 1), ("BUILD-2", 4, 4)]),
        ("#### BUILD-1\n", []),
        ("BUILD-1 | 2026-01-01 | T\n---\na", [("BUILD-1", 1, 3)]),
        ("### BUILD-170.1\n### BUILD-170.10\n", [("BUILD-170.1", 1, 1), ("BUILD-170.10", 2, 3)]),
    ],
)
def test_where_sections_start_and_end(text: str, extents: list[tuple[str, int, int]]) -> None:
    assert sections(text) == extents
    assert sections(text.replace("\n", "\r\n")) == extents


def test_an_entry_is_all_that_stands_under_its_id_in_document_order() -> None:
    ledger = parsed("## BUILD-1\nfirst\n\n## BUILD-2\nother\n\n## BUILD-1: more\nsecond\n")
    assert list(ledger.entries) == ["BUILD-1", "BUILD-2"]
    assert ledger.entries["BUILD-1"].content == "## BUILD-1\nfirst\n\n## BUILD-1: more\nsecond"


def test_an_id_with_a_row_only_is_an_entry() -> None:
    ledger = parsed(LEDGER.replace("### BUILD-002 | 2026-01-02 | Second", "Second"))
    assert len(ledger.entries) == 3
    assert ledger.entries["BUILD-002"].content == "| 2026-01-02 | BUILD-002 | Second | Adds the second thing | 2 |"


def test_rows_inside_a_section_are_of_their_own_entry() -> None:
    ledger = parsed(
        "## BUILD-1\nsaid | 2026-01-01 | BUILD-2 | p | s | 1 |\n| 2026-01-01 | BUILD-3 | p | s | 1 |\nend\n"
    )
    assert ledger.entries["BUILD-1"].content == "## BUILD-1\nsaid\nend"
    assert [entry.entry_id for entry in ledger.entries.values()] == ["BUILD-1", "BUILD-2", "BUILD-3"]


def test_fields_are_those_before_the_first_sub_heading() -> None:
    text = (
        "## BUILD-1: T\n\n**Status**: Open\n- **Severity:** HIGH\n**Status**: again\n`**No**: x`\nsay **Not**: here\n"
        "**Empty**:\n#### sub\n**Late**: x\n"
    )
    fields = parsed(text).sections[0].fields
    assert {key: (value.text, value.line, value.column) for key, value in fields.items()} == {
        "Status": ("Open", 3, 13),
        "Severity": ("HIGH", 4, 17),
        "Empty": ("", 8, 11),
    }


@pytest.mark.parametrize(
    ("block", "fields"),
    [
        ("<!-- META\nA: b\nC_d: \n E : f g \n-->", {"A": ("b", 2, 4), "C_d": ("", 3, 6), "E": ("f g", 4, 6)}),
        ("<!--META\nTime: 10:20:30\n-->", {"Time": ("10:20:30", 2, 7)}),
        ("<!-- META -->\nA: b", {}),
        ("<!-- META\nA: b\nA: c\n-->", {"A": ("b", 2, 4)}),
        ("<!-- META\n- no: x\n: y\nno colon\n--> A: b", {}),
        ("<!-- META\r\nA: b\r\n-->", {"A": ("b", 2, 4)}),
        ("<!-- META\nA: b", {"A": ("b", 2, 4)}),
    ],
)
def test_meta_fields(block: str, fields: dict[str, tuple[str, int, int]]) -> None:
    metas = parsed(block).metas
    assert [{k: tuple(v) for k, v in meta.fields.items()} for meta in metas] == [fields]


@pytest.mark.parametrize(
    "text",
    ["`<!-- META`", "a <!-- META\nA: b\n-->", "```\n<!-- META\n-->\n```", "<!-- METADATA\n-->", "<!-- x META\n-->"],
)
def test_what_is_no_meta_block(text: str) -> None:
    assert not parsed(text).metas


def test_the_summary_is_the_generated_one() -> None:
    ledger = parsed("<!-- AUTO-GENERATED SUMMARY -->\n**Summary**: 3 build entries | Last updated: x\n")
    assert ledger.summary is not None
    assert tuple(ledger.summary) == ("3 build entries | Last updated: x", 2, 14)
    assert parsed("# X\n\n**Summary**: mine\n").summary is None


def test_headings_that_could_not_be_placed_are_told() -> None:
    ledger = parsed(
        "### Stray\n### DEC-1: x\ntext\n### Its\n### BUILD-1\n#### inner\n### After\n## BUILD-2\n### Part\n"
    )
    assert [(heading.text, entry_id) for heading, entry_id in ledger.stray] == [
        ("Stray", None), ("Its", None), ("After", "BUILD-1"),
    ]  # fmt: skip
    assert [entry_id for _, entry_id in ledger.foreign] == ["DEC-1"]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("```\n### BUILD-1\n```\n", [("BUILD-1", 2, 1, 1, True)]),
        ("```\n ## BUILD-1 ##\n", [("BUILD-1", 2, 2, 1, False)]),
        ("```\n### BUILD 1\n#### BUILD-1\nBUILD-1\n# BUILD-1\n```\n", []),
        ("    ### BUILD-1\n", []),
        ("- ```\n  ### BUILD-1\n", [("BUILD-1", 2, 3, 1, False)]),
    ],
)
def test_entry_headings_inside_fences(text: str, quoted: list[tuple[str, int, int, int, bool]]) -> None:
    assert [tuple(vars(q).values()) for q in parsed(text).quoted] == quoted


PIECES = [
    "",
    "## BUILD-1: a",
    "### BUILD-2 | 2026-01-01 | t",
    "### BUILD 3",
    "#### sub",
    "# top",
    "### DEC-1",
    "text",
    "  text",
    "```",
    "> q",
    "- l",
    "| 2026-01-01 | BUILD-2 | p | s | 1 |",
    "x | 2026-01-01 | BUILD-4 | p | s | 1 |",
    "| Timestamp | BUILD-ID |",
    "|---|---|",
    "---",
    "===",
    "<!-- META",
    "A: b",
    "-->",
    "**Status**: Open",
    "**Summary**: 3 unique",
    "<!-- SUMMARY -->",
    "<<<<<<< a",
    "    code",
    "\tx",
    "|",
    "BUILD-9",
]
documents = st.lists(st.sampled_from(PIECES), max_size=16).map("\n".join)


def hashes(text: str | bytes) -> dict[str, str]:
    return {key: entry.content_hash for key, entry in parsed(text).entries.items()}


@settings(deadline=None)
@given(st.binary() | st.text().map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_a_ledger(data: bytes) -> None:
    for entry in parsed(data).entries.values():
        assert len(entry.content_hash) == 64


@settings(max_examples=300, deadline=None)
@given(documents)
def test_no_line_of_a_section_is_lost(text: str) -> None:
    ledger = parsed(text)
    for section in ledger.sections:
        content = ledger.entries[section.entry_id].content.split("\n")
        for number in range(section.line, section.end + 1):
            line = ledger.source.lines[number - 1].rstrip()
            if line and number not in {row.line for row in ledger.rows} and line != "---":
                assert line in content
    for row in ledger.rows:
        assert row.entry_id is None or row.text in ledger.entries[row.entry_id].content


@settings(max_examples=200, deadline=None)
@given(documents, st.sampled_from(["\r\n", "\r", "  \n", "\n"]), st.booleans())
def test_newlines_bom_and_trailing_white_space_change_no_hash(text: str, newline: str, bom: bool) -> None:
    # In front of a setext underline or in a code block trailing blanks are dropped as well; only a lone blank line in
    # the middle of a line of backticks would differ, and there is none here.
    changed = text.replace("\n", newline)
    data = (b"\xef\xbb\xbf" if bom else b"") + (changed + "\n\n").encode()
    assert hashes(data) == hashes(text)


words = st.text(st.sampled_from("abcé |*_`#"), max_size=12).map(str.strip)
entries = st.lists(
    st.tuples(st.integers(1, 99), words.filter(lambda w: w.strip("|# ") != ""), words),
    max_size=6,
    unique_by=lambda e: e[0],
)


def written(found: list[tuple[int, str, str]]) -> str:
    return "# X\n\n## LIST\n\n" + "".join(f"### BUILD-{n} | 2026-01-01 | {t}\n\n. {b}\n\n" for n, t, b in found)


@settings(max_examples=150, deadline=None)
@given(entries, st.data())
def test_what_was_written_is_found_and_stands_for_itself(
    found: list[tuple[int, str, str]], data: st.DataObject
) -> None:
    text = written(found)
    assert list(hashes(text)) == [f"BUILD-{n}" for n, _, _ in found]
    at = data.draw(st.integers(0, len(found)))
    more = written([*found[:at], (100, "new", "text"), *found[at:]])
    assert {k: v for k, v in hashes(more).items() if k != "BUILD-100"} == hashes(text)
    assert hashes(text.replace("## LIST", "<!-- META\nA: b\n-->\n\n## LIST")) == hashes(text)
