from __future__ import annotations

import json

import pytest

from autopack_hooks.core.findings import Severity
from autopack_hooks.core.text import SourceText
from autopack_hooks.links.plan import make_rows, plan_json
from autopack_hooks.links.resolve import Verdict
from autopack_hooks.links.scan import BrokenLink
from autopack_hooks.links.suggest import Judged, Suggestion
from autopack_hooks.markdown.structure import LINK, Link


def broken(line: int, column: int, goal: str | None) -> Judged:
    link = Link(LINK, line, column, "gone.md", "gone.md", "gone")
    item = BrokenLink("a.md", link, Verdict("missing_file", "", "gone.md"), "missing_file", Severity.ERROR)
    return Judged(item, [Suggestion(goal, None, 1.0, "history")] if goal else [])


def nothing_is_read(path: str) -> SourceText | None:
    raise AssertionError(f"{path} was read again")


@pytest.mark.parametrize("goal", ["docs/new.md", None])
def test_what_is_meant_is_told_without_the_text(goal: str | None) -> None:
    (row,) = make_rows([broken(1, 5, goal)], lambda path: "", nothing_is_read)
    assert row.fix == goal


@pytest.mark.parametrize(("text", "fix"), [("[x](<gone.md>)", "a b.md"), ("[x](gone.md)", "a%20b.md")])
def test_a_text_is_read_where_its_brackets_decide(text: str, fix: str) -> None:
    column = text.index("gone") + 1
    (row,) = make_rows([broken(1, column, "a b.md")], lambda path: "", lambda path: SourceText.from_text(path, text))
    assert row.fix == fix


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\n[x](gone.md)", [2]),
        ("a\x0cb\u2028c\n[x](gone.md)", [4]),
        ("[x](gone.md)\x0b[x](gone.md)\r\n\x85[x](gone.md)", [1, 2, 4]),
    ],
)
def test_a_plan_counts_lines_as_python_does(text: str, lines: list[int]) -> None:
    source, at, judged = SourceText.from_text("a.md", text), -1, []
    for _ in lines:
        at = text.index("gone.md", at + 1)
        judged.append(broken(*source.position(at), None))
    read: list[str] = []

    def source_of(path: str) -> SourceText:
        read.append(path)
        return source

    rows = make_rows(judged, lambda path: "", nothing_is_read)
    plan = json.loads(plan_json(rows, [], "", source_of))
    assert [link["line_number"] for link in plan["broken_links"]] == lines
    for link, line in zip(plan["broken_links"], lines, strict=True):
        assert "gone.md" in text.splitlines()[line - 1], link
    assert read == ["a.md"]
