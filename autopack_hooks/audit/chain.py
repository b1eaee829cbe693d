"""The chain of audit records, as pure values: how a record is sealed, what may follow it, and what is wrong with a chain.

A line is the canonical JSON of one record. ``hash`` is the SHA-256 over the record without it, ``prev`` is the hash of
the record before, so no record can be changed, taken out, put in or moved without a record after it, or the head,
disagreeing. The head names the last record and lies in a file of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autopack_hooks.core.hashing import canonical, fingerprint

GENESIS = "0" * 64
"""What the first record follows."""

HEAL = "audit.heal"
"""The action of a record that tells of damage found when the trail was continued.

``torn`` are the SHA-256 of the lines just before it that were cut short; ``lost`` says what else was found.
"""

_TEXTS = ("time", "action", "prev", "hash")


class Line(NamedTuple):
    """One line of the trail: its file's name, its number from 1, its bytes without the newline."""

    file: str
    number: int
    data: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


class Head(NamedTuple):
    """What the trail ends with. ``signature`` is over ``signed_bytes``, "" where nothing signs."""

    seq: int = 0
    hash: str = GENESIS
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What a signature vouches for."""
        return canonical({"seq": self.seq, "hash": self.hash})


class Problem(NamedTuple):
    """What is wrong, and where: a line of the trail, or the head."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Tail(NamedTuple):
    """Where a chain goes on: after record ``seq`` with ``hash``; ``torn`` and ``lost`` go into a HEAL record."""

    seq: int
    hash: str
    torn: tuple[str, ...] = ()
    lost: str = ""


class _Entry(NamedTuple):
    line: Line
    record: Mapping[str, Any]

    @property
    def seq(self) -> int:
        seq: int = self.record["seq"]
        return seq

    @property
    def place(self) -> str:
        return f"{self.line.file}:{self.line.number}"


def seal(bodies: Iterable[Mapping[str, Any]], tail: Tail, *, signed: bool) -> list[dict[str, Any]]:
    """``bodies`` as the records that follow ``tail``. Raises ValueError for a body that is no JSON value."""
    records, seq, prev = [], tail.seq, tail.hash
    for body in bodies:
        seq += 1
        record = {**body, "seq": seq, "prev": prev, "signed": signed}
        prev = record["hash"] = fingerprint(record)
        records.append(record)
    return records


def parse_record(data: bytes) -> dict[str, Any] | None:
    """A line as a record; None where it has not the form of one. Whether it was changed is not looked at."""
    try:
        record = json.loads(data)
        canonical(record)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not all(isinstance(record.get(key), str) for key in _TEXTS):
        return None
    seq = record.get("seq")
    return record if type(seq) is int and seq > 0 else None


