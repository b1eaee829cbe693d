"""A store that holds other projects alone is not filled unasked."""

from __future__ import annotations

import pytest

from autopack_hooks.core.errors import Refused
from autopack_hooks.sync.identity import Identity, merged
from autopack_hooks.sync.target import Stored

OURS = Stored({("a", "1"): "x"})


class FakeSession:
    """A session that holds projects, each with one entry."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def projects(self) -> tuple[str, ...]:
        return self.names

    def stored_of(self, name: str) -> Stored:
        return OURS if name in self.names else Stored({})


@pytest.mark.parametrize(
    ("others", "stored", "adopt", "guarded", "former"),
    [
        ((), Stored({}), "", True, ""),
        (("old", "demo"), OURS, "", True, ""),
        (("old",), Stored({}, "c1"), "", True, ""),
        (("old",), Stored({}, None, "c1"), "", True, ""),
        (("old",), Stored({}), "", False, ""),
        (("old",), Stored({}), "old", True, "old"),
        (("old", "more"), OURS, "old", False, "old"),
        (("more",), OURS, "old", True, ""),
        (("Demo",), Stored({}), "", True, "Demo"),
        (("Demo",), OURS, "", True, ""),
        (("Demo",), Stored({}), "", False, ""),
    ],
)
def test_former(others, stored, adopt, guarded, former):
    identity = Identity("demo", adopt, ("database",) if guarded else ())
    assert identity.former("database", FakeSession(*others), stored) == former


@pytest.mark.parametrize(
    ("others", "adopt", "words"),
    [
        (("old",), "", ["--adopt old`", "--beside"]),
        (("typo",), "old", ["--adopt typo`"]),
        (("Demo", "old"), "", ["Demo, old"]),
        (("$(rm x)",), "", ["--adopt '$(rm x)'`"]),
        (("a", "b", "c", "d"), "", ["a, b, c, …"]),
    ],
)
def test_refusal(others, adopt, words):
    with pytest.raises(Refused) as caught:
        Identity("demo", adopt, ("database",)).former("database", FakeSession(*others), Stored({}))
    assert all(word in str(caught.value) for word in words)


def test_the_guards_see_both_commits():
    key, other = ("a", "1"), ("a", "2")
    old = Stored({key: "old", other: "old"}, "c1", "c2")
    assert merged(Stored({}), old) == Stored(old.hashes, "c1", "c2")
    assert merged(Stored({key: "own"}, "c3"), old) == Stored({key: "own", other: "old"}, "c3", "c1")
