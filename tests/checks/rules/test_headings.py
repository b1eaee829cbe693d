"""LED003 malformed, LED008 in a code block, LED022 without an id, LED023 foreign, LED024 in another form, LED033 no entry."""

from __future__ import annotations

import pytest

from tests.checks.helpers import INDEX, ROW, Place, findings, places


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("# X\n\n### BUILD 012 - Faster\n", "LED003", [(3, 5)]),
        ("##  build-12: a\n", "LED003", [(1, 5)]),
        ("### BUILD-012 | 2026-01-01 | Faster\n", "LED003", []),
        ("### Build 2 of 3 servers\n### BUILDING-3\n## BUILD-145-FOLLOWUP\n## BUILDS\n", "LED003", []),
        ("```\n\n### BUILD-1 | 2026-01-01 | x\n", "LED008", [(3, 1)]),
        ("```\n### BUILD-1\n```\n", "LED008", [(2, 1)]),
        ("```\n# BUILD-1\n#### BUILD-1\nBUILD-1\n### OTHER-1\n```\n### BUILD-1\n", "LED008", []),
        ("`### BUILD-1`\n\n    ### BUILD-1\n", "LED008", []),
        ("### Notes\n", "LED022", [(1, 5)]),
        ("## Part\n#### Deep\n# Top\n### BUILD-1 | 2026-01-01 | x\n#### Inner\n", "LED022", []),
        ("## BUILD-1\n### Inner\n", "LED022", []),
        ("### BUILD-1\n### Inner\n#### Deep\n### RFC-2119 words\n", "LED022", [(2, 5), (4, 5)]),
        ("### BUILD-1\n## Notes\n### Inner\ntext\n", "LED022", []),
        ("### INDEX\n### BUILD-1\n", "LED022", []),
        ("### BUID-012 | 2026-01-01 | Faster\n", "LED003", [(1, 5)]),
        ("### BUILD-1\n## Notes\n\nOne.\n\n---\n", "LED033", [(2, 4)]),
        ("### BUILD-1\n# Notes\n### BUID-2\n", "LED033", [(2, 3)]),
        ("### DEC-1: x\n## Notes\nOne.\n", "LED033", [(2, 4)]),
        ("## Notes\n\nOne.\n\n### BUILD-1\n", "LED033", []),
        ("### BUILD-1\n## 2025\n\n---\n\n### BUILD-2\n# End\n", "LED033", []),
        ("### BUILD-1\n## INDEX (newest first)\n\nOne.\n\n# Builds\n\nTwo.\n## Entries: old\nThree.\n", "LED033", []),
        ("### BUILD-1\n## Indexes\nOne.\n## INDEX of names\nTwo.\n", "LED033", [(2, 4), (4, 4)]),
        (f"### BUILD-1\n## List\n\n{INDEX}{ROW}\n", "LED033", []),
        (f"### BUILD-1\n## List\n\nOne.\n\n{INDEX}{ROW}\n| a |\n", "LED033", [(2, 4)]),
        ("## DEC-1: x\n", "LED023", [(1, 4)]),
        ("### DBG-080 | 2026-01-01 | x\n", "LED023", [(1, 5)]),
        ("### DEC 1: x\n### OTHER-1\n#### DEC-1\nDEC-1\n", "LED023", []),
        ("## BUILD-145: Tidy (2026-01-02) ✅ COMPLETE\n", "LED024", [(1, 4)]),
        ("## BUILD-1 | 2026-01-01 | x\n", "LED024", [(1, 4)]),
        ("### BUILD-1: x\n", "LED024", [(1, 5)]),
        ("### BUILD-1 | x\n", "LED024", [(1, 5)]),
        ("### BUILD-1 | 2026-01-01 | x\n### BUILD-2 | 2026-01-01T10:00 | Tool | x\n", "LED024", []),
    ],
)
def test_headings(text: str, code: str, expected: list[Place]) -> None:
    assert places(text, code) == expected


@pytest.mark.parametrize(("end", "how"), [("", "and is never closed"), ("```\n", "and is closed only after it")])
def test_a_swallowed_heading_names_the_line_of_its_fence(end: str, how: str) -> None:
    text = "# X\n\n```sh\nls\n\n### BUILD-7 | 2026-01-01 | x\n" + end
    found = [f for f in findings(text) if f.code == "LED008"]
    assert [f.message for f in found] == [f"the heading of BUILD-7 is inside the code block that opens on line 3 {how}"]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("### BUILD-1\n### Good\n", "LED022", "the heading 'Good' stands at the level of entries and has no id, so it is read as a part of BUILD-1"),  # noqa: E501
        ("### Good\n", "LED022", "the heading 'Good' stands at the level of entries and belongs to no entry"),
        ("### BUILD-1\n## N\n\nOne.\n", "LED033", "1 line of text below the heading 'N' belongs to no entry"),
        ("### BUILD-1\n## N\n\nOne.\n\nTwo.\n", "LED033", "2 lines of text below the heading 'N' belong to no entry"),
        ("### BUID-7 | 2026-01-01 | x\n", "LED003",
         "'BUID-7 | 2026-01-01 | x' starts with no id of this ledger; write BUILD-7 | DATE | TITLE"),
    ],
)  # fmt: skip
def test_messages(text: str, code: str, message: str) -> None:
    assert [f.message for f in findings(text) if f.code == code] == [message]
