from __future__ import annotations

import pytest

from autopack_hooks.core.errors import Refused
from autopack_hooks.sync.guard import Ancestry, Permission, Side, allowed_deletes, check_deletes, check_shared, relation
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.target import Stored


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
        # An entry that goes from one ledger to another is not lost.
        (Plan(delete=keys("x", 1, 2), insert=keys("l", 1, 2)), keys("x", 1, 2)),
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
        (Plan(delete=keys("x", 1, 3), insert=keys("l", 1, 2)), keys("x", 1, 3), "all 2 entries of x"),
    ],
)
def test_refused(plan, stored, words):
    with pytest.raises(Refused, match=words):
        check_deletes("database", plan, stored, "10%")


HISTORY = {"a": "a", "b": "ab", "c": "abc", "x": "ax", "y": "axy"}
"""Each commit with its ancestors: a - b - c, and a - x - y."""


def is_ancestor(older, newer):
    return HISTORY[newer].find(older) >= 0 if older in HISTORY and newer in HISTORY else None


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        ("b", "b", Ancestry.EQUAL),
        ("gone", "gone", Ancestry.EQUAL),
        ("a", "c", Ancestry.OLDER),
        ("c", "a", Ancestry.NEWER),
        ("c", "x", Ancestry.DIVERGED),
        ("gone", "c", Ancestry.UNKNOWN),
        ("c", "gone", Ancestry.UNKNOWN),
    ],
)
def test_relation(theirs, ours, expected):
    assert relation(theirs, ours, is_ancestor) is expected


@pytest.mark.parametrize(
    ("forward", "back", "expected"),
    # In a shallow clone git's "no" proves nothing: it is handed in as None.
    [
        (None, True, Ancestry.NEWER),
        (True, None, Ancestry.OLDER),
        (None, None, Ancestry.UNKNOWN),
        (False, None, Ancestry.UNKNOWN),
        (None, False, Ancestry.UNKNOWN),
        (False, False, Ancestry.DIVERGED),
    ],
)
def test_relation_where_git_cannot_tell(forward, back, expected):
    assert relation("t", "o", lambda older, newer: forward if older == "t" else back) is expected


@pytest.mark.parametrize(
    ("commit", "pending", "side"),
    [
        (None, None, Side("a", "main", ["main"])),  # never synced, or from a working tree
        ("c", None, Side("c", "main", ["main"])),
        ("a", None, Side("c", "topic", ["main"])),  # a branch that follows what is stored
        ("a", "b", Side("c", "main", ["main"])),
        ("a", "c", Side("c", None, [])),
        ("y", None, Side("c", "main", ["main"])),  # parted, and this branch may
        ("a", "y", Side("c", "release", ["main", "release"])),
    ],
)
def test_may_write_to_a_shared_target(commit, pending, side):
    check_shared("database", Stored({}, commit, pending), side, is_ancestor)


@pytest.mark.parametrize(
    ("commit", "pending", "side", "words"),
    [
        ("c", None, Side("a", "main", ["main"]), "is ahead"),
        ("a", "c", Side("a", "main", ["main"]), "is ahead"),
        ("a", "c", Side("b", "main", ["main"]), "is ahead"),
        ("gone", None, Side("c", "main", ["main"]), "may be ahead"),
        ("a", "gone", Side("c", "main", ["main"]), "may be ahead"),
        ("y", None, Side("c", "topic", ["main"]), "topic.*has diverged.*main"),
        ("y", None, Side("c", None, ["main"]), "no branch"),
        ("y", None, Side("c", None, []), "none"),
        ("a", "y", Side("c", "topic", ["main"]), "has diverged"),
        (None, None, Side(None, "main", ["main"]), "not a working tree"),
    ],
)
def test_may_not_write_to_a_shared_target(commit, pending, side, words):
    with pytest.raises(Refused, match=words):
        check_shared("database", Stored({}, commit, pending), side, is_ancestor)


@pytest.mark.parametrize("allow_deletes", [False, True])
@pytest.mark.parametrize("set_back", [False, True])
def test_each_option_lifts_its_own_guard(allow_deletes, set_back):
    held = Stored(dict.fromkeys(keys("l", 0, 60), "h"), "newer")
    terms = Permission(
        "10%", allow_deletes, set_back, frozenset(["shared"]), Side("older"), lambda older, newer: older == "older"
    )
    for name, plan, lifted in (
        ("own", Plan(delete=keys("l", 0, 50)), allow_deletes),
        ("shared", Plan(update=keys("l", 0, 1)), set_back),
        ("shared", Plan(delete=keys("l", 0, 50)), allow_deletes and set_back),
    ):
        if lifted:
            terms.check(name, held, plan)
        else:
            with pytest.raises(Refused, match="explain guard"):
                terms.check(name, held, plan)
