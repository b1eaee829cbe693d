"""Charts: every entry is in one bar, and the number of bars stays readable."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("svg")

from autopack_hooks.report.charts import MOST_SERIES, OTHERS, Series, bar_chart, meter, timeline


@pytest.mark.parametrize(
    ("days", "unit", "labels"),
    [
        (["2026-01-03"], "day", ["3 Jan 2026"]),
        (["2026-01-03", "2026-01-05", ""], "day", ["3 Jan 2026", "4 Jan 2026", "5 Jan 2026"]),
        (["2025-01-01", "2026-01-31"], "week", ["30 Dec 2024", "26 Jan 2026"]),
        (["2024-01-31", "2026-01-31"], "month", ["Jan 2024", "Jan 2026"]),
        (["2015-01-31", "2026-12-31"], "quarter", ["Q1 2015", "Q4 2026"]),
        (["1985-01-31", "2026-12-31"], "year", ["1985", "2026"]),
        (["1826-01-31", "2026-12-31"], "decade", ["1820s", "2020s"]),
        (["0001-01-01", "9999-12-31"], "century", ["1s", "9900s"]),
    ],
)
def test_the_unit_of_a_timeline(days, unit, labels):
    chart = timeline({"a": days})
    assert chart is not None and chart.unit == unit
    assert [chart.labels[0], chart.labels[-1]] == [labels[0], labels[-1]]


@pytest.mark.parametrize("days", [{}, {"a": []}, {"a": ["", ""]}])
def test_nothing_dated_has_no_chart(days):
    assert timeline(days) is None


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefg<"), st.lists(st.dates().map(date.isoformat), max_size=4), max_size=8))
def test_every_dated_entry_is_in_one_bar(days):
    chart = timeline(days)
    count = sum(map(len, days.values()))
    assert (chart is None) is (count == 0)
    if chart:
        assert sum(chart.totals) == count and max(chart.totals) == chart.top
        assert len(chart.series) <= MOST_SERIES and len(chart.labels) <= 101
        ElementTree.fromstring(str(chart.drawing))


def test_further_series_are_summed():
    chart = timeline({str(number): ["2026-01-01"] * (9 - number) for number in range(8)})
    assert chart is not None
    assert [series.total for series in chart.series] == [9, 8, 7, 6, 5 + 4 + 3 + 2]
    assert chart.series[-1].name == OTHERS


def test_a_name_cannot_become_markup():
    chart = bar_chart([Series("<script>", [1])], ["<b>&"])
    assert "<script>" not in chart.drawing and "<b>" not in chart.drawing


@pytest.mark.parametrize(("value", "top", "width"), [(0, 0, "0.0%"), (1, 3, "33.3%"), (3, 3, "100.0%")])
def test_a_meter(value, top, width):
    assert f'width="{width}"' in meter(value, top)
