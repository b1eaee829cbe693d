"""Messages that differ in their values are one group, in any order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.learn import signatures
from autopack_hooks.learn.incidents import make_incident
from autopack_hooks.learn.signatures import group_incidents, mask, matches_signature


@pytest.mark.parametrize(
    "message, masked",
    [
        ("timeout after 30 s", "timeout after <N> s"),
        ("at 2026-01-02T03:04:05Z in /srv/a/b.py:12", "at <TIME> in <PATH>:<N>"),
        (r"C:\Users\me\x.txt is locked", "<PATH> is locked"),
        ("commit 0123456789abcdef0123 of BUILD-12", "commit <HEX> of <ID>"),
        ("cannot open 'a b': no \"c\"", "cannot open <STR>: no <STR>"),
        ("see https://example.org/a?b=1 now", "see <URL> now"),
        ("table_7 and -1.5", "table_<N> and <N>"),
        # What only looks like a value stays.
        ("don't do it, can't you", "don't do it, can't you"),
        ("sqlite3 and utf8 facade", "sqlite3 and utf8 facade"),
        ("deadbeef is a word", "deadbeef is a word"),
        ("and/or", "<PATH>"),
    ],
)
def test_masks(message: str, masked: str) -> None:
    assert mask(message) == masked


@given(st.text("ab/\\'\"`0189:.-TZ<> ", max_size=60))
def test_masks_take_any_text(text: str) -> None:
    assert "\n" not in mask(text)


@pytest.mark.parametrize("char", ["a", "/", "'", "0", "-", "A", "a/", "A-", "1:"])
def test_masks_are_quick_on_one_repeated_token(char: str) -> None:
    mask(char * 20_000)


def incidents() -> list:
    rnd = random.Random(3)
    word = lambda: "".join(rnd.choices("abcdefghij", k=6))  # noqa: E731
    rows = [{"code": "E1", "message": f"cannot open '{word()}': no such table {word()}_{n}"} for n in range(12)]
    rows += [{"message": f"checksum of BUILD-{n} differs from {rnd.getrandbits(160):040x}"} for n in range(12)]
    rows += [
        {"code": "LNK001", "message": "docs/a.md does not exist; did you mean x?", "commit": str(n)} for n in range(3)
    ]
    rows += [{"code": "LNK001", "message": "m", "target": "docs/a.md", "commit": str(n)} for n in range(2)]
    return [make_incident(row) for row in rows]


def test_groups_do_not_depend_on_the_order() -> None:
    rows = incidents()
    first = group_incidents(rows)
    assert [len(group.incidents) for group in first] == [12, 12, 5]
    assert (first[-1].code, first[-1].signature, first[-1].own) == ("LNK001", "docs/a.md", True)
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        assert group_incidents(rows) == first


def test_without_the_miner_masks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "has_miner", lambda: False)
    counts = [len(group.incidents) for group in group_incidents(incidents())]
    assert counts[:2] == [12, 5] and counts.count(1) == 12


@pytest.mark.parametrize(
    "signature, message, known",
    [
        ("quota of <N> MB exceeded", "worker 7: quota of 512 MB exceeded", True),
        ("no such table <*>", "sqlite: no such table users", True),
        ("Database is locked", "database is LOCKED.", True),
        ("quota of <N> MB exceeded", "quota of 512 GB exceeded", False),
        ("<*> <N>", "anything 7", False),
        ("", "x", False),
    ],
)
def test_a_signature_is_found_in_a_message(signature: str, message: str, known: bool) -> None:
    assert matches_signature(signature, message) is known
