from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from autopack_hooks.core.errors import TargetError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.embedder import LEXICAL, Dense, DenseEmbedder, HybridEmbedder
from autopack_hooks.sync.plan import make_plan
from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant
from autopack_hooks.sync.qdrant.points import point_id
from autopack_hooks.sync.qdrant.server import ServerQdrant
from autopack_hooks.sync.qdrant.session import QdrantSession
from autopack_hooks.sync.qdrant.url import parse_server_url
from autopack_hooks.sync.target import Applied
from tests.sync.engines import LONG, Engine, LocalClient, by_key, far, full_sync, record


class Model:
    """A model for which "car" and "automobile" are one; it fails after ``patience`` requests."""

    batch = 4

    def __init__(self, name: str = "model-1", patience: int = 1000) -> None:
        self.name = name
        self.patience = patience
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str], deadline: Deadline) -> list[Dense]:
        self.patience -= 1
        if self.patience < 0:
            raise TargetError("the model is away")
        self.texts += texts
        return [[1.0, 0.1] if {"car", "automobile"} & set(text.lower().split()) else [0.1, 1.0] for text in texts]

    def older(self, name: str) -> DenseEmbedder | None:
        return None


class Maker:
    """Makes targets on one store, each with an embedder of its own."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.client = LocalClient(":memory:") if kind == "local" else None

    def __call__(self, model: Model | None) -> Engine:
        embedder = HybridEmbedder(model) if model else LEXICAL
        if self.kind == "embedded":
            return EmbeddedQdrant(self.folder / "qdrant", "docs", reserve=0, embedder=embedder)
        server = parse_server_url("http://localhost:6333")
        return ServerQdrant(server, "docs", client=lambda *_: self.client, embedder=embedder)


@pytest.fixture(params=["embedded", "local"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Maker:
    return Maker(request.param, tmp_path)


def names(session: QdrantSession, entry: int = 1, passage: int = 0) -> set[str]:
    (held,) = session._store.read([point_id("p", "build_history", f"BUILD-{entry}", passage)]).values()
    return set(held.dense)


def test_every_passage_is_embedded_once(make: Maker) -> None:
    model, records = Model(), by_key(record(1), record(2, LONG), record(3))
    assert full_sync(make(model), records) == Applied(inserted=3, embedded=7)
    assert len(model.texts) == 7 and all("Phase" in text for text in model.texts)
    assert full_sync(make(model), records, "c2") == Applied() and len(model.texts) == 7


def test_the_other_passages_of_a_changed_entry_keep_theirs(make: Maker) -> None:
    model = Model()
    full_sync(make(model), by_key(record(2, LONG)))
    longer = LONG + "## More\n\nAnd more."
    assert full_sync(make(model), by_key(record(2, longer))) == Applied(updated=1, embedded=1)
    shorter = longer[longer.index("## Part 1") :]
    assert full_sync(make(model), by_key(record(2, shorter))) == Applied(updated=1), "one passage fewer, at the front"


def test_an_entry_that_moves_keeps_its_own(make: Maker) -> None:
    model = Model()
    full_sync(make(model), by_key(record(2, LONG)))
    assert full_sync(make(model), by_key(record(2, LONG, ledger="debug_log"))) == Applied(inserted=1, deleted=1)


def test_a_change_goes_on_where_it_stopped_and_the_old_vectors_serve(make: Maker) -> None:
    old, records = Model(), by_key(*(record(number) for number in range(1, 11)))
    full_sync(make(old), records)
    new = Model("model-2", patience=1)
    with pytest.raises(TargetError, match="the model is away"):
        full_sync(make(new), records)
    with make(None).connect("p", far(), write=False) as session:
        assert session.state().embedder == "lexical-2 model-1"
        assert len(session.similar([1.0, 0.0], "model-1", (), 20)) == 10
        assert session.search("Phase 7")[0].entry_id == "BUILD-7"
    new.patience = 1000
    assert full_sync(make(new), records) == Applied(updated=6, embedded=6)
    assert len(new.texts) == 10
    with make(None).connect("p", far(), write=False) as session:
        assert session.state().embedder == "lexical-2 model-2"
        assert len(names(session)) == 1 and len(session.similar([1.0, 0.0], "model-2", (), 20)) == 10


def test_back_to_words_no_vector_is_left(make: Maker) -> None:
    records = by_key(record(1))
    full_sync(make(Model()), records)
    full_sync(make(None), records)
    with make(None).connect("p", far(), write=False) as session:
        assert names(session) == set() and session.state().embedder == "lexical-2"


def test_meaning_finds_what_words_do_not(make: Maker) -> None:
    target = make(Model())
    full_sync(target, by_key(record(1, "A car ."), record(2, "A queue .")))
    with target.connect("p", far(), write=False) as session:
        found = session.similar([1.0, 0.1], "model-1", (), 5)
        assert [hit.entry_id for hit in found] == ["BUILD-1", "BUILD-2"]
        assert session.similar([1.0, 0.1], "model-1", ("debug_log",), 5) == []


def test_a_lost_vector_is_noticed_and_made_again(make: Maker) -> None:
    model, records = Model(), by_key(record(1), record(2))
    full_sync(make(model), records)
    with make(model).connect("p", far(), write=True) as session:
        (name,) = names(session)
        session._store.delete_vector("p", name)
        session.stored()
        assert session.differences(records, far()) == {key: ["vector"] for key in records}
        plan = make_plan(dict.fromkeys(records, "altered"), {key: one.content_hash for key, one in records.items()})
        assert session.apply(plan, records, "c1", far(), lambda _: None) == Applied(updated=2, embedded=2)
    with make(model).connect("p", far(), write=False) as session:
        session.stored()
        assert session.differences(records, far()) == {}


def test_a_project_that_is_taken_over_keeps_its_vectors(make: Maker) -> None:
    model = Model()
    full_sync(make(model), by_key(record(1)))
    with make(model).connect("q", far(), write=True) as session:
        session.adopt("p", "c1")
        records = by_key(record(1, project="q"))
        plan = make_plan(session.stored().hashes, {key: one.content_hash for key, one in records.items()})
        assert session.apply(plan, records, "c1", far(), lambda _: None) == Applied()
        assert session.similar([1.0, 0.1], "model-1", (), 5)
    assert len(model.texts) == 1
