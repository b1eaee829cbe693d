"""The page keeps its size whatever is in it, and says nothing where there is nothing."""

from __future__ import annotations

import pytest

pytest.importorskip("jinja2")

from autopack_hooks.report.html import (
    CitedEntry,
    CountedName,
    DebtSample,
    EntryList,
    LedgerLine,
    LinkSummary,
    ListedEntry,
    Ranking,
    ReportPage,
    TargetState,
    render_page,
)


def full_page(text: str) -> ReportPage:
    """The page of a project in which everything is long."""
    entry = ListedEntry("BUILD-00001", text, "2026-01-01", text[:60], text, text[:200])
    listing = EntryList([entry] * 30, 10_000)
    ranking = Ranking([CountedName(text, 3)] * 12, 400)
    return ReportPage(
        project=text,
        commit="a" * 40,
        day="2026-01-01",
        ledgers=[LedgerLine("builds", "docs/BUILD.md", 10_000, "2020-01-01", "2026-01-01")],
        days={"builds": ["2020-01-01", "2026-01-01"] * 5_000},
        problems=listing,
        in_force=listing,
        superseded=listing,
        newest=EntryList([entry] * 6, 10_000),
        cited=[CitedEntry(entry, ["BUILD-00001"] * 12, 400)] * 15,
        citations=3,
        links=LinkSummary(3, 3, 3, 3, [CountedName("missing file", 3)] * 12, ranking, ranking),
        debt=[DebtSample("a" * 40, "2026-01-01", 30_000, 7)] * 12,
        targets=[TargetState("database", "unknown", text, text, text)] * 2,
        notes=[text],
    )


@pytest.mark.parametrize("text", ["long " * 400, "\U0001f600" * 2000, "\u6f22" * 2000, "<\"&'>" * 500, "a/_b" * 500])
def test_the_largest_page_is_small(text):
    assert len(render_page(full_page(text))) < 300_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b> & \"c\" 'd'", "&lt;b&gt; &amp; &#34;c&#34; &#39;d&#39;"),
        ("{{ 1 + 1 }}{% raw %}", "{{ 1 + 1 }}{% raw %}"),
        ("a\u202eb\x00c\udc80", "a\ufffdb\ufffdc\ufffd"),
        ("x" * 320, "x" * 320),
        ("x" * 321, "x" * 319 + "\u2026"),
    ],
)
def test_a_text_is_shown_as_it_is_written(text, shown):
    page = render_page(ReportPage(text)).decode()
    assert f"<h1>{shown}</h1>" in page


def test_an_empty_page_says_what_to_do():
    page = render_page(ReportPage("demo")).decode()
    assert (
        "autopack-hooks init" in page and "The links were not checked." in page and "No target is configured." in page
    )
    assert "<svg" not in page
