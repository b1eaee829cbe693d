"""LED001 undecodable text, LED002 conflict markers."""

from __future__ import annotations

import pytest

from tests.checks.helpers import Place, findings, places

CONFLICT = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n"


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"ok\n\xff", (2, 1)), (b"a\0b", (1, 2)), ("x".encode("utf-16"), (1, 1)), (b"\x89PNG\r\n\x1a\n\0\0", (1, 1))],
)
def test_a_ledger_that_is_no_text_has_one_finding(data: bytes, place: Place) -> None:
    assert [(f.code, f.line, f.column) for f in findings(data + CONFLICT.encode())] == [("LED001", *place)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CONFLICT, [(1, 1), (3, 1), (5, 1)]),
        (CONFLICT.replace("\n", "\r\n"), [(1, 1), (3, 1), (5, 1)]),
        ("<<<<<<<\n|||||||\n=======\n>>>>>>>\n", [(1, 1), (2, 1), (3, 1), (4, 1)]),
        ("a\n>>>>>>> x\n=======\n", [(2, 1)]),
        ("```\n" + CONFLICT + "```\n", [(2, 1), (4, 1), (6, 1)]),
        ("Title\n=======\n", []),
        ("=" * 60 + "\n", []),
        ("<<<<<<<<\n>>>>>>>>\n", []),
        (" <<<<<<< HEAD\n > >>>>>>> x\n", []),
        ("`<<<<<<< HEAD` and >>>>>>> x\n", []),
        ("<<<<<<<HEAD\n>>>>>>>x\n", []),
        (">>>>>>>> deep quote\n", []),
        ("======= x\n", []),
    ],
)
def test_conflict_markers(text: str, expected: list[Place]) -> None:
    assert places(text, "LED002") == expected
