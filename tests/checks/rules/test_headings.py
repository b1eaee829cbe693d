"""LED003 malformed, LED008 inside a code block, LED022 of no entry, LED023 foreign, LED024 in another form."""

from __future__ import annotations

import pytest

from tests.checks.helpers import Place, findings, places


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
