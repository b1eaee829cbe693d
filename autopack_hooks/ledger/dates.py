"""Dates and times as ledgers write them: ISO 8601, with a blank or ``T`` between date and time.

A time without a zone is taken as UTC, so that a ledger gives the same instant on every machine.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_DATE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?)?(?![\d-])",
    re.ASCII,
)
_LIKE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)", re.ASCII)


def looks_like_date(text: str) -> bool:
    """Return whether ``text`` starts with something meant as a date, right or wrong."""
    return _LIKE.match(text.strip()) is not None


@lru_cache(4096)  # every check asks again, and a ledger has few different days
def parse_date(text: str) -> datetime | None:
    """Return the instant that ``text`` starts with, in UTC; None where there is none, or no such day."""
    match = _DATE.match(text.strip())
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        parts = int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
        moment = datetime(*parts, int((fraction or "0")[:6].ljust(6, "0")), tzinfo=UTC)
        if zone in (None, "Z", "UTC"):
            return moment
        naive = moment.replace(tzinfo=None).isoformat()
        return datetime.fromisoformat(f"{naive}{zone[:3]}:{zone[-2:]}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
