"""Points that were changed past the target: payload and vector are compared, and what differs is written again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import qdrant_edge as edge
from qdrant_client import models

from autopack_hooks.sync.plan import make_plan
from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant
from autopack_hooks.sync.qdrant.points import VECTOR, entry_points, point_id
from autopack_hooks.sync.qdrant.server import ServerQdrant
from autopack_hooks.sync.qdrant.url import parse_server_url
from autopack_hooks.sync.target import ALTERED
from tests.sync.contract import fields, hashes
from tests.sync.engines import LONG, Engine, LocalClient, by_key, far, full_sync, record

RECORDS = by_key(record(1), record(2, LONG), record(3))
ONE, LONG_ONE = ("build_history", "BUILD-1"), ("build_history", "BUILD-2")
POINT = point_id("p", "build_history", "BUILD-1", 0)
Change = Callable[[str, str, Any], None]


@pytest.fixture(params=["embedded", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Engine, Change]]:
    """A target, and a way to change its points behind its back."""
    if request.param == "embedded":
        yield EmbeddedQdrant(tmp_path / "qdrant", "docs"), lambda *change: _in_folder(tmp_path / "qdrant/docs", *change)
        return
    client = LocalClient(":memory:")
    yield (
        ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: client),
        lambda *change: _on_server(client, *change),
    )


def _in_folder(folder: Path, kind: str, point: str, value: Any) -> None:
    shard = edge.EdgeShard.load(str(folder))
    change = edge.UpdateOperation
    if kind == "payload":
        shard.update(change.set_payload([point], value))
    elif kind == "vector":
        shard.update(change.delete_vectors([point], [VECTOR]))
        if value:
            shard.update(change.update_vectors([edge.PointVectors(point, {VECTOR: edge.SparseVector(*value)})]))
    elif kind == "key":
        shard.update(change.delete_payload([point], [value]))
    else:
        shard.update(change.delete_points([point]))
    shard.close()


def _on_server(client: LocalClient, kind: str, point: str, value: Any) -> None:
    if kind == "payload":
        client.set_payload("docs", value, [point])
    elif kind == "vector":
        client.delete_vectors("docs", [VECTOR], [point])
        if value:
            vector = models.SparseVector(indices=value[0], values=value[1])
            client.update_vectors("docs", [models.PointVectors(id=point, vector={VECTOR: vector})])
    elif kind == "key":
        client.delete_payload("docs", [value], [point])
    else:
        client.delete("docs", [point])


def repair(target: Engine) -> None:
    """A thorough sync compares every field."""
    with target.connect("p", far(), write=True) as session:
        stored = dict(session.stored().hashes)
        altered = [key for key in session.differences(RECORDS, far()) if stored[key] == hashes(RECORDS)[key]]
        plan = make_plan({**stored, **dict.fromkeys(altered, ALTERED)}, hashes(RECORDS))
        session.apply(plan, RECORDS, "c1", far(), lambda _: None)


def is_right(target: Engine) -> bool:
    with target.connect("p", far(), write=False) as session:
        stored = dict(session.stored().hashes)
    return stored == hashes(RECORDS) and fields(target, RECORDS.values(), "p") == {}


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("payload", POINT, {"title": "x"}), ["title"]),
        (("payload", POINT, {"text": "x"}), ["text"]),
        (("payload", POINT, {"text": None}), ["text"]),
        (("payload", POINT, {"metadata": {}}), ["metadata"]),
        (("payload", POINT, {"metadata": {"n": [True]}}), ["metadata"]),
        (("payload", POINT, {"content_hash": "x"}), ["content_hash"]),
        (("payload", POINT, {"embedder": "x"}), ["embedder"]),
        (("payload", POINT, {"passages": 2}), ["passages"]),
        (("key", POINT, "title"), ["title"]),
        (("key", POINT, "metadata"), ["metadata"]),
        (("vector", POINT, None), ["vector"]),
        (("vector", POINT, ([7], [1.0])), ["vector"]),
    ],
)
def test_a_changed_point_is_named_and_mended(store: tuple[Engine, Change], change: Any, names: list[str]) -> None:
    target, tamper = store
    full_sync(target, RECORDS)
    assert is_right(target)
    tamper(*change)
    assert fields(target, RECORDS.values(), "p") == {ONE: names}
    repair(target)
    assert is_right(target)


@pytest.mark.parametrize("passage", range(5))
def test_any_passage_of_a_long_entry(store: tuple[Engine, Change], passage: int) -> None:
    target, tamper = store
    full_sync(target, RECORDS)
    tamper("payload", entry_points(RECORDS[LONG_ONE])[passage].id, {"text": "x"})
    assert fields(target, RECORDS.values(), "p") == {LONG_ONE: ["text"]}
    repair(target)
    assert is_right(target)


@pytest.mark.parametrize(
    "change",
    [
        ("delete", POINT, None),
        ("payload", POINT, {"entry_id": "x"}),
        ("payload", POINT, {"entry_id": "BUILD-2"}),
        ("payload", POINT, {"entry_id": "BUILD-3"}),
        ("payload", POINT, {"file_type": "x"}),
        ("payload", POINT, {"project_id": "other"}),
        ("payload", POINT, {"passage": 1}),
        ("key", POINT, "entry_id"),
        ("key", POINT, "content_hash"),
    ],
)
def test_a_point_under_another_name_comes_back(store: tuple[Engine, Change], change: Any) -> None:
    target, tamper = store
    full_sync(target, RECORDS)
    tamper(*change)
    repair(target)
    assert is_right(target)


def test_a_field_that_another_program_adds_is_its_own(store: tuple[Engine, Change]) -> None:
    target, tamper = store
    full_sync(target, RECORDS)
    tamper("payload", POINT, {"label": "read"})
    assert is_right(target)
