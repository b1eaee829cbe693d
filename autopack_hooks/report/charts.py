"""Draw the charts of the HTML report as SVG without texts: they stretch to any width, and labels are the page's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import svg
from markupsafe import Markup, escape

MOST_SERIES = 5
"""Colours of the page; the last is for all further series together."""
OTHERS = "others"
_MOST_BARS = 60
_HEIGHT, _SLOT, _BAR = 100, 10, 8
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Series(NamedTuple):
    """Hold one colour of a chart: a name, the value of each bar, and their sum."""

    name: str
    values: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.values)


class BarChart(NamedTuple):
    """Hold a chart of stacked bars: the drawing, the series, the label of each bar, the value at the top, the unit of time."""

    drawing: Markup
    series: Sequence[Series]
    labels: Sequence[str]
    top: int
    unit: str = ""

    @property
    def totals(self) -> list[int]:
        """Return the sum of each bar."""
        return [sum(values) for values in zip(*(series.values for series in self.series), strict=True)]


class _Unit(NamedTuple):
    """A length of time: its name, the first day of the one that a day is in, and what it is called."""

    name: str
    start: Callable[[date], date]
    label: Callable[[date], str]


_UNITS = (
    _Unit("day", lambda day: day, lambda day: f"{day.day} {_MONTHS[day.month - 1]} {day.year}"),
    _Unit(
        "week",
        lambda day: day - timedelta(days=min(day.weekday(), day.toordinal() - 1)),
        lambda day: f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
    ),
    _Unit("month", lambda day: day.replace(day=1), lambda day: f"{_MONTHS[day.month - 1]} {day.year}"),
    _Unit(
        "quarter",
        lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        lambda day: f"Q{(day.month + 2) // 3} {day.year}",
    ),
    _Unit("year", lambda day: day.replace(month=1, day=1), lambda day: str(day.year)),
    _Unit("decade", lambda day: date(day.year // 10 * 10 or 1, 1, 1), lambda day: f"{day.year}s"),
    _Unit("century", lambda day: date(day.year // 100 * 100 or 1, 1, 1), lambda day: f"{day.year}s"),
)


def timeline(days: Mapping[str, Sequence[str]]) -> BarChart | None:
    """Return the entries of each ledger over time, by the finest unit that gives a readable number of bars.

    Args:
        days: ledger -> the day (``2026-01-03``) of each of its entries; those without a day are left out.
    """
    known = {name: [date.fromisoformat(day) for day in found if day] for name, found in days.items()}
    every = [day for found in known.values() for day in found]
    if not every:
        return None
    first, last = min(every), max(every)
    unit, starts = next(
        (unit, starts)
        for unit in _UNITS
        if len(starts := _starts(unit, first, last)) <= _MOST_BARS or unit is _UNITS[-1]
    )
    counts = {name: Counter(map(unit.start, found)) for name, found in known.items() if found}
    series = [Series(name, [count[start] for start in starts]) for name, count in counts.items()]
    return bar_chart(_merged(series), [unit.label(start) for start in starts], unit.name)


def _starts(unit: _Unit, first: date, last: date) -> list[date]:
    """Return the first days of all units from ``first`` to ``last``; of the shorter ones at most one more than is readable."""
    found = [unit.start(first)]
    day = first
    while day < last and (len(found) <= _MOST_BARS or unit is _UNITS[-1]):
        # Units differ in length: the next one is looked for in steps that are never longer than one.
        step = {"day": 1, "week": 7, "month": 28, "quarter": 90}.get(unit.name, 365)
        day += min(last - day, timedelta(days=step))
        if (start := unit.start(day)) != found[-1]:
            found.append(start)
    return found


def _merged(series: Sequence[Series]) -> list[Series]:
    """Return the largest series, and the sum of the others where there are more than colours."""
    ranked = sorted(series, key=lambda one: (-one.total, one.name))
    if len(ranked) <= MOST_SERIES:
        return ranked
    kept, rest = ranked[: MOST_SERIES - 1], ranked[MOST_SERIES - 1 :]
    return [*kept, Series(OTHERS, [sum(values) for values in zip(*(one.values for one in rest), strict=True)])]


def bar_chart(series: Sequence[Series], labels: Sequence[str], unit: str = "") -> BarChart:
    """Return stacked bars, one for each of ``labels``."""
    totals = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    top = max(1, *totals)
    bars = [_bar(number, label, series, top) for number, label in enumerate(labels)]
    drawing = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, _SLOT * len(labels), _HEIGHT),
        preserveAspectRatio=svg.PreserveAspectRatio("none"),
        class_=["bars"],
        extra={"aria-hidden": "true", "focusable": "false"},
        elements=list(bars),
    )
    return BarChart(Markup(drawing.as_str()), series, labels, top, unit)


def _bar(number: int, label: str, series: Sequence[Series], top: int) -> svg.G:
    """Return one bar, its parts from the bottom up, with a text to show under the pointer."""
    parts: list[svg.Element] = []
    text = ", ".join(f"{one.values[number]} {one.name}" for one in series if one.values[number])
    parts.append(svg.Title(text=str(escape(f"{label}: {text or 'none'}"))))
    left, bottom = number * _SLOT + (_SLOT - _BAR) / 2, float(_HEIGHT)
    for index, one in enumerate(series):
        height = round(one.values[number] / top * _HEIGHT, 2)
        if height:
            bottom = round(bottom - height, 2)
            parts.append(svg.Rect(x=left, y=bottom, width=_BAR, height=height, class_=[f"s{index}"]))
    return svg.G(elements=parts)


def meter(value: int, top: int) -> Markup:
    """Return a bar as long as ``value`` is of ``top``, for a cell of a table."""
    width = round(100 * value / max(1, top), 1)
    drawing = svg.SVG(
        class_=["meter"],
        extra={"aria-hidden": "true", "focusable": "false"},
        elements=[svg.Rect(width=svg.Length(width, "%"), height=svg.Length(100, "%"), rx=2)],
    )
    return Markup(drawing.as_str())
