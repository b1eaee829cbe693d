"""The baseline: it lets the known pass, only shrinks, and survives moved lines."""

from __future__ import annotations

import pytest

from autopack_hooks.checks.baseline import Baseline, parse_baseline, render_baseline
from autopack_hooks.core.errors import ConfigError
from autopack_hooks.core.findings import Finding

A = Finding("a.md", 3, 1, "LED020", "BUILD-9 is no entry", context="BUILD-9")
B = Finding("b.md", 1, 1, "LED016", "wrong count", context='Total\n"ü')
FAMILIES = ("LED",)


def written(
    *findings: Finding, before: Baseline | None = None, covered: tuple[str, ...] = ("a.md", "b.md")
) -> Baseline:
    data = render_baseline(findings, before or parse_baseline("base.json", None), covered, FAMILIES)
    return parse_baseline("base.json", data)


def codes(
    baseline: Baseline, *findings: Finding, covered: tuple[str, ...] = ("a.md", "b.md")
) -> list[tuple[str, str, int]]:
    return [(f.code, f.path, f.line) for f in baseline.new(findings, covered, FAMILIES)]


def test_the_known_pass_and_the_new_fail() -> None:
    assert codes(written(A, B), A, B) == []
    assert codes(written(A), A, B) == [("LED016", "b.md", 1)]


def test_moved_lines_and_other_words_are_the_same_finding() -> None:
    assert codes(written(A), A._replace(line=99, column=7, message="said otherwise")) == []
    assert codes(written(A), A._replace(context="BUILD-8")) == [("LED020", "a.md", 3), ("CFG001", "base.json", 4)]


def test_the_same_key_is_counted() -> None:
    twice = written(A, A._replace(line=5))
    assert codes(twice, A, A._replace(line=5)) == []
    assert codes(twice, A, A, A._replace(line=9)) == [("LED020", "a.md", 9)]
    assert codes(twice, A) == [("CFG001", "base.json", 4)]


def test_what_no_longer_occurs_is_told_on_its_line() -> None:
    assert codes(written(A, B)) == [("CFG001", "base.json", 4), ("CFG001", "base.json", 5)]


def test_what_was_not_looked_at_is_neither_told_nor_dropped() -> None:
    link = B._replace(path="c.md", code="LNK001")
    both = written(A, before=written(B, link, covered=("b.md", "c.md")), covered=("a.md",))
    assert sorted(key[1] for key in both.known) == ["LED016", "LED020", "LNK001"]
    assert codes(both, A, covered=("a.md",)) == []


def test_writing_again_changes_nothing_and_shrinks() -> None:
    first = render_baseline([A, B], parse_baseline("x", None), ("a.md", "b.md"), FAMILIES)
    assert render_baseline([B, A], parse_baseline("x", first), ("a.md", "b.md"), FAMILIES) == first
    assert written(A, before=parse_baseline("x", first)).known == {("a.md", "LED020", "BUILD-9"): 1}
    assert first.count(b"\n") == 7


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"null",
        b"3",
        b'{"findings": 3}',
        b'{"findings": [3]}',
        b'{"findings": [{}]}',
        b"[" * 100_000,
        b'{"findings": [{"path": "a", "code": "b", "context": "c", "count": "many"}]}',
        b'{"findings": [{"path": "a", "code": "b", "context": "c", "count": null}]}',
        b'{"findings": [{"path": "a", "code": "b", "context": "c", "count": -1}]}',
        b'{"findings": [{"path": "a", "code": "b", "context": "c", "count": 1e999}]}',
        b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n",
    ],
)
def test_what_is_no_baseline_is_one_clear_line(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^base\.json: .*restore it from git or run") as caught:
        parse_baseline("base.json", data)
    assert "\n" not in str(caught.value)


def test_a_baseline_that_was_formatted_otherwise_is_read() -> None:
    data = b'{"findings":[{"path":"a.md","code":"LED020","context":"BUILD-9","count":1}]}'
    assert codes(parse_baseline("base.json", data), A) == []
    assert codes(parse_baseline("base.json", data)) == [("CFG001", "base.json", 1)]
    assert (
        codes(
            parse_baseline(
                "base.json",
                render_baseline([A], parse_baseline("x", None), ("a.md",), FAMILIES).replace(b"\n", b"\r\n"),
            ),
            A,
        )
        == []
    )


def test_what_is_accepted_keeps_its_count_and_order() -> None:
    twice = written(A, A._replace(line=5))
    found = [A, B, A._replace(line=5), A._replace(line=9)]
    assert twice.accepted(found) == [A, A._replace(line=5)]


@pytest.mark.parametrize(
    ("findings", "covered", "stale"),
    [
        ((A, B), ("a.md", "b.md"), False),
        ((A,), ("a.md",), False),
        ((A,), ("a.md", "b.md"), True),
        ((), ("b.md",), True),
    ],
)
def test_whether_something_is_stale(findings: tuple[Finding, ...], covered: tuple[str, ...], stale: bool) -> None:
    assert written(A, B).is_stale(findings, covered, FAMILIES) is stale


def test_a_finding_that_was_known_by_its_message_is_known() -> None:
    old = written(A._replace(context=""))
    assert codes(old, A) == []
    assert codes(old, A, A._replace(line=9)) == [("LED020", "a.md", 9)]
    assert set(written(A, before=old).known) == {("a.md", "LED020", "BUILD-9")}
