"""Labels: what is said of a holder, and what is made of one that somebody else wrote."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autopack_hooks.locking.label import Label, own_label, read_label_file, write_label_file

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LABEL = Label(7, "ada", None, (NOW - timedelta(minutes=10)).isoformat(), "tool", "t0")


def renewed(seconds: float, ttl: float | None = 60) -> Label:
    return replace(LABEL, ttl=ttl, renewed=(NOW - timedelta(seconds=seconds)).isoformat())


def test_it_survives_the_file(tmp_path: Path) -> None:
    label = own_label("tool", "päper", 5, NOW)
    write_label_file(tmp_path / "docs.json", label)
    assert read_label_file(tmp_path / "docs.json") == label
    assert label.pid == os.getpid() and label.renewed == label.since
    assert [path.name for path in tmp_path.iterdir()] == ["docs.json"]


def test_each_has_a_token_of_its_own() -> None:
    assert own_label("a", "", None, NOW).token != own_label("a", "", None, NOW).token
    assert own_label("a", "", None, NOW).renewed is None


@pytest.mark.parametrize(
    "change",
    [
        {"pid": "7"}, {"pid": True}, {"pid": None}, {"host": 1}, {"since": "yesterday"}, {"since": "2026-03-01T12:00:00"},
        {"command": None}, {"token": 1}, {"purpose": []}, {"until": 5}, {"until": "x"}, {"ttl": "60"}, {"ttl": float("nan")},
        {"ttl": float("inf")}, {"renewed": "2026-03-01"}, {"start": 3}, {"unknown": 1},
    ],
)  # fmt: skip
def test_a_label_that_makes_no_sense_is_none(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "docs.json"
    path.write_text(json.dumps({**asdict(LABEL), **change}))
    assert read_label_file(path) is None
    path.write_text(json.dumps(asdict(LABEL)))
    assert read_label_file(path) == LABEL


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b'{"pid": 1}', b"[" * 100_000])
def test_a_file_that_is_no_label(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "docs.json").write_bytes(data)
    assert read_label_file(tmp_path / "docs.json") is None
    assert read_label_file(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    ("label", "left", "stalled"),
    [
        (LABEL, None, False),
        (renewed(0), 60, False),
        (renewed(59), 1, False),
        (renewed(61), -1, False),
        (renewed(90), -30, False),
        (renewed(91), -31, True),
        (renewed(-5), 65, False),
        (replace(LABEL, ttl=60), -540, True),
    ],
)
def test_when_a_holder_is_stalled(label: Label, left: float | None, stalled: bool) -> None:
    assert (label.ttl_left(NOW), label.is_stalled(NOW, 30)) == (left, stalled)
    assert label.age(NOW) == 600


def test_it_is_told_in_one_harmless_line() -> None:
    label = replace(LABEL, since="2026-03-01T11:50:00.123+00:00", purpose="\x1b[31m\nred")
    assert str(label) == "tool (\\x1b[31m\\x0ared), pid 7 on ada, since 2026-03-01T11:50:00+00:00"
