"""Comparison of stored values with those that a sync writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from autopack_hooks.sync.fields import differing, json_value, moment, same_vector

NOON = datetime(2026, 1, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        NOON.replace(tzinfo=None),
        NOON.astimezone(timezone(timedelta(hours=5))),
        "2026-01-03T12:00:00+00:00",
        "2026-01-03 12:00:00",
        "2026-01-03T12:00:00Z",
        "2026-01-03 14:00:00.000000+02:00",
        Decimal("1767441600.000000"),
    ],
)
def test_one_moment_in_many_forms(value: object) -> None:
    assert moment(value) == NOON.timestamp()


@pytest.mark.parametrize(
    "value",
    [None, "", "x", b"2026-01-03T12:00:00", 7, "2026-01-03", "2026-01-03T12:00:01", "2026-13-01", "10000-01-01",
     Decimal("Infinity"), Decimal("NaN"), date(2026, 1, 3), "2026-01-03T12:00:00-01:00", "0001-01-01T00:00:00+23:00"],
)  # fmt: skip
def test_another_moment_or_none(value: object) -> None:
    assert moment(value) != NOON.timestamp()


def test_a_day_is_its_midnight() -> None:
    assert moment(date(2026, 1, 3)) == moment("2026-01-03") == moment("2026-01-03T00:00:00+00:00")


@pytest.mark.parametrize("text", ["", "{", "x", "[" * 100_000, "1" * 5000, "{'a': 1}"])
def test_text_that_is_not_json_equals_no_object(text: str) -> None:
    assert json_value(text) == text


@pytest.mark.parametrize("value", [None, 7, b"{}"])
def test_a_value_that_is_not_text(value: object) -> None:
    assert json_value(value) == value


@pytest.mark.parametrize(
    ("wanted", "found", "names"),
    [
        ({"a": 1, "b": "x"}, {"a": 1, "b": "x"}, ()),
        ({"a": 1}, {"a": 1, "more": 2}, ()),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, ()),
        ({"a": 1, "b": "x"}, {"a": 2, "b": "y"}, ("a", "b")),
        ({"a": 1}, {"a": True}, ("a",)),
        ({"a": {"x": [1]}}, {"a": {"x": [True]}}, ("a",)),
        ({"a": "1"}, {"a": 1}, ("a",)),
        ({"a": None}, {}, ("a",)),
        ({"a": "x"}, {"a": b"x"}, ("a",)),
        ({"a": {}}, {"a": None}, ("a",)),
        ({"a": 1.0}, {"a": float("nan")}, ("a",)),
    ],
)
def test_differing(wanted: dict[str, Any], found: dict[str, Any], names: tuple[str, ...]) -> None:
    assert differing(wanted, found) == names


@pytest.mark.parametrize(
    ("found", "same"),
    [
        (([1, 2], [0.1, 0.2]), True),
        (([2, 1], [0.2, 0.1]), True),
        (([1, 2], [0.10000000149011612, 0.20000000298023224]), True),
        (([1, 2], [0.1, 0.3]), False),
        (([1, 3], [0.1, 0.2]), False),
        (([1], [0.1]), False),
        (([], []), False),
        (([1, 2], [0.1]), False),
        (None, False),
    ],
)
def test_same_vector(found: Any, same: bool) -> None:
    assert same_vector(([1, 2], [0.1, 0.2]), found) is same
