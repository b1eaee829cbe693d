"""Asks the vector store, which never waits for a sync that has it open."""

from __future__ import annotations

from collections.abc import Mapping

from autopack_hooks.core.errors import FatalError
from autopack_hooks.search.answer import DEPTH, STATUS_LENGTH, Answer, StoredEntry
from autopack_hooks.search.question import Question
from autopack_hooks.sync.deadline import Clocks, Deadline
from autopack_hooks.sync.embedder import Dense, DenseEmbedder, dense_part
from autopack_hooks.sync.qdrant.hits import Hit
from autopack_hooks.sync.qdrant.session import EmptyQdrant
from autopack_hooks.sync.targets import TargetSettings, make_qdrant

_PATIENCE = 0.25
"""Seconds to wait for another process that asks; one that writes takes longer."""

_MODEL_PATIENCE = 5.0
"""Seconds for a model to read the question."""


def ask(
    question: Question,
    project_id: str,
    settings: TargetSettings,
    environ: Mapping[str, str],
    clocks: Clocks,
    seconds: float,
) -> Answer:
    """Return the answer of the Qdrant that is configured.

    The model reads the question before the store is opened, which is open to one process at a time. Raises TargetError,
    LockTimeout, DeadlineExceeded.
    """
    dense, vector, lack = _meaning(question.text, settings, Deadline(min(seconds, _MODEL_PATIENCE), clocks.monotonic))
    target = make_qdrant(settings, environ, clocks.now, lock_timeout=_PATIENCE, words_only=True)
    deadline = Deadline(seconds, clocks.monotonic)
    with target.connect(project_id, deadline, write=False) as session:
        if isinstance(session, EmptyQdrant):
            return Answer("qdrant")

        def accept(hit: Hit) -> bool:
            return question.accepts(hit.status[:STATUS_LENGTH], hit.created_at)

        state, limit = session.state(), max(DEPTH, question.limit)
        found = [_entry(hit) for hit in session.search(question.text, question.ledgers, limit, accept)]
        known = bool(found or state.commit or state.pending or session.holds_entries())
        similar: list[StoredEntry] = []
        if dense and vector and session.holds_entries():
            serving = dense_part(state.embedder)
            if serving != dense.name:
                vector, lack = _older(dense, serving, question.text, Deadline(_MODEL_PATIENCE, clocks.monotonic))
            if vector:
                similar = [_entry(hit) for hit in session.similar(vector, serving, question.ledgers, limit, accept)]
        return Answer("qdrant", found, known, state.commit, state.pending, similar=similar, lack=lack if known else "")


def _meaning(text: str, settings: TargetSettings, deadline: Deadline) -> tuple[DenseEmbedder | None, Dense | None, str]:
    """Return the dense embedder that is configured and what it makes of a question, or why there is nothing."""
    try:
        dense = settings.dense()
        return dense, dense.embed([text], deadline)[0] if dense else None, ""
    except FatalError as error:
        return None, None, f"{error}; words alone answer"


def _older(dense: DenseEmbedder, serving: str, text: str, deadline: Deadline) -> tuple[Dense | None, str]:
    """Return what the embedder whose vectors serve makes of a question: the new ones are not complete."""
    lack = f"the passages are not all embedded by {dense.name} yet; "
    older = dense.older(serving) if serving else None
    if older is None:
        return None, f"{lack}words alone answer until `autopack-hooks sync --execute` has done it"
    try:
        return older.embed([text], deadline)[0], f"{lack}the vectors of {older.name} answer until then"
    except FatalError:
        return None, f"{lack}words alone answer"


def _entry(hit: Hit) -> StoredEntry:
    status = hit.status[:STATUS_LENGTH]
    return StoredEntry((hit.file_type, hit.entry_id), hit.title, hit.text, status, hit.created_at, hit.score)
