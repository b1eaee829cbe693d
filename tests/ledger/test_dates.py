"""Dates as ledgers write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.ledger.dates import looks_like_date, parse_date


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-03", "2026-01-03T00:00:00+00:00"),
        ("2026-01-03T15:30", "2026-01-03T15:30:00+00:00"),
        ("2026-01-03 15:30", "2026-01-03T15:30:00+00:00"),
        ("2026-01-03T15:30:05Z", "2026-01-03T15:30:05+00:00"),
        ("2026-01-03T15:30:05.123456789Z", "2026-01-03T15:30:05.123456+00:00"),
        ("2026-01-03T15:30:05.5", "2026-01-03T15:30:05.500000+00:00"),
        ("2026-01-03 15:30 UTC", "2026-01-03T15:30:00+00:00"),
        ("2026-01-03T15:30:00+02:00", "2026-01-03T13:30:00+00:00"),
        ("2026-01-03T15:30:00-0530", "2026-01-03T21:00:00+00:00"),
        ("2026-01-01T00:30+01:00", "2025-12-31T23:30:00+00:00"),
        ("  2026-01-03  ", "2026-01-03T00:00:00+00:00"),
        ("2026-01-03 (evening)", "2026-01-03T00:00:00+00:00"),
        ("2026-01-03 and more", "2026-01-03T00:00:00+00:00"),
        ("2024-02-29", "2024-02-29T00:00:00+00:00"),
        ("0001-01-01", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_dates(text: str, instant: str) -> None:
    date = parse_date(text)
    assert date is not None
    assert date.isoformat() == instant
    assert looks_like_date(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-02-30", True),
        ("2026-13-01", True),
        ("2025-02-29", True),
        ("2026-1-3", True),
        ("2026/01/03", True),
        ("2026.01.03", True),
        ("2026-01-03T25:00", True),
        ("2026-01-03T15:61", True),
        ("2026-01-03T15:30:00+25:00", True),
        ("0001-01-01T00:00+01:00", True),
        ("9999-12-31T23:59-01:00", True),
        ("0000-01-01", True),
        ("2026-01-03-04", True),
        ("2026-01-033", False),
        ("20260103", False),
        ("", False),
        ("Jan 3, 2026", False),
        ("2026-01", False),
        ("last Friday", False),
        ("v2026-01-03", False),
        ("２０２６-01-03", False),
    ],
)
def test_what_is_no_date(text: str, meant: bool) -> None:
    assert parse_date(text) is None
    assert looks_like_date(text) is meant


@given(st.text(st.sampled_from("0123456789-T: Z+.UTC"), max_size=30) | st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    date = parse_date(text)
    assert date is None or date.utcoffset() is not None
    assert date is None or looks_like_date(text)


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)),
    st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_every_iso_time_is_the_same_instant(moment: datetime, zone: timezone) -> None:
    assert parse_date(moment.replace(tzinfo=zone).isoformat()) == moment.replace(tzinfo=zone)
    assert parse_date(moment.isoformat(sep=" ")) == moment.replace(tzinfo=UTC)
