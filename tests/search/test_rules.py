"""The learned rules that are told at the start: active ones, of a file that is valid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopack_hooks.project.views import WorktreeView
from autopack_hooks.search.rules import RULES_FILE, active_rules
from tests.support import GitRepo

ACTIVE = {"id": "a1", "kind": "note", "status": "active", "rationale": "Retry once,\nthen stop."}


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ({"version": 1, "rules": [ACTIVE]}, ["- a1 Retry once, then stop."]),
        ({"version": 1, "rules": [{**ACTIVE, "rationale": "", "advice": "Stop."}]}, ["- a1 Stop."]),
        ({"version": 1, "rules": [{**ACTIVE, "status": "proposed"}, {**ACTIVE, "status": "retired"}]}, []),
        ({"version": 1, "rules": [3, None, {"status": "active"}, {**ACTIVE, "id": 3}, {**ACTIVE, "rationale": 3}]}, []),
        ({"version": 2, "rules": [ACTIVE]}, []),
        ({"version": 1, "rules": {"a": ACTIVE}}, []),
        ([ACTIVE], []),
        ("{not json", []),
        ("[" * 100_000, []),
        (b"\xff\xfe\x00", []),
    ],
)
def test_lines(repo: GitRepo, content: Any, lines: list[str]) -> None:
    repo.write(RULES_FILE, content if isinstance(content, (str, bytes)) else json.dumps(content))
    assert active_rules(WorktreeView(repo.root)) == lines


def test_no_file_and_no_regular_file(repo: GitRepo) -> None:
    assert active_rules(WorktreeView(repo.root)) == []
    (repo.root / RULES_FILE).mkdir(parents=True)
    assert active_rules(WorktreeView(repo.root)) == []


def test_a_long_reason_is_cut(repo: GitRepo) -> None:
    repo.write(RULES_FILE, json.dumps({"version": 1, "rules": [{**ACTIVE, "rationale": "word " * 500}]}))
    (line,) = active_rules(WorktreeView(repo.root))
    assert len(line.encode()) <= 240
