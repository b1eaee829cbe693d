"""Asks the vector store, which never waits for a sync that has it open."""

from __future__ import annotations

from collections.abc import Mapping

from autopack_hooks.search.answer import DEPTH, STATUS_LENGTH, Answer, Found
from autopack_hooks.search.question import Question
from autopack_hooks.sync.deadline import Clocks, Deadline
from autopack_hooks.sync.qdrant.session import EmptyQdrant, Hit
from autopack_hooks.sync.targets import TargetSettings, make_qdrant

_PATIENCE = 0.25
"""Seconds to wait for another process that asks; one that writes takes longer."""


def ask(
    question: Question,
    project_id: str,
    settings: TargetSettings,
    environ: Mapping[str, str],
    clocks: Clocks,
    seconds: float,
) -> Answer:
    """Return the answer of the Qdrant that is configured. Raises TargetError, LockTimeout, DeadlineExceeded."""
    target = make_qdrant(settings, environ, clocks.now, lock_timeout=_PATIENCE)
    deadline = Deadline(seconds, clocks.monotonic)
    with target.connect(project_id, deadline, write=False) as session:
        if isinstance(session, EmptyQdrant):
            return Answer("qdrant")

        def accept(hit: Hit) -> bool:
            return question.accepts(hit.status[:STATUS_LENGTH], hit.created_at)

        state = session.state()
        hits = session.search(question.text, question.ledgers, max(DEPTH, question.limit), accept)
        found = [
            Found(
                (hit.file_type, hit.entry_id),
                hit.title,
                hit.text,
                hit.status[:STATUS_LENGTH],
                hit.created_at,
                hit.score,
            )
            for hit in hits
        ]
        known = bool(found or state.commit or state.pending or session.holds_entries())
        return Answer("qdrant", found, known, state.commit, state.pending)
