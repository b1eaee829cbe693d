from __future__ import annotations

import pytest

from autopack_hooks.errors import Refused
from autopack_hooks.sync.guard import allowed_deletes, check_deletes
from autopack_hooks.sync.plan import Plan


@pytest.mark.parametrize(
    ("limit", "stored", "allowed"),
    [
        ("10%", 262, 26),
        ("10%", 50, 5),
        ("10%", 3, 5),
        ("0%", 1000, 5),
        ("100%", 40, 40),
        ("2.5%", 1000, 25),
        ("7", 1000, 7),
        ("0", 1000, 5),
    ],
)
def test_allowed_deletes(limit, stored, allowed):
    assert allowed_deletes(limit, stored) == allowed


def keys(name, first, last):
    return tuple((name, f"X-{n}") for n in range(first, last))


@pytest.mark.parametrize(
    ("plan", "stored"),
    [
        (Plan(), ()),
        (Plan(delete=keys("l", 0, 5)), keys("l", 0, 20)),
        (Plan(delete=keys("l", 0, 10)), keys("l", 0, 100)),
        # A ledger whose ids all changed, but that says something, is not an emptied one.
        (Plan(delete=keys("l", 0, 2), insert=keys("l", 5, 7)), keys("l", 0, 2)),
    ],
)
def test_allowed(plan, stored):
    check_deletes("database", plan, stored, "10%")


@pytest.mark.parametrize(
    ("plan", "stored", "words"),
    [
        (Plan(delete=keys("l", 0, 6)), keys("l", 0, 20), "6 of 20"),
        (Plan(delete=keys("l", 0, 11)), keys("l", 0, 100), "11 of 100"),
        (Plan(delete=keys("l", 0, 3)), keys("l", 0, 3), "all 3 entries of l"),
        (
            Plan(delete=keys("l", 0, 3), insert=keys("m", 5, 7)),
            keys("l", 0, 3) + keys("m", 0, 90),
            "all 3 entries of l",
        ),
    ],
)
def test_refused(plan, stored, words):
    with pytest.raises(Refused, match=words):
        check_deletes("database", plan, stored, "10%")
