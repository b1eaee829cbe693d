"""The chain of audit records as pure values: sealing a record, choosing what it follows, and finding damage.

A line is the canonical JSON of one record. ``hash`` is the SHA-256 over the record without it, ``prev`` is the hash of
the record before. So a record cannot be changed, removed, inserted or moved unless every record after it, and the head,
are made anew. The head names the last record and lies in a file of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autopack_hooks.core.hashing import canonical, fingerprint

GENESIS = "0" * 64
"""The ``prev`` of the first record."""

_TEXTS = ("time", "action", "prev", "hash")


class Line(NamedTuple):
    """One line of the trail: its file's name, its number from 1, its bytes without the newline."""

    file: str
    number: int
    data: bytes

    @property
    def place(self) -> str:
        """Return ``FILE:NUMBER``."""
        return f"{self.file}:{self.number}"


class Head(NamedTuple):
    """The last record's number and hash. ``signature`` is over ``signed_bytes``, "" where nothing signs."""

    seq: int = 0
    hash: str = GENESIS
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """Return the bytes that the signature covers."""
        return canonical({"seq": self.seq, "hash": self.hash})


class Problem(NamedTuple):
    """Damage to the trail: its place (a line, or the head) and a message."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class _Entry(NamedTuple):
    place: str
    data: bytes
    record: Mapping[str, Any]

    @property
    def seq(self) -> int:
        seq: int = self.record["seq"]
        return seq


def seal(body: Mapping[str, Any], before: Head, *, signed: bool) -> dict[str, Any]:
    """Return ``body`` as the record that follows ``before``. Raises ValueError where JSON cannot hold it."""
    record = {**body, "seq": before.seq + 1, "prev": before.hash, "signed": signed}
    return {**record, "hash": fingerprint(record)}


def parse_record(data: bytes) -> dict[str, Any] | None:
    """Return a line as a record, None where it does not have that form. Its hash is not checked."""
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
    """Return the content of the head file, None where it does not have that form."""
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


def continuation(last: Mapping[str, Any] | None, head: Head | None) -> Head:
    """Return the record that the next one follows, given the trail's last record and its head.

    That is the one that the head names, so that whatever else happened to the trail stays visible as a gap or a fork.
    The exception is a last record that follows the head: its writer was killed before it could write the new head.
    """
    head = head or Head()
    if last and last["prev"] == head.hash and last["seq"] == head.seq + 1:
        return Head(last["seq"], last["hash"])
    return head


def find_problems(lines: Sequence[Line], head: Head | None) -> list[Problem]:
    """Return all damage that the lines and the head show, in order of kind; signatures are not checked.

    Without lines and head, nothing was ever written.
    """
    if not lines and head is None:
        return []
    records = [(line, parse_record(line.data)) for line in lines]
    entries = [_Entry(line.place, line.data, record) for line, record in records if record is not None]
    by_seq = {entry.seq: entry for entry in reversed(entries)}
    return [
        *_unreadable([line for line, record in records if record is None], entries),
        *_changed(entries),
        *_moved(entries),
        *_links(by_seq),
        *_gaps(by_seq),
        *_against_head(by_seq, head),
    ]


def _unreadable(lines: Iterable[Line], entries: Iterable[_Entry]) -> Iterator[Problem]:
    # Earlier versions kept a line that a crash cut short, listed its hash in the next record, and reported damage there.
    listed = [
        digest for entry in entries if isinstance(digests := entry.record.get("torn"), list) for digest in digests
    ]
    for line in lines:
        if hashlib.sha256(line.data).hexdigest() not in listed:
            yield Problem(line.place, "not a record: it was changed, or its writing was cut short")
    for entry in entries:
        if entry.record.get("lost"):
            yield Problem(entry.place, f"record {entry.seq} reports damage: {entry.record['lost']}")


def _changed(entries: Iterable[_Entry]) -> Iterator[Problem]:
    for entry in entries:
        body = {key: value for key, value in entry.record.items() if key != "hash"}
        if fingerprint(body) != entry.record["hash"] or canonical(entry.record) != entry.data:
            yield Problem(entry.place, f"record {entry.seq} was changed")


def _moved(entries: Iterable[_Entry]) -> Iterator[Problem]:
    earlier: set[int] = set()
    highest = 0
    for entry in entries:
        if entry.seq in earlier:
            yield Problem(entry.place, f"record {entry.seq} appears again")
        elif entry.seq < highest:
            yield Problem(entry.place, f"record {entry.seq} was moved: it stands after record {highest}")
        earlier.add(entry.seq)
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
        yield Problem("head", "missing or unreadable, so records at the end may be missing too")
        return
    if head.seq > last:
        yield Problem("head", f"{_records(last + 1, head.seq)} removed at the end")
    named = by_seq.get(head.seq)
    if named and named.record["hash"] != head.hash:
        yield Problem(named.place, f"record {head.seq} is not the one that the head names: it was replaced")
    # A writer that is killed between its record and the head leaves the head one record behind, never two.
    if last > head.seq + 1:
        yield Problem("head", f"it names record {head.seq}, which is older than the trail's last, {last}")
    if not head.signature and any(entry.record.get("signed") for entry in by_seq.values()):
        yield Problem("head", "not signed, though it was before; a locked signing key also leads to this")


def _records(first: int, last: int) -> str:
    return f"record {first} was" if first == last else f"records {first} to {last} were"
