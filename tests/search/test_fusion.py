from __future__ import annotations

import pytest

from autopack_hooks.search.answer import Answer, StoredEntry
from autopack_hooks.search.fusion import MEANING, fuse


def entries(*names: str) -> list[StoredEntry]:
    return [StoredEntry(("build_history", name), name, f"text of {name}", "", "", 1.0) for name in names]


def ids(question: str, *answers: Answer) -> list[str]:
    return [entry.found.key[1] for entry in fuse(question, answers)]


@pytest.mark.parametrize(
    "answers, expected",
    [
        ([], []),
        ([Answer("qdrant")], []),
        ([Answer("qdrant", entries("A", "B"))], ["A", "B"]),
        ([Answer("qdrant", entries("A", "B")), Answer("database", entries("B", "C"))], ["B", "A", "C"]),
        ([Answer("qdrant", entries("A")), Answer("database", entries("B"))], ["A", "B"]),
        ([Answer("qdrant", similar=entries("A", "B"))], ["A", "B"]),
        # The model counts as much as both rankings by words, no more.
        (
            [Answer("qdrant", entries("A", "B"), similar=entries("B", "A")), Answer("database", entries("A", "B"))],
            ["A", "B"],
        ),
        ([Answer("qdrant", entries("A"), similar=entries("B")), Answer("database", entries("A"))], ["A", "B"]),
    ],
)
def test_rankings_are_joined_by_rank(answers: list[Answer], expected: list[str]) -> None:
    assert ids("question", *answers) == expected


def test_an_entry_that_is_named_comes_first() -> None:
    answer = Answer("qdrant", entries("BUILD-1", "BUILD-2"))
    assert ids("what of build-2?", answer) == ["BUILD-2", "BUILD-1"]
    assert ids("what of build-21?", answer) == ["BUILD-1", "BUILD-2"]


def test_each_rank_is_told_by_its_ranking_and_words_show_the_passage() -> None:
    similar = [StoredEntry(("build_history", "A"), "A", "another passage", "", "", 0.4)]
    (fused,) = fuse("x", [Answer("qdrant", entries("A"), similar=similar)])
    assert fused.ranks == {"qdrant": 1, MEANING: 1} and fused.found.text == "text of A"
