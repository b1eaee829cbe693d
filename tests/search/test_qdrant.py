"""What the vector store answers, with a model and without one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from autopack_hooks.core.errors import LockTimeout, TargetError
from autopack_hooks.search.answer import Answer
from autopack_hooks.search.qdrant import ask
from autopack_hooks.search.question import Question
from autopack_hooks.sync.database.url import parse_database_url
from autopack_hooks.sync.deadline import Clocks, Deadline
from autopack_hooks.sync.embedder import Dense, DenseEmbedder, HybridEmbedder
from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant
from autopack_hooks.sync.targets import TargetSettings
from tests.sync.engines import by_key, full_sync, record

CLOCKS = Clocks(time.monotonic, lambda: datetime(2026, 1, 1, tzinfo=UTC))


class Model:
    """A model for which "car" and "automobile" are one; ``models`` are those that its endpoint has."""

    batch = 64

    def __init__(self, name: str = "model-1", *models: str, away: bool = False) -> None:
        self.name = name
        self.models = models
        self.away = away

    def embed(self, texts: Sequence[str], deadline: Deadline) -> list[Dense]:
        if self.away:
            raise TargetError("the model is away")
        return [[1.0, 0.1] if {"car", "automobile"} & set(text.lower().split()) else [0.1, 1.0] for text in texts]

    def older(self, name: str) -> DenseEmbedder | None:
        return Model(name) if name in self.models else None


def settings(folder: Path, model: Model | None) -> TargetSettings:
    database = parse_database_url("sqlite:///none.db", folder)
    return TargetSettings(database, folder / "qdrant", "docs", dense=lambda: model)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    target = EmbeddedQdrant(tmp_path / "qdrant", "docs", embedder=HybridEmbedder(Model()))
    full_sync(target, by_key(record(1, "A car ."), record(2, "A queue .")))
    return tmp_path


def answer(folder: Path, model: Model | None, text: str = "automobile") -> Answer:
    return ask(Question(text), "p", settings(folder, model), {}, CLOCKS, 30.0)


def found(entries: Sequence[object]) -> list[str]:
    return [entry.key[1] for entry in entries]  # type: ignore[attr-defined]


def test_meaning_is_asked_beside_words(filled: Path) -> None:
    got = answer(filled, Model())
    assert (found(got.found), found(got.similar), got.lack, got.commit) == ([], ["BUILD-1", "BUILD-2"], "", "c1")
    assert found(answer(filled, Model(), "queue").found) == ["BUILD-2"]


def test_words_alone_answer_without_a_model_or_while_it_is_away(filled: Path) -> None:
    assert answer(filled, None, "queue").lack == ""
    got = answer(filled, Model(away=True), "queue")
    assert found(got.found) == ["BUILD-2"] and got.similar == [] and got.lack == "the model is away; words alone answer"


def test_the_old_vectors_answer_until_the_new_ones_are_complete(filled: Path) -> None:
    got = answer(filled, Model("model-2", "model-1"))
    assert found(got.similar)[0] == "BUILD-1" and "the vectors of model-1 answer until then" in got.lack
    got = answer(filled, Model("model-2"))
    assert got.similar == [] and "words alone answer until `autopack-hooks sync --execute`" in got.lack


def test_a_store_that_is_not_there_or_empty_lacks_nothing(tmp_path: Path) -> None:
    assert answer(tmp_path, Model()) == Answer("qdrant")
    full_sync(EmbeddedQdrant(tmp_path / "qdrant", "docs", embedder=HybridEmbedder(Model())), {})
    got = answer(tmp_path, Model())
    assert (got.found, got.similar, got.lack) == ([], [], "")


def test_a_busy_store_is_not_waited_for(filled: Path) -> None:
    with FileLock(filled / "qdrant" / "docs.lock"), pytest.raises(LockTimeout):
        answer(filled, None)
