"""Entries as Qdrant points, and the entries of which a store holds points.

An entry is stored as one point per passage, and one reserved point per project holds the commit of the last complete
sync. Ids are derived from project, ledger, entry and passage number, so writing again overwrites.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autopack_hooks.core.errors import UsageError
from autopack_hooks.sync.embedder import LEXICAL, Dense, Embedder, Sparse, dense_vector
from autopack_hooks.sync.fields import differing, same_vector
from autopack_hooks.sync.passages import passages
from autopack_hooks.sync.records import Key, Record, metadata_json

VECTOR = "lexical"
"""The name of the sparse vector."""

CLAIM = "claim"
"""The payload field that conditional writes compare: on the reserved point the writer, on others the write that they are
marked for (see protocol.py)."""

DRAFT = "draft"
"""The payload field of a passage that is new and not yet valid: it has its writer's mark, and no search shows it."""

INDEXED = ("project_id", "file_type", "entry_id", CLAIM)
"""The payload fields that filters use, each with a keyword index."""

SCANNED = ["file_type", "entry_id", "content_hash", "embedder", "passage", "passages", CLAIM, DRAFT]
SCANNED += ["synced_commit", "pending_commit", "synced_at", "generation", "owner", "beat"]
"""The payload fields that ``PointStore.scan`` must return."""

MOST_PASSAGES = 1_000_000

_NAMESPACE = uuid.UUID("6f0c7f5e-9d55-5d0c-8f0e-1d7c0a6d5b52")

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """A point to be written: its id (a UUID), its lexical vector (None for the reserved point) and its payload.

    ``dense`` are the vectors of models, by the names of the vectors.
    """

    id: str
    vector: Sparse | None
    payload: dict[str, Any]
    size: int = 0
    dense: Mapping[str, Dense] = field(default_factory=dict)


def check_collection(name: str) -> str:
    """Return ``name`` if it can be a collection (and a folder, and a part of a URL). Raises UsageError."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}", name):
        raise UsageError(f"sync.collection: {name!r} is not a name (letters, digits, _, - and ., not starting with .)")
    return name


def point_id(project_id: str, file_type: str, entry_id: str, passage: int) -> str:
    """Return the id of a passage's point: a UUIDv5 of the four parts, joined so that different parts never look the same."""
    return str(uuid.uuid5(_NAMESPACE, json.dumps([project_id, file_type, entry_id, passage])))


def state_id(project_id: str) -> str:
    """Return the id of the point that holds the commit that the project was last synced from."""
    return str(uuid.uuid5(_NAMESPACE, json.dumps([project_id])))


def entry_points(record: Record, embedder: Embedder = LEXICAL) -> list[Point]:
    """Return the points of one entry, embedded: at least one, whatever the entry holds.

    Raises TargetError for a record that some store cannot hold.
    """
    spare = len(metadata_json(record)) + len(record.title) + 500
    texts = passages(record.title, record.content) or [record.entry_id]
    metadata = dict(record.metadata)
    found = []
    for number, text in enumerate(texts):
        payload = {
            "project_id": record.project_id,
            "file_type": record.file_type,
            "entry_id": record.entry_id,
            "title": record.title,
            "text": text,
            "content_hash": record.content_hash,
            "embedder": embedder.name,
            "metadata": metadata,
            "created_at": record.created_at or "",
            "passage": number,
            "passages": len(texts),
        }
        vector = passage_vector(record.entry_id, record.title, text, embedder)
        name = point_id(record.project_id, record.file_type, record.entry_id, number)
        found.append(Point(name, vector, payload, spare + len(text) + 32 * len(vector[0])))
    return found


def passage_vector(entry_id: str, title: str, text: str, embedder: Embedder) -> Sparse:
    """Return the vector of a passage, which is found by the id and the title of its entry too."""
    return embedder.embed(f"{entry_id} {title}", text)


@dataclass(frozen=True)
class Held:
    """A point as a store holds it, its lexical vector, if it has one, and those of models."""

    payload: Payload
    vector: Sparse | None
    dense: Mapping[str, Dense] = field(default_factory=dict)


def point_differences(
    wanted: Sequence[Point], ids: Sequence[str], stored: Mapping[str, Held], embedder: Embedder = LEXICAL
) -> list[str]:
    """Return the fields in which the stored points of one entry differ from those that a sync writes.

    Args:
        wanted: The points as a sync writes them.
        ids: The points that say they belong to the entry.
        stored: The stored points of the ids in ``wanted``.
        embedder: Makes the vectors; of a model's it is enough that they are there.

    Returns:
        Payload fields, ``passages`` where there are more or other points, and ``vector``.
    """
    names: dict[str, None] = {} if sorted(ids) == sorted(point.id for point in wanted) else {"passages": None}
    for point in wanted:
        held = stored.get(point.id)
        if held is None:
            continue  # its absence is among the ids
        names |= dict.fromkeys(differing(point.payload, held.payload))
        lacking = embedder.dense is not None and dense_vector(embedder.dense.name) not in held.dense
        if lacking or (point.vector is not None and not same_vector(point.vector, held.vector)):
            names["vector"] = None
    return list(names)


class HeldPoints:
    """The points of one entry that a store holds: their ids, and whether they agree.

    There is one for every entry stored, so it is small: ``numbers`` has the bit of each passage number that was added.
    """

    __slots__ = ("claim", "doubt", "ids", "marked", "numbers")

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.claim: tuple[object, object] | None = None
        self.marked = self.numbers = 0
        self.doubt = ""

    def add(self, name: str, payload: Payload, embedder: Embedder = LEXICAL) -> None:
        """Add one point; made by another ``embedder`` it does not agree."""
        claim = payload.get("content_hash"), payload.get("passages")
        number = payload.get("passage")
        if self.claim is None:
            self.claim = claim
        bit = 1 << number if isinstance(number, int) and 0 <= number < MOST_PASSAGES else 0
        marked = bool(payload.get(CLAIM) or payload.get(DRAFT))  # a write of another session may still be on its way
        self.marked += marked
        if self.numbers & bit or not bit:
            self.doubt = "duplicate"
        elif payload.get(DRAFT):
            self.doubt = self.doubt or "missing"
        elif claim != self.claim or payload.get("embedder") != embedder.name or marked:
            self.doubt = self.doubt or "stale"
        self.numbers |= bit
        self.ids.append(name)

    @property
    def fault(self) -> str:
        """What is wrong with the entry as it is stored (a field of ``Differences``); "" for nothing."""
        count, wanted = len(self.ids), self.claim[1] if self.claim else 0
        if self.doubt or (wanted == count and self.numbers + 1 == 1 << count):
            return self.doubt
        return "missing" if isinstance(wanted, int) and count < wanted else "duplicate"

    @property
    def digest(self) -> str:
        """The entry's content hash, if all its passages are there, each once and all of one write; else ""."""
        return str(self.claim[0]) if self.claim and not self.fault else ""


def entry_key(name: str, payload: Payload) -> Key:
    """Return the entry that the point ``name`` belongs to; a point that is not ours is an entry of its own."""
    file_type, entry_id = payload.get("file_type"), payload.get("entry_id")
    if isinstance(file_type, str) and isinstance(entry_id, str):
        return file_type, entry_id
    return "", name
