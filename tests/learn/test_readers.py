"""What other tools write is read; what is none of it is refused in a line."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.errors import UsageError
from autopack_hooks.learn.readers import read_incidents

SARIF = {
    "runs": [
        {
            "versionControlProvenance": [{"revisionId": "abc"}],
            "results": [
                {
                    "ruleId": "X1",
                    "message": {"text": "bad"},
                    "locations": [
                        {"physicalLocation": {"artifactLocation": {"uri": "a%20b.py"}, "region": {"startLine": 3}}}
                    ],
                },
                {"ruleId": "X2", "message": {"text": "note"}, "level": "note"},
                {"ruleId": "X3", "message": {"text": "known"}, "suppressions": [{"kind": "inSource"}]},
                {"ruleId": "X4", "message": {"text": "fine"}, "kind": "pass"},
                {"ruleId": "X5", "message": 7, "locations": {}},
            ],
        }
    ]
}
JUNIT = (
    '<testsuite timestamp="2026-01-02T03:04:05"><testcase classname="a" name="t" file="a.py" line="7">'
    '<failure type="AssertionError">assert 1\nmore</failure></testcase><testcase name="ok"/>'
    '<testcase name="s"><skipped message="later"/></testcase></testsuite>'
)


def read(text: str | bytes, *, log: bool = False) -> list[tuple[str, str, int, str]]:
    data = text if isinstance(text, bytes) else text.encode()
    return [(i.code, i.path, i.line, i.message) for i in read_incidents("x", data, log=log)]


@pytest.mark.parametrize(
    "text, found",
    [
        ('{"code": "E1", "message": "m", "path": "a.py", "line": 3}\n', [("E1", "a.py", 3, "m")]),
        ('\ufeff{"message": "m"}\n\n{"message": "n"}\n', [("", "", 0, "m"), ("", "", 0, "n")]),
        ('[{"code": "LNK001", "message": "m", "line": null}]', [("LNK001", "", 0, "m")]),
        (json.dumps(SARIF), [("X1", "a b.py", 3, "bad")]),
        (JUNIT, [("AssertionError", "a.py", 7, "assert 1")]),
        ("::error file=a%2Cb.py,line=4,title=T::100%25 bad%0Amore\n::warning::w\n", [("T", "a,b.py", 4, "100% bad")]),
        ("2026-01-02T03:04:05.12Z ##[error]Process failed\n::error::\nx\n", [("", "", 0, "Process failed")]),
        ("  ::error::indented\n", [("", "", 0, "indented")]),
        ("", []),
    ],
)
def test_forms(text: str, found: list[tuple[str, str, int, str]]) -> None:
    assert read(text) == found


def test_logs_are_read_on_request() -> None:
    text = "start\n2026-01-02 03:04:05 ERROR: disk full\n0 errors\nValueError: x\nall good\n"
    assert [message for *_, message in read(text, log=True)] == ["ERROR: disk full", "ValueError: x"]
    with pytest.raises(UsageError, match="--log"):
        read(text)


def test_what_a_source_says_of_time_and_commit_is_kept() -> None:
    (found,) = read_incidents("x", json.dumps(SARIF).encode())
    assert found.commit == "abc"
    (found,) = read_incidents("x", JUNIT.encode())
    assert found.timestamp == "2026-01-02T03:04:05Z" and found.target == "a.t"


@pytest.mark.parametrize(
    "text",
    [
        "{", "[1]", "\0", '{"code": "x"}', '{"message": "m"}\n{', "<a>", "<html></html>",
        '<!DOCTYPE x [<!ENTITY e "e">]><testsuite name="&e;"/>', '<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>',
        "[" * 100_000,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^x: "):
        read(text)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for log in (False, True):
        with suppress(UsageError):
            read(data, log=log)


def test_secrets_are_struck_out() -> None:
    (found,) = read_incidents("x", b'{"message": "cannot reach postgres://me:hunter2@db/x"}')
    assert "hunter2" not in found.message
