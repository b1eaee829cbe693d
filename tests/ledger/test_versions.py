"""The heading of a new version, and where it goes: as the file has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.fix import insert_entry
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.ledger.render import new_section
from autopack_hooks.ledger.versions import heading_like, is_unreleased

CHANGELOG = DIALECTS["keep-a-changelog"]
URL = "https://example.com"


def parse(source: SourceText) -> Document:
    return parse_document(source, "log", CHANGELOG)


def document_of(*headings: str) -> Document:
    return parse(SourceText.from_text("C.md", "# Log\n\n" + "".join(f"{heading}\n\n- x\n\n" for heading in headings)))


@pytest.mark.parametrize(
    ("there", "version", "heading"),
    [
        (["## [1.1.0] - 2026-01-01"], "1.2.0", "## [1.2.0] - 2026-02-03"),
        (["## 1.1.0 - 2026-01-01"], "1.2.0", "## 1.2.0 - 2026-02-03"),
        (["## v1.1.0"], "1.2.0", "## v1.2.0"),
        (["## [1.1.0] \u2013 2026-01-01"], "1.2.0", "## [1.2.0] \u2013 2026-02-03"),
        (["## 1.1.0 / 2026/01/01"], "1.2.0", "## 1.2.0 / 2026/02/03"),
        (["## 2026.1.2 - 2026-01-02"], "2026.2.3", "## 2026.2.3 - 2026-02-03"),
        (["## [1.1.0] - 2026-01-01 [YANKED]"], "1.2.0", "## [1.2.0] - 2026-02-03"),
        (["## 1.2.0 (unreleased)", "## 1.1.0 (2026-01-01)"], "1.3.0", "## 1.3.0 (2026-02-03)"),
        (["## 1.1.0: The odd one", "## 1.0.0 (2026-01-01)"], "1.2.0", "## 1.2.0 (2026-02-03)"),
        (["## <small>1.1.1 (2026-01-01)</small>"], "1.1.2", "## <small>1.1.2 (2026-02-03)</small>"),
        (
            [f"## [1.1.0]({URL}/compare/v1.0.0...v1.1.0) (2026-01-01)"],
            "1.2.0",
            f"## [1.2.0]({URL}/compare/v1.1.0...v1.2.0) (2026-02-03)",
        ),
        (
            [f"## [1.1.0]({URL}/compare/a@1.0.0-rc.1..a@1.1.0) (2026-01-01)"],
            "1.2.0",
            f"## [1.2.0]({URL}/compare/a@1.1.0..a@1.2.0) (2026-02-03)",
        ),
        ([f"## [1.1.0]({URL}/releases/tag/v1.1.0)"], "1.2.0", f"## [1.2.0]({URL}/releases/tag/v1.2.0)"),
        ([f"## [1.1.0]({URL}/milestone/7) - 2026-01-01"], "1.2.0", "## [1.2.0] - 2026-02-03"),
        (
            [f"### [1.1.1]({URL}/v1.1.0...v1.1.1) (2026-01-02)", f"## [1.1.0]({URL}/v1.0.0...v1.1.0) (2026-01-01)"],
            "1.2.0",
            f"## [1.2.0]({URL}/v1.1.1...v1.2.0) (2026-02-03)",
        ),
        (
            [f"## [1.1.0]({URL}/v1.0.1...v1.1.0) (2026-01-02)", f"### [1.0.1]({URL}/v1.0.0...v1.0.1) (2026-01-01)"],
            "1.1.1",
            f"### [1.1.1]({URL}/v1.1.0...v1.1.1) (2026-02-03)",
        ),
        (["1.1.0 / 2026-01-01\n=================="], "1.10.0", "1.10.0 / 2026-02-03\n==================="),
        ([], "1.2.0", None),
        (["## 1.1.0: The odd one"], "1.2.0", None),
    ],
)
def test_the_heading_of_a_new_version(there: list[str], version: str, heading: str | None) -> None:
    assert heading_like(document_of(*there), version, "2026-02-03") == heading


FORMS = [
    "## [{v}] - {d}",
    "## {v} ({d})",
    "## v{v}",
    "## {v} / {d}",
    "## [{v}](https://example.com/v0.0.0...v{v}) ({d})",
    "# [{v}](https://example.com/v0.0.0...v{v}) ({d})",
    "## <small>[{v}](https://example.com/{v}) ({d})</small>",
    "{v} / {d}\n==================",
]


@given(st.sampled_from(FORMS), st.integers(1, 12), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_a_new_version_stands_above_the_newest_in_its_form(form: str, count: int, anchors: bool, newline: str) -> None:
    anchor = '<a name="{v}"></a>\n' if anchors and form.startswith("#") else ""
    sections = "".join(
        (anchor + form).format(v=f"0.{n}.0", d=f"2026-01-{n:02}") + f"\n\n### Added\n\n- {n}\n\n"
        for n in range(count, 0, -1)
    )
    text = f"# Changelog\n\n## main / unreleased\n\n- next\n\n{sections}".replace("\n", newline)
    before = parse(SourceText.from_text("C.md", text))
    version, line = f"0.{count + 1}.0", heading_like(before, f"0.{count + 1}.0", "2026-03-04")
    section = new_section(CHANGELOG, version, "2026-03-04", version, "", "", line)
    after = insert_entry(before, parse, version, section)
    assert after is not None
    made = parse(SourceText.from_text("C.md", after))
    assert [s.entry_id for s in made.sections] == [version, *(s.entry_id for s in before.sections)]
    assert {s.form for s in made.sections} == {"canonical"}
    assert all(made.entries[key].content_hash == entry.content_hash for key, entry in before.entries.items())
    added = section.replace("\n", newline) + newline
    assert after.replace(added, "", 1) == text  # nothing else is touched


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("[Unreleased] - ReleaseDate", True),
        ("Unreleased - ReleaseDate", True),
        ("[Unreleased] - YYYY-MM-DD", True),
        ("Unreleased features", False),
        ("ReleaseDate", False),
    ],
)
def test_what_a_release_tool_fills_in_is_not_released(heading: str, expected: bool) -> None:
    assert is_unreleased(heading, ("Unreleased",)) is expected


COMPARE = f"{URL}/compare/"


@pytest.mark.parametrize(
    ("links", "version", "expected"),
    [
        (
            [
                f"[unreleased]: {COMPARE}v1.1.0...HEAD",
                f"[1.1.0]: {COMPARE}v1.0.0...v1.1.0",
                f"[1.0.0]: {URL}/tag/v1.0.0",
            ],
            "1.2.0",
            [f"[unreleased]: {COMPARE}v1.2.0...HEAD", f"[1.2.0]: {COMPARE}v1.1.0...v1.2.0"],
        ),
        ([f"[v1.1.0]: {URL}/tag/v1.1.0", f"[v1.0.0]: {URL}/tag/v1.0.0"], "1.2.0", [f"[v1.2.0]: {URL}/tag/v1.2.0"]),
        ([f"[1.0.0]: {URL}/1.0.0", f"[1.1.0]: {URL}/1.1.0"], "1.2.0", [f"[1.2.0]: {URL}/1.2.0"]),
        ([f"[1.1.0]: {COMPARE}1.0.0...1.1.0"], "1.2.0", [f"[1.2.0]: {COMPARE}1.1.0...1.2.0"]),
        ([f"[1.1.0]: {URL}/tag/v1.1.0", f"[1.0.0]: {URL}/release/1.0.0"], "1.2.0", []),  # two forms
        ([f"[1.1.0]: {URL}/milestone/7"], "1.2.0", []),
        ([f"[1.1.0]: {URL}/1.1.0-rc.1"], "1.2.0", []),
        ([f"[1.0.0]: {URL}/1.0.0"], "1.2.0", []),  # the newest has none
        ([f"[1.1.0]: {URL}/1.1.0 'Title'"], "1.2.0", []),
        ([f"[1.1.0]: {URL}/1.1.0"], "1.0.5", []),  # not the newest
        ([], "1.2.0", []),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_new_version_has_its_link_where_the_others_have_one(
    links: list[str], version: str, expected: list[str], newline: str
) -> None:
    head = "# Log\n\n## [Unreleased]\n\n## [1.1.0] - 2026-01-02\n\n- b\n\n## [1.0.0] - 2026-01-01\n\n- a\n\n"
    before = parse(SourceText.from_text("C.md", (head + "\n".join(links) + "\n").replace("\n", newline)))
    section = new_section(CHANGELOG, version, "2026-02-03", version, "", "", f"## [{version}] - 2026-02-03")
    after = insert_entry(before, parse, version, section)
    assert after is not None
    assert [line for line in after.split(newline) if line.startswith("[") and line not in links] == expected
    made = parse(SourceText.from_text("C.md", after))
    assert len(made.links) == len(before.links) + any(version in label for label in expected)
