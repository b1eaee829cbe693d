"""Links kept by content: what was read before is what a new reading gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from autopack_hooks.links.cache import LinksCache
from autopack_hooks.links.documents import Documents
from tests.links.helpers import TEXTS, facts_of

TEXT = "# A\n\n<!-- autopack: ignore LNK001 it comes later -->\n[a](x.md) and `b/c.md`\n"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=TEXTS, second=TEXTS)
def test_what_was_kept_is_what_is_read(tmp_path: Path, first: str, second: str) -> None:
    for text in (first, second, first):
        (tmp_path / "x.md").write_bytes(text.encode())
        cache = LinksCache(tmp_path / "links.json")
        assert Documents(tmp_path, None, {}, cache, mentions=True).links("x.md") == facts_of(text, mentions=True)
        cache.save()


def filled(path: Path) -> LinksCache:
    cache = LinksCache(path)
    cache.put("key", facts_of(TEXT))
    cache.save()
    return LinksCache(path)


def test_by_content_only(tmp_path: Path) -> None:
    cache = filled(tmp_path / "folder/links.json")
    assert cache.get("key") == facts_of(TEXT)
    assert cache.get("other") is None


@pytest.mark.parametrize("damage", [b"", b"{ damaged", b"[]", b'{"stamp": 1}', b"[" * 50_000])
def test_a_damaged_file_is_empty(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "links.json"
    filled(path)
    path.write_bytes(damage)
    assert LinksCache(path).get("key") is None


@pytest.mark.parametrize("row", [None, 1, [], [[], [], 1], [[1], [], 1, []], [[], [], "x", []], [[], [], 1, [1]]])
def test_a_damaged_row_is_read_again(tmp_path: Path, row: object) -> None:
    path = tmp_path / "links.json"
    filled(path)
    data = json.loads(path.read_bytes())
    path.write_text(json.dumps({**data, "documents": {"key": row}}))
    assert LinksCache(path).get("key") is None


def test_another_version_reads_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path / "links.json")
    monkeypatch.setattr("autopack_hooks.links.cache.stamp", lambda: "another")
    assert LinksCache(tmp_path / "links.json").get("key") is None


def test_no_file_and_one_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert filled(tmp_path / "file/links.json").get("key") is None
    none = LinksCache(None)
    none.put("key", facts_of(TEXT))
    none.save()
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file"]
