"""The chain as a pure value: whatever is done to a trail shows."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.audit.chain import (
    GENESIS,
    HEAL,
    Head,
    Line,
    Tail,
    continuation,
    find_problems,
    parse_head,
    parse_record,
    seal,
)
from autopack_hooks.core.hashing import canonical

TIME = "2026-01-01T00:00:00Z"


def chain(count: int, *, signed: bool = False) -> tuple[list[bytes], Head]:
    """The lines of ``count`` records, and their head."""
    bodies = [{"action": "sync", "time": TIME, "number": number} for number in range(count)]
    records = seal(bodies, Tail(0, GENESIS), signed=signed)
    head = Head(records[-1]["seq"], records[-1]["hash"], "s" if signed else "") if records else Head()
    return [canonical(record) for record in records], head


def told(lines: Sequence[bytes], head: Head | None) -> list[str]:
    """The problems, as text."""
    return [str(p) for p in find_problems([Line("audit.jsonl", n, data) for n, data in enumerate(lines, 1)], head)]


def edited(line: bytes, **fields: object) -> bytes:
    return canonical({**json.loads(line), **fields})


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_trail_as_it_was_written_is_right(count: int) -> None:
    assert told(*chain(count)) == []
    assert told(*chain(count, signed=True)) == []


def test_no_trail_is_right() -> None:
    assert told([], None) == []
    assert told([], Head()) == []


def test_what_is_told() -> None:
    lines, head = chain(5)
    a, b, c, d, e = lines
    forged = seal([{"action": "nothing", "time": TIME}], Tail(2, json.loads(b)["hash"]), signed=False)[0]
    last = canonical(seal([{"action": "x", "time": TIME}], Tail(4, json.loads(d)["hash"]), signed=False)[0])
    cases = {
        "audit.jsonl:3: record 3 was changed": [a, b, edited(c, action="nothing"), d, e],
        "audit.jsonl:1: record 1 was changed": [json.dumps(json.loads(a)).encode(), b, c, d, e],
        "audit.jsonl:2: record 1 was moved: it stands after record 2": [b, a, c, d, e],
        "audit.jsonl:2: record 2 was removed before record 3": [a, c, d, e],
        "audit.jsonl:1: records 1 to 2 were removed before record 3": [c, d, e],
        "head: records 4 to 5 were removed at the end": [a, b, c],
        "head: records 1 to 5 were removed at the end": [],
        "audit.jsonl:3: record 2 stands here once more": [a, b, b, c, d, e],
        "audit.jsonl:4: record 4 does not follow record 3": [a, b, canonical(forged), d, e],
        "audit.jsonl:5: record 5 is not the one that the head names": [a, b, c, d, last],
        "audit.jsonl:2: this is no record": [a, b"", b, c, d, e],
        "audit.jsonl:6: this is no record": [a, b, c, d, e, b'{"action":"sy'],
    }  # fmt: skip
    for said, found in cases.items():
        assert any(problem.startswith(said) for problem in told(found, head)), (said, told(found, head))
    assert told(lines, None) == ["head: it is missing or cannot be read, so records at the end may be missing, too"]
    assert "older than the trail's last, 5" in told(lines, Head(2, json.loads(b)["hash"]))[0]
    assert told(lines, Head(4, json.loads(d)["hash"])) == []  # killed between the record and the head


@given(st.data())
def test_any_single_change_shows(data: st.DataObject) -> None:
    lines, head = chain(data.draw(st.integers(2, 6)))
    at = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(st.integers(0, len(lines) - 1).filter(lambda n: n != at))
    byte = data.draw(st.integers(0, len(lines[at]) - 1))
    new = data.draw(st.integers(0, 255).filter(lambda b: b != lines[at][byte]))
    swapped = list(lines)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    damaged = {
        "a byte": [*lines[:at], lines[at][:byte] + bytes([new]) + lines[at][byte + 1 :], *lines[at + 1 :]],
        "removed": [*lines[:at], *lines[at + 1 :]],
        "swapped": swapped,
        "cut off": lines[:at],
        "cut short": [*lines[:at], lines[at][:byte]],
        "repeated": [*lines[:other], lines[at], *lines[other:]],
        "put in": [*lines[:at], edited(lines[at], action="other"), *lines[at:]],
    }
    for what, found in damaged.items():
        assert told(found, head), what


@given(st.integers(2, 6), st.data())
def test_a_record_that_is_sealed_anew_shows(count: int, data: st.DataObject) -> None:
    lines, head = chain(count)
    at = data.draw(st.integers(0, count - 1))
    before = json.loads(lines[at - 1])["hash"] if at else GENESIS
    forged = seal([{"action": "other", "time": TIME}], Tail(at, before), signed=False)[0]
    assert told([*lines[:at], canonical(forged), *lines[at + 1 :]], head)


@given(st.binary(max_size=80) | st.text('{}[]":,0159truenlE+-. seqhash\\', max_size=60).map(str.encode))
def test_any_bytes_are_a_record_or_none(data: bytes) -> None:
    parse_record(data)
    parse_head(data)
    assert told([data], None)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 50_000, b'{"seq":' + b"9" * 5000 + b"}", b'{"seq":NaN}'])
def test_hostile_lines_are_no_records(data: bytes) -> None:
    assert parse_record(data) is None
    assert parse_head(data) is None


@pytest.mark.parametrize(
    ("lines", "head", "seq", "lost"),
    [
        (5, 5, 5, ""),
        (5, 4, 5, ""),
        (5, 2, 5, "the head named record 2, and 5 was there"),
        (3, 5, 5, "records 4 to 5 were not there"),
        (0, 5, 5, "records up to 5 were not there"),
        (5, None, 5, "the head was not there"),
        (0, None, 0, ""),
        (0, 0, 0, ""),
    ],
)
def test_a_chain_goes_on_so_that_damage_stays_to_be_seen(lines: int, head: int | None, seq: int, lost: str) -> None:
    all_lines, _ = chain(5)
    named = None if head is None else Head(head, json.loads(all_lines[head - 1])["hash"]) if head else Head()
    kept = [Line("audit.jsonl", n, data) for n, data in enumerate(all_lines[:lines], 1)]
    tail = continuation(kept, named)
    assert tail.seq == seq
    assert tail.lost.startswith(lost) and bool(tail.lost) == bool(lost)
    bodies = [{"action": HEAL, "time": TIME, "torn": [], "lost": tail.lost}] if tail.lost else []
    after = seal([*bodies, {"action": "sync", "time": TIME}], tail, signed=False)
    found = told([*all_lines[:lines], *map(canonical, after)], Head(after[-1]["seq"], after[-1]["hash"]))
    assert bool(found) == bool(lost)


def test_a_torn_line_that_is_told_of_is_right() -> None:
    lines, head = chain(2)
    torn = Line("audit.jsonl", 3, b'{"action":"sy')
    kept = [Line("audit.jsonl", 1, lines[0]), Line("audit.jsonl", 2, lines[1]), torn]
    tail = continuation(kept, head)
    assert tail == Tail(2, head.hash, (torn.digest,))
    heal = {"action": HEAL, "time": TIME, "torn": [torn.digest], "lost": ""}
    after = [canonical(r) for r in seal([heal, {"action": "sync", "time": TIME}], tail, signed=False)]
    end = Head(4, json.loads(after[-1])["hash"])
    assert told([*lines, torn.data, *after], end) == []
    assert told([*lines, torn.data, *after], head) == []  # both were written at once, and the head was not
    assert told([*lines, *after], end) == ["audit.jsonl:3: record 3 tells of a torn line before it that is not there"]
    assert told([*lines, b"other", *after], end)


def test_a_head_that_lost_its_signature_shows() -> None:
    lines, head = chain(3, signed=True)
    assert "not signed" in told(lines, head._replace(signature=""))[0]
