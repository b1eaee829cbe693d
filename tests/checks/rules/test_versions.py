"""Changelogs: order, dates, links."""

from __future__ import annotations

import pytest

from tests.ledger.folders import told

HEAD = "# Changelog\n\n## [Unreleased]\n\n"
TWO = HEAD + "## [1.1.0] - 2026-01-02\n\n- b\n\n## [1.0.0] - 2026-01-01\n\n- a\n"
LINKS = "\n[1.1.0]: https://example.com/1.1.0\n[1.0.0]: https://example.com/1.0.0\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(TWO, [], id="no links"),
        pytest.param(TWO + LINKS, [], id="all links"),
        pytest.param(TWO + "\n[Unreleased]: https://example.com/x" + LINKS, [], id="a link of what is not released"),
        pytest.param(TWO + LINKS.replace("[1.", "[v1."), [], id="links with a v"),
        pytest.param(TWO + "\n[docs]: https://example.com/1.0.0\n", [], id="links of other things"),
        pytest.param(TWO + "\n[1.1.0]: https://example.com/1.1.0\n", ["x.md:9 LED031"], id="a link is missing"),
        pytest.param(
            TWO.replace("[1.0.0]", "1.0.0") + "\n[1.1.0]: https://example.com/1.1.0\n", [], id="no brackets to show"
        ),
        pytest.param(TWO + LINKS + "[1.2.0]: https://example.com\n", ["x.md:15 LED031"], id="a version is missing"),
        pytest.param(TWO + "\n```\n[1.1.0]: x\n```\n", [], id="a definition in code"),
        pytest.param(TWO.replace("[1.1.0]", "1.1.0"), [], id="no brackets"),
        pytest.param(TWO.replace(" - 2026-01-02", ""), ["x.md:5 LED024"], id="no date"),
        pytest.param(TWO.replace(" - 2026-01-02", "").replace(" - 2026-01-01", ""), [], id="no dates at all"),
        pytest.param(TWO.replace("2026-01-02", "Unreleased"), [], id="a date to come"),
        pytest.param(
            TWO.replace("[1.1.0]", "[1.1.0](https://example.com)") + "\n[1.0.0]: https://example.com\n",
            [],
            id="a link in the heading",
        ),
        pytest.param(TWO.replace("[Unreleased]", "main / unreleased"), [], id="a branch and unreleased"),
        pytest.param(TWO.replace("[Unreleased]", "[Unreleased](https://example.com)"), [], id="unreleased is a link"),
        pytest.param(TWO.replace("[Unreleased]", "Next changes"), [], id="the next changes"),
        pytest.param(TWO.replace("[Unreleased]", "Main changes"), ["x.md:3 LED022"], id="the main changes"),
        pytest.param(TWO.replace("2026-01-02", "02.01.2026"), ["x.md:5 LED024"], id="a date of another kind"),
        pytest.param(TWO.replace("2026-01-02", "2026-02-30"), ["x.md:5 LED012"], id="no such day"),
        pytest.param(TWO.replace("2026-01-02", "2025-12-31"), ["x.md:9 LED014"], id="an older one above"),
        pytest.param(TWO.replace("2026-01-02", "2026-01-01"), [], id="two on one day"),
        pytest.param(
            TWO.replace("2026-01-02", "2026-01-01").replace("1.1.0", "0.9.0"),
            ["x.md:9 LED014"],
            id="one day, upside down",
        ),
        pytest.param(TWO.replace("1.1.0", "1.0.0"), ["x.md:9 LED004"], id="a version twice"),
        pytest.param(TWO.replace("01-02", "01-02 [YANKED]"), [], id="yanked"),
        pytest.param(TWO + "\n## Notes\n", ["x.md:13 LED022"], id="another heading, after which nothing is open"),
        pytest.param(HEAD + "## Notes\n", ["x.md:5 LED022"], id="a heading of no version"),
        pytest.param(TWO + "\n## About BUILD-9 and DEC-1\n", ["x.md:13 LED022"], id="ids of other ledgers"),
        pytest.param(TWO + "\nSince 0.1.0 all is better than in 9.9.9.\n", [], id="versions in prose"),
    ],
)
def test_changelogs(text: str, expected: list[str]) -> None:
    assert told({"x.md": text}, "keep-a-changelog") == expected


LOG = """\
# Decisions

| ADR | Title | Status |
|---|---|---|
| [ADR-001](#a) | A | Superseded |
| ADR-002 | B | Accepted |

### ADR-001: A

**Status**: Superseded by ADR-002

### ADR-002: B

**Status**: Accepted

Ends ADR-001.
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("# Decisions", "# Log", [], id="right"),
        pytest.param(LOG[: LOG.index("### ")], "", [], id="no INDEX"),
        pytest.param("| ADR-002 |", "| ADR-003 |", ["x.md:6 LED006", "x.md:12 LED007"], id="a row of nothing"),
        pytest.param("Superseded by ADR-002", "Accepted", ["x.md:5 LED034"], id="no supersession"),
        pytest.param("**: Accepted", "**: Accepted, supersedes ADR-001", [], id="both ends"),
        pytest.param("### ADR-002:", "### ADR-002 |", ["x.md:12 LED024"], id="another form"),
        pytest.param("Superseded by ADR-002", "Superseded by ADR-7", ["x.md:10 LED030"], id="by what is not there"),
        pytest.param(
            "Superseded by ADR-002", "Obsolete", ["x.md:5 LED034", "x.md:10 LED013"], id="a status of no kind"
        ),
    ],
)
def test_logs_of_decisions(old: str, new: str, expected: list[str]) -> None:
    assert old in LOG
    assert told({"x.md": LOG.replace(old, new)}, "decision-log") == expected