def parse_head(data: bytes) -> Head | None:
    """The head file's content; None where it is not one."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    seq, digest, signature = value.get("seq"), value.get("hash"), value.get("signature")
    if type(seq) is not int or seq < 0 or not isinstance(digest, str) or not isinstance(signature, str):
        return None
    return Head(seq, digest, signature)


def continuation(lines: Sequence[Line], head: Head | None) -> Tail:
    """Where the next record goes, given the trail's last ``lines`` (the last record among them) and its head.

    Where the two disagree the chain goes on in such a way that the damage stays to be seen: after what the head names,
    though that record be gone.
    """
    last, torn = None, []
    for line in reversed(lines):
        last = parse_record(line.data)
        if last is not None:
            break
        torn.append(line.digest)
    torn.reverse()
    if last is None:
        start = head or Head()
        lost = f"records up to {start.seq} were not there" if start.seq else ""
        return Tail(start.seq, start.hash, tuple(torn), lost)
    end = Tail(last["seq"], last["hash"], tuple(torn))
    if head is None:
        return end._replace(lost="the head was not there, so it is not known how many records were")
    if end.seq > head.seq:
        # A writer that is killed after its record and before its head leaves the head one write behind.
        behind = last["prev"] == head.hash or _heal_before(lines, last) == head.hash
        return end if behind else end._replace(lost=f"the head named record {head.seq}, and {end.seq} was there")
    if end.seq < head.seq:
        return Tail(head.seq, head.hash, tuple(torn), f"records {end.seq + 1} to {head.seq} were not there")
    lost = "" if end.hash == head.hash else f"record {end.seq} was not the one that the head named"
    return Tail(head.seq, head.hash, tuple(torn), lost)


def _heal_before(lines: Sequence[Line], last: Mapping[str, Any]) -> str | None:
    """The ``prev`` of the HEAL record that was written together with ``last``, if there is one."""
    for line in reversed(lines):
        record = parse_record(line.data)
        if record is not None and record["hash"] == last["prev"] and record["action"] == HEAL:
            return str(record["prev"])
    return None


def find_problems(lines: Sequence[Line], head: Head | None) -> list[Problem]:
    """Everything that shows the trail not to be as it was written, in order of kind; signatures are not looked at.

    No lines and no head are a trail that was never written.
    """
    if not lines and head is None:
        return []
    entries, problems = _split(lines)
    problems += _changed(entries)
    problems += _moved(entries)
    by_seq = {entry.seq: entry for entry in reversed(entries)}
    problems += _links(by_seq)
    problems += _gaps(by_seq)
    problems += _against_head(by_seq, head)
    return problems


def _split(lines: Iterable[Line]) -> tuple[list[_Entry], list[Problem]]:
    """The records, and the lines that are none: those that a HEAL record accounts for are all right."""
    entries: list[_Entry] = []
    problems: list[Problem] = []
    torn: list[Line] = []
    for line in lines:
        record = parse_record(line.data)
        if record is None:
            torn.append(line)
            continue
        entry = _Entry(line, record)
        told = _told(record)
        problems += [_no_record(other) for other in torn if other.digest not in told]
        if told - {other.digest for other in torn}:
            problems.append(
                Problem(entry.place, f"record {entry.seq} tells of a torn line before it that is not there")
            )
        if record["action"] == HEAL and record.get("lost"):
            problems.append(Problem(entry.place, f"record {entry.seq} tells of damage: {record['lost']}"))
        entries.append(entry)
        torn = []
    return entries, problems + [_no_record(line) for line in torn]


def _told(record: Mapping[str, Any]) -> set[str]:
    torn = record.get("torn") if record["action"] == HEAL else None
    return {str(digest) for digest in torn} if isinstance(torn, list) else set()


def _no_record(line: Line) -> Problem:
    return Problem(f"{line.file}:{line.number}", "this is no record: it was changed, or its writing was cut short")


def _changed(entries: Iterable[_Entry]) -> Iterator[Problem]:
    for entry in entries:
        body = {key: value for key, value in entry.record.items() if key != "hash"}
        if fingerprint(body) != entry.record["hash"] or canonical(entry.record) != entry.line.data:
            yield Problem(entry.place, f"record {entry.seq} was changed")


def _moved(entries: Iterable[_Entry]) -> Iterator[Problem]:
    seen: set[int] = set()
    highest = 0
    for entry in entries:
        if entry.seq in seen:
            yield Problem(entry.place, f"record {entry.seq} stands here once more")
        elif entry.seq < highest:
            yield Problem(entry.place, f"record {entry.seq} was moved: it stands after record {highest}")
        seen.add(entry.seq)
        highest = max(highest, entry.seq)


def _links(by_seq: Mapping[int, _Entry]) -> Iterator[Problem]:
    for seq, entry in sorted(by_seq.items()):
        before = by_seq.get(seq - 1)
        wanted = before.record["hash"] if before else GENESIS if seq == 1 else None
        if wanted is not None and entry.record["prev"] != wanted:
            other = f"record {seq - 1}" if before else "the beginning"
            yield Problem(entry.place, f"record {seq} does not follow {other}: one of them was changed or replaced")


def _gaps(by_seq: Mapping[int, _Entry]) -> Iterator[Problem]:
    before = 0
    for seq, entry in sorted(by_seq.items()):
        if seq > before + 1:
            yield Problem(entry.place, f"{_records(before + 1, seq - 1)} removed before record {seq}")
        before = seq


def _against_head(by_seq: Mapping[int, _Entry], head: Head | None) -> Iterator[Problem]:
    last = max(by_seq, default=0)
    if head is None:
        yield Problem("head", "it is missing or cannot be read, so records at the end may be missing, too")
        return
    if head.seq > last:
        yield Problem("head", f"{_records(last + 1, head.seq)} removed at the end")
    named = by_seq.get(head.seq)
    if named and named.record["hash"] != head.hash:
        yield Problem(named.place, f"record {head.seq} is not the one that the head names: it was replaced")
    # One write may be ahead of the head (killed in between), and it may hold a HEAL record as well.
    covered = head.seq + 1 + (head.seq + 1 in by_seq and by_seq[head.seq + 1].record["action"] == HEAL)
    if last > covered:
        yield Problem("head", f"it names record {head.seq}, which is older than the trail's last, {last}")
    if not head.signature and any(entry.record.get("signed") for entry in by_seq.values()):
        yield Problem("head", "it is not signed, though it was before; a signing key that is locked also leads to this")


def _records(first: int, last: int) -> str:
    return f"record {first} was" if first == last else f"records {first} to {last} were"
