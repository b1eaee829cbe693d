"""The chain as a pure value: whatever is done to a trail shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.audit.chain import (
    GENESIS,
    Head,
    Line,
    continuation,
    find_problems,
    parse_head,
    parse_record,
    seal,
)
from autopack_hooks.core.hashing import canonical

TIME = "2026-01-01T00:00:00Z"


def chain(count: int, *, signed: bool = False) -> tuple[list[bytes], Head]:
    """Return the lines of ``count`` records, and their head."""
    lines, head = sealed(({"action": "sync", "time": TIME, "number": n} for n in range(count)), signed=signed)
    return lines, head._replace(signature="s" if signed else "")


def sealed(
    bodies: Iterable[dict[str, Any]], before: Head | None = None, *, signed: bool = False
) -> tuple[list[bytes], Head]:
    """Return ``bodies`` as the lines that follow ``before``, and their head."""
    lines, head = [], before or Head()
    for body in bodies:
        record = seal(body, head, signed=signed)
        head = Head(record["seq"], record["hash"])
        lines.append(canonical(record))
    return lines, head


def problems(lines: Sequence[bytes], head: Head | None) -> list[str]:
    """Return the problems as text."""
    return [str(p) for p in find_problems([Line("audit.jsonl", n, data) for n, data in enumerate(lines, 1)], head)]


def edited(line: bytes, **fields: object) -> bytes:
    return canonical({**json.loads(line), **fields})


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_trail_as_it_was_written_is_right(count: int) -> None:
    assert problems(*chain(count)) == []
    assert problems(*chain(count, signed=True)) == []


def test_no_trail_is_right() -> None:
    assert problems([], None) == []
    assert problems([], Head()) == []


def test_problems() -> None:
    lines, head = chain(5)
    a, b, c, d, e = lines
    (_, forged), _ = sealed([{"action": "nothing", "time": TIME}] * 2, Head(2, json.loads(b)["hash"]))
    (last,), _ = sealed([{"action": "x", "time": TIME}], Head(4, json.loads(d)["hash"]))
    cases = {
        "audit.jsonl:3: record 3 was changed": [a, b, edited(c, action="nothing"), d, e],
        "audit.jsonl:1: record 1 was changed": [json.dumps(json.loads(a)).encode(), b, c, d, e],
        "audit.jsonl:2: record 1 was moved: it stands after record 2": [b, a, c, d, e],
        "audit.jsonl:2: record 2 was removed before record 3": [a, c, d, e],
        "audit.jsonl:1: records 1 to 2 were removed before record 3": [c, d, e],
        "head: records 4 to 5 were removed at the end": [a, b, c],
        "head: records 1 to 5 were removed at the end": [],
        "audit.jsonl:3: record 2 appears again": [a, b, b, c, d, e],
        "audit.jsonl:4: record 4 does not follow record 3": [a, b, c, forged, e],
        "audit.jsonl:5: record 5 is not the one that the head names": [a, b, c, d, last],
        "audit.jsonl:2: not a record": [a, b"", b, c, d, e],
        "audit.jsonl:6: not a record": [a, b, c, d, e, b'{"action":"sy'],
    }  # fmt: skip
    for message, damaged in cases.items():
        assert any(problem.startswith(message) for problem in problems(damaged, head)), message
    assert problems(lines, None) == ["head: missing or unreadable, so records at the end may be missing too"]
    assert "older than the trail's last, 5" in problems(lines, Head(2, json.loads(b)["hash"]))[0]
    assert problems(lines, Head(4, json.loads(d)["hash"])) == []  # killed between the record and the head


@pytest.mark.parametrize("action", ["sync", "audit.heal"])
@pytest.mark.parametrize("behind", [0, 1, 2, 3])
def test_a_head_is_at_most_one_record_behind(behind: int, action: str) -> None:
    bodies = [{"action": "sync", "time": TIME}, *({"action": action, "time": TIME} for _ in range(4))]
    lines, _ = sealed(bodies)
    head = Head(5 - behind, json.loads(lines[4 - behind])["hash"])
    message = f"head: it names record {5 - behind}, which is older than the trail's last, 5"
    assert problems(lines, head) == ([message] if behind > 1 else [])


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
        assert problems(found, head), what


@given(st.integers(2, 6), st.data())
def test_a_record_that_is_sealed_anew_shows(count: int, data: st.DataObject) -> None:
    lines, head = chain(count)
    at = data.draw(st.integers(0, count - 1))
    before = json.loads(lines[at - 1])["hash"] if at else GENESIS
    (forged,), _ = sealed([{"action": "other", "time": TIME}], Head(at, before))
    assert problems([*lines[:at], forged, *lines[at + 1 :]], head)


@given(st.binary(max_size=80) | st.text('{}[]":,0159truenlE+-. seqhash\\', max_size=60).map(str.encode))
def test_any_bytes_are_a_record_or_none(data: bytes) -> None:
    parse_record(data)
    parse_head(data)
    assert problems([data], None)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 50_000, b'{"seq":' + b"9" * 5000 + b"}", b'{"seq":NaN}'])
def test_hostile_lines_are_no_records(data: bytes) -> None:
    assert parse_record(data) is None
    assert parse_head(data) is None


@pytest.mark.parametrize(
    ("lines", "head", "seq", "shows"),
    [
        (5, 5, 5, ""),
        (5, 4, 5, ""),
        (5, 2, 2, "record 3 appears again"),
        (5, 0, 0, "record 1 appears again"),
        (5, None, 0, "record 1 appears again"),
        (3, 5, 5, "records 4 to 5 were removed before record 6"),
        (0, 5, 5, "records 1 to 5 were removed before record 6"),
        (0, None, 0, ""),
        (0, 0, 0, ""),
    ],
)
def test_a_chain_continues_so_that_damage_stays_visible(lines: int, head: int | None, seq: int, shows: str) -> None:
    all_lines, _ = chain(5)
    named = None if head is None else Head(head, json.loads(all_lines[head - 1])["hash"]) if head else Head()
    before = continuation(json.loads(all_lines[lines - 1]) if lines else None, named)
    assert before.seq == seq
    first = seal({"action": "sync", "time": TIME}, before, signed=False)
    second = seal({"action": "sync", "time": TIME}, Head(first["seq"], first["hash"]), signed=False)
    after = [*all_lines[:lines], canonical(first), canonical(second)]
    found = problems(after, Head(second["seq"], second["hash"]))
    assert any(shows in problem for problem in found) if shows else not found


def test_a_torn_line_and_damage_that_an_earlier_version_recorded() -> None:
    torn = b'{"action":"sy'
    bodies = [{"action": "audit.heal", "torn": [hashlib.sha256(torn).hexdigest()]}, {"action": "sync"}]
    lines, head = sealed({"time": TIME, **body} for body in bodies)
    assert problems([torn, *lines], head) == []
    assert problems([b"other", *lines], head)
    lines, head = sealed([{"action": "audit.heal", "time": TIME, "lost": "the head was not there", "torn": 3}])
    assert problems(lines, head) == ["audit.jsonl:1: record 1 reports damage: the head was not there"]


def test_a_head_that_lost_its_signature_shows() -> None:
    lines, head = chain(3, signed=True)
    assert "not signed" in problems(lines, head._replace(signature=""))[0]
