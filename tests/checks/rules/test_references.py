"""LED020: ids in the text that no entry has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.checks.baseline import Baseline, parse_baseline, render_baseline
from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.external import external
from autopack_hooks.checks.pipeline import LEDGER_FAMILIES, Pipeline
from autopack_hooks.config.model import CheckConfig
from autopack_hooks.core.findings import once, ordered
from tests.checks.helpers import SECTION, Place, check_ledgers, findings, ledger, places
from tests.ledger.folders import ledger_of, nygard


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("see BUILD-9", [(5, 5)]),
        ("see BUILD-9, BUILD-8 and BUILD-9", [(5, 5), (5, 14)]),
        ("(BUILD-9)", [(5, 2)]),
        ("BUILD-9's", [(5, 1)]),
        ("BUILD-9.", [(5, 1)]),
        ("**BUILD-9**", [(5, 3)]),
        ("[x](BUILD-9)", [(5, 5)]),
        ("BUILD-1.1", [(5, 1)]),
        ("BUILD-9/BUILD-8", [(5, 1)]),
        ("see BUILD-1", []),
        ("see BUILD-01", [(5, 5)]),
        ("`BUILD-9`", []),
        ("`` `BUILD-9` ``", []),
        ("` BUILD-9", [(5, 3)]),
        ("`a` BUILD-9 `b`", [(5, 5)]),
        ("BUILD-9-NOTES and BUILD-9_x and BUILD-9x", []),
        ("BUILD-9.md and docs/BUILD-9 and a-BUILD-9", []),
        ("docs/BUILD-9/x.md", []),
        ("REBUILD-9", []),
        ("DEC-9 and OTHER-9", []),
        ("build-9", []),
        ("    BUILD-9", []),
    ],
)
def test_references(line: str, expected: list[Place]) -> None:
    assert places(f"{SECTION}\n{line}\n", "LED020") == expected


def test_an_id_of_another_ledger_is_looked_up_there() -> None:
    both = RuleContext(
        [ledger(SECTION + "\nDEC-1 and DEC-2\n"), ledger("### DEC-1 | 2026-01-01 | T\n", "architecture")]
    )
    assert [f.message for f in check_ledgers(both, CheckConfig())] == ["DEC-2 is not an entry of architecture"]


def test_nothing_is_said_of_a_ledger_that_cannot_be_read() -> None:
    both = RuleContext([ledger(SECTION + "\nDEC-2\n"), ledger(b"\xff", "architecture")])
    assert [f.code for f in check_ledgers(both, CheckConfig())] == ["LED001"]


def test_a_removed_entry_is_told_once_as_that() -> None:
    found = findings(SECTION + "\nBUILD-2\n", previous={"build_history": ["BUILD-2"]})
    assert [f.code for f in found] == ["LED021"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("BUILD-9 `BUILD-8` BUILD-7", [1, 19]),
        ("`BUILD-9", [2]),
        ("``BUILD-9` BUILD-8", [3, 12]),
        ("``a`BUILD-9`` BUILD-8", [15]),
        ("`a``BUILD-9` BUILD-8", [14]),
        ("```BUILD-9` `BUILD-8`", [4, 14]),
        ("`a\nBUILD-9`\nBUILD-8", [1]),
        ("`\u00e4 BUILD-9` \u00e4 BUILD-8", [15]),
        ("- `a\n  BUILD-9` BUILD-8", [12]),
    ],
)
def test_code_spans_are_left_out(text: str, columns: list[int]) -> None:
    assert [f.column for f in findings(SECTION + "\n" + text) if f.code == "LED020"] == columns


def named(text: str, *globs: str) -> list[str]:
    """What LED020 says of a decision with this text where ids that ``globs`` match are of other repositories."""
    files = {"docs/adr/0001-a.md": nygard(1, "A").replace("Why.", text)}
    found = check_ledgers(RuleContext([ledger_of(files, "nygard")], external=globs), CheckConfig(select=("LED020",)))
    return [finding.context for finding in found]


@pytest.mark.parametrize(
    ("text", "globs", "expected"),
    [
        ("meta-llm ADR-0224", ["meta-llm ADR-*"], []),
        ("Meta-LLM ADR-0224, adopted", ["meta-llm ADR-*"], []),
        ("see [meta-llm ADR-224](https://example.com)", ["meta-llm ADR-*"], []),
        ("meta-llm: ADR-0224", ["meta-llm ADR-*"], []),
        ("meta-llm (ADR-0224)", ["meta-llm ADR-*"], []),
        ("**meta-llm**\nADR-0224", ["meta-llm ADR-*"], []),
        ("meta-llm's ADR-0224", ["meta-llm* ADR-*"], []),
        ("the platform team ADR-0224", ["platform team ADR-02*"], []),
        ("ADR-0380 and ADR-380", ["ADR-0380"], []),
        ("ADR-0224", ["meta-llm ADR-*"], ["ADR-0224"]),
        ("meta-llm and ADR-0224", ["meta-llm ADR-*"], ["ADR-0224"]),
        ("other-llm ADR-0224", ["meta-llm ADR-*"], ["ADR-0224"]),
        ("meta-llm ADR-0224 and ADR-0225", ["meta-llm ADR-*"], ["ADR-0225"]),
        ("| meta-llm | ADR-0224 |", ["meta-llm ADR-*"], ["ADR-0224"]),
        ("meta-llm ADR-0224", ["meta-llm ADR-03*", "llm ADR-*"], ["ADR-0224"]),
        ("meta-llm ADR-0224", [], ["ADR-0224"]),
        ("ADR-3800", ["ADR-380"], ["ADR-3800"]),
    ],
)
def test_ids_of_other_repositories(text: str, globs: list[str], expected: list[str]) -> None:
    assert named(text, *globs) == expected


@given(st.text(), st.lists(st.text("a*?[]- AR", min_size=1).filter(str.strip), max_size=3))
def test_any_text_and_any_glob(text: str, globs: list[str]) -> None:
    assert external(globs)(text, len(text), ["ADR-1"]) in (True, False)


def test_an_entry_of_another_repository_may_supersede() -> None:
    files = {"docs/adr/0001-a.md": nygard(1, "A", "Superseded by meta-llm ADR-0224")}
    codes = [
        [f.code for f in check_ledgers(RuleContext([ledger_of(files, "nygard")], external=globs), CheckConfig())]
        for globs in (["meta-llm ADR-*"], ["other ADR-*"])
    ]
    assert codes == [[], ["LED030"]]


def test_an_id_is_reported_once_a_ledger() -> None:
    text = "ADR-0099 here, ADR-0099 there.\n\nADR-0098, ADR-0099."
    files = {f"docs/adr/000{n}-a.md": nygard(n, "A").replace("Why.", text) for n in (2, 1)}
    found = check_ledgers(RuleContext([ledger_of(files, "nygard")]), CheckConfig())
    assert len(found) == 6, "the baseline and ignore comments know each line"
    assert [(f.path, f.line, f.message) for f in ordered(once(found))] == [
        ("docs/adr/0001-a.md", 11, "ADR-0099 is not an entry of decisions; named 6 times"),
        ("docs/adr/0001-a.md", 13, "ADR-0098 is not an entry of decisions; named 2 times"),
    ]


def test_what_is_ignored_or_known_does_not_count() -> None:
    text = "<!-- autopack: ignore LED020 of the other team -->\nADR-0099\n\nADR-0099, as they say."
    files = {"docs/adr/0001-a.md": nygard(1, "A").replace("Why.", text)}
    found = check_ledgers(RuleContext([ledger_of(files, "nygard")]), CheckConfig())
    assert [(f.line, f.message) for f in once(found)] == [(14, "ADR-0099 is not an entry of decisions")]
    pipeline = Pipeline(CheckConfig(), LEDGER_FAMILIES)
    known = parse_baseline("b.json", render_baseline(found, Baseline("b.json", {}, {}), {found[0].path}, ("LED",)))
    assert pipeline.report(found, known, {found[0].path}) == []
