from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autopack_hooks.core.errors import UsageError
from autopack_hooks.links.fix import Fix
from autopack_hooks.links.plan_file import read_plan

ROW = {
    "source_file": "docs/a.md", "line_number": 3, "line": 3, "column": 5, "broken_target": "x.md", "suggested_fix": "y.md",
    "confidence": "high", "fix_type": "update_reference", "source_hash": "abc",
}  # fmt: skip


def read(tmp_path: Path, *rows: Any) -> list[Fix]:
    (tmp_path / "p.json").write_text(json.dumps({"broken_links": list(rows)}))
    return [planned.fix for planned in read_plan(tmp_path / "p.json")]


def test_rows_that_can_be_applied(tmp_path: Path) -> None:
    assert read(tmp_path, ROW, {**ROW, "fix_type": "manual_review", "suggested_fix": None}) == [
        Fix("docs/a.md", 3, 5, "x.md", "y.md")
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"source_hash": None}, "row 1 has no source_hash"),
        ({"source_file": 3}, "row 1 has no source_file"),
        ({"column": None}, "no line, column"),
        ({"line": "3"}, "no line, column"),
        ({"suggested_fix": None}, "no line, column or suggested_fix"),
        ({"source_file": "../away.md"}, "not a document of this repository"),
        ({"source_file": "/etc/passwd"}, "not a document of this repository"),
        ({"source_file": ".git/config"}, "not a document of this repository"),
        ({"source_file": ""}, "not a document of this repository"),
    ],
)
def test_bad_rows(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read(tmp_path, {**ROW, **change})


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "3", '{"broken_links": 3}', "{}", '{"broken_links": [3]}', "[" * 100_000]
)
def test_what_is_no_plan(tmp_path: Path, content: str) -> None:
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(UsageError, match=r"p\.json"):
        read_plan(tmp_path / "p.json")


def test_a_plan_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_plan(tmp_path / "none.json")
