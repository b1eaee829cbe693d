"""The fields in which what a target holds differs from what a sync would write."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from autopack_hooks.sync.embedder import Sparse


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names in ``wanted`` whose value in ``found`` is another one; what only ``found`` has does not count."""
    if all(name in found and found[name] == value for name, value in wanted.items()) and _form(wanted) == _form(
        {name: found[name] for name in wanted}
    ):
        return ()
    return tuple(name for name, value in wanted.items() if name not in found or _form(found[name]) != _form(value))


def _form(value: Any) -> str:
    """Return ``value`` as text in which 1, 1.0 and True differ."""
    return json.dumps(value, sort_keys=True, default=repr)


def json_value(text: object) -> object:
    """Return the JSON value that ``text`` holds; anything else as it is, which equals no object."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def moment(value: object) -> object:
    """Return a date in any form as seconds since 1970, so that the same moment is equal; what is not a date as it is.

    Without a time zone it is in UTC, as a sync writes it.
    """
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() if isinstance(value, date) else value


def same_vector(wanted: Sparse, found: Sparse | None) -> bool:
    """Return True if both have the same values at the same indices, as 32 bits hold them."""
    if found is None or len(found[0]) != len(found[1]):
        return False
    return sorted(zip(found[0], array("f", found[1]), strict=True)) == sorted(
        zip(wanted[0], array("f", wanted[1]), strict=True)
    )
