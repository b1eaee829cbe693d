from __future__ import annotations

import pytest

from autopack_hooks.search.question import Question


@pytest.mark.parametrize(
    "question, status, date, wanted",
    [
        (Question("x"), "", "", True),
        (Question("x", status="resolved"), "✅ Resolved", "", True),
        (Question("x", status="RESOLVED ✅"), "resolved (in BUILD-1)", "", True),
        (Question("x", status="resolved"), "Unresolved", "", False),
        (Question("x", status="resolved"), "", "", False),
        (Question("x", status="in progress"), "In-Progress", "", True),
        (Question("x", status="in progress"), "progress in", "", False),
        (Question("x", since="2026-01-02"), "", "2026-01-02T00:00:00+00:00", True),
        (Question("x", since="2026-01-02"), "", "2026-01-01T23:59:59+00:00", False),
        (Question("x", until="2026-01-02"), "", "2026-01-02T23:59:59+00:00", True),
        (Question("x", until="2026-01-02"), "", "2026-01-03", False),
        (Question("x", until="2026-01-02"), "", "", False),
        (Question("x", since="2026-01-02"), "", "", False),
    ],
)
def test_what_an_entry_must_be(question: Question, status: str, date: str, wanted: bool) -> None:
    assert question.accepts(status, date) is wanted


def test_a_question_filters_by_status_and_days_only() -> None:
    assert not Question("x", ("build_history",)).filters
    assert Question("x", status="open").filters and Question("x", until="2026-01-01").filters
