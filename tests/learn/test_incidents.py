"""Incidents are kept once, bounded, and read whatever happened to the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack_hooks.learn import incidents
from autopack_hooks.learn.incidents import IncidentStore, make_incident


def one(n: int = 1, **more: object):
    return make_incident({"code": "E", "path": "a", "message": f"m{n}", "timestamp": f"2026-01-0{n}T00:00:00Z", **more})


@pytest.mark.parametrize(
    "other, same",
    [
        ({"commit": "c", "timestamp": "2026-02-02T00:00:00Z"}, True),
        ({"commit": "c", "line": 9}, True),
        ({"commit": "c", "branch": "b", "source": "s"}, True),
        ({"commit": "d"}, False),
        ({"commit": "c", "path": "b"}, False),
        ({"commit": "c", "message": "n"}, False),
        ({"commit": "c", "target": "t"}, False),
    ],
)
def test_the_same_incident_twice_counts_once(tmp_path: Path, other: dict[str, object], same: bool) -> None:
    store = IncidentStore(tmp_path)
    assert store.add([one(commit="c"), one(commit="c")]) == 1
    assert store.add([one(**other)]) == int(not same) and len(store.read()) == 2 - same


def test_without_a_commit_the_time_tells() -> None:
    later = "2026-03-03T00:00:00Z"
    assert one().key != one(timestamp=later).key
    assert one(source="autopack-hooks").key == one(source="autopack-hooks", timestamp=later).key


def test_the_store_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incidents, "LIMIT", 2000)
    store = IncidentStore(tmp_path)
    for n in range(100):
        store.add([one(commit=str(n), text="x" * 100)])
    sizes = [path.stat().st_size for path in (tmp_path / "learn").iterdir()]
    assert len(sizes) == 2 and max(sizes) <= 2000 and "99" in {incident.commit for incident in store.read()}


def test_a_damaged_line_is_left_out(tmp_path: Path) -> None:
    store = IncidentStore(tmp_path)
    store.add([one()])
    with (tmp_path / "learn/incidents.jsonl").open("ab") as stream:
        stream.write(b'\xff{"half\n[1]\n{"message": 7}\n')
    assert {incident.message for incident in store.read()} == {"m1", ""}
    assert store.add([one(2)]) == 1


def test_texts_are_of_one_line_and_bounded() -> None:
    found = make_incident({"message": "\n  a\tb \nc" + "x" * 9999, "path": 7, "line": True, "text": "y" * 9999})
    assert found.message == "a b" and found.path == "" and found.line == 0 and len(found.text) == 400
