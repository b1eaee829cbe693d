"""What the tests of the Qdrant engines share: entries, a sync, and a client that needs no server."""

from __future__ import annotations

import json
import time
import warnings
from hashlib import sha256
from typing import Any

import httpx
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse

from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.plan import make_plan
from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant
from autopack_hooks.sync.qdrant.server import ServerQdrant
from autopack_hooks.sync.qdrant.session import QdrantSession
from autopack_hooks.sync.records import Key, Record
from autopack_hooks.sync.target import Applied

Engine = EmbeddedQdrant | ServerQdrant


def far() -> Deadline:
    return Deadline(60, time.monotonic)


def record(number: int, content: str = "", project: str = "p", ledger: str = "build_history") -> Record:
    text = content or f"Body {number}."
    return Record(
        project,
        ledger,
        f"BUILD-{number}",
        f"Phase {number}",
        text,
        {"n": [number]},
        None,
        sha256(text.encode()).hexdigest(),
    )


def by_key(*records: Record) -> dict[Key, Record]:
    return {r.key: r for r in records}


def sync(session: QdrantSession, records: dict[Key, Record], commit: str | None = "c1") -> Applied:
    plan = make_plan(session.stored().hashes, {key: r.content_hash for key, r in records.items()})
    return session.apply(plan, records, commit, far(), lambda _: None)


def full_sync(target: Engine, records: dict[Key, Record], commit: str | None = "c1", project: str = "p") -> Applied:
    with target.connect(project, far(), write=True) as session:
        return sync(session, records, commit)


class LocalClient(QdrantClient):
    """qdrant-client's local mode in a server's stead; it warns that it ignores payload indexes, and stays open."""

    def create_payload_index(self, *args: Any, **kwargs: Any) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Payload indexes have no effect")
            return super().create_payload_index(*args, **kwargs)

    def batch_update_points(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().batch_update_points(*args, **kwargs)
        except KeyError as error:
            answer = json.dumps({"status": {"error": f"Not found: No point with id {error} found"}})
            raise UnexpectedResponse(404, "Not Found", answer.encode(), httpx.Headers()) from error

    def close(self, *args: Any, **kwargs: Any) -> None:
        pass


def connect(target: Engine, write: bool = True, deadline: Deadline | None = None) -> None:
    with target.connect("p", deadline or far(), write=write) as session:
        session.stored()


def one_line(error: BaseException) -> str:
    text = str(error)
    assert "\n" not in text and "Traceback" not in text
    return text


LONG = "".join(f"## Part {i}\n\n{'word ' * 250}\n\n" for i in range(5))
