from __future__ import annotations

import json
from pathlib import Path

import pytest

from autopack_hooks.links import cache as module
from autopack_hooks.links.cache import FactsCache
from tests.links.helpers import facts_of

TEXT = "# T\n\n[a](x.md) [b][nope] `a/b.md`\n\n<!-- autopack: ignore LNK001 why -->\n[c](y.md)\n"


def filled(folder: Path) -> FactsCache:
    cache = FactsCache(folder, mentions=True)
    cache.put("k", facts_of(TEXT, mentions=True))
    cache.remember("policy", "p", [1, 2])
    cache.save()
    return FactsCache(folder, mentions=True)


def test_what_was_put_is_got(tmp_path: Path) -> None:
    again = filled(tmp_path)
    assert again.get("k") == facts_of(TEXT, mentions=True)
    assert again.get("other") is None
    assert (again.value("policy", "p"), again.value("policy", "q"), again.value("x", "p")) == ([1, 2], None, None)


def test_the_way_of_reading_is_part_of_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    assert FactsCache(tmp_path, mentions=False).get("k") is None
    monkeypatch.setattr(module, "stamp", lambda: "edited")
    assert FactsCache(tmp_path, mentions=True).get("k") is None


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"null", b'{"version": 1}', b"\xff\xfe", b"[" * 100_000, b'{"documents": {"k": [1]}}']
)
def test_a_damaged_cache_is_thrown_away(tmp_path: Path, damage: bytes) -> None:
    filled(tmp_path)
    path = tmp_path / "links-deep.json"
    path.write_bytes(damage)
    cache = FactsCache(tmp_path, mentions=True)
    assert cache.get("k") is None
    cache.put("k", facts_of(TEXT, mentions=True))
    cache.save()
    assert FactsCache(tmp_path, mentions=True).get("k") == facts_of(TEXT, mentions=True)


@pytest.mark.parametrize("row", [None, [], [1, 2, 3, 4], [[["link"]], [], 0, []], [[], [], 0, [[1]]], "text"])
def test_a_damaged_entry_is_parsed_again(tmp_path: Path, row: object) -> None:
    filled(tmp_path)
    path = tmp_path / "links-deep.json"
    data = json.loads(path.read_text())
    data["documents"]["k"] = row
    path.write_text(json.dumps(data))
    assert FactsCache(tmp_path, mentions=True).get("k") is None


def test_no_folder_and_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    for folder in (None, tmp_path / "file" / "cache"):
        (tmp_path / "file").write_text("")
        cache = FactsCache(folder, mentions=False)
        cache.put("k", facts_of(TEXT))
        cache.save()
        assert cache.get("k") == facts_of(TEXT)


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    path = tmp_path / "links-deep.json"
    before = path.stat().st_mtime_ns
    cache = FactsCache(tmp_path, mentions=True)
    cache.get("k")
    cache.save()
    assert path.stat().st_mtime_ns == before


def test_documents_of_other_branches_are_kept_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SPARE", 2)
    for key in "abcd":
        cache = FactsCache(tmp_path, mentions=False)
        cache.put(key, facts_of(key))
        cache.save()
    again = FactsCache(tmp_path, mentions=False)
    assert [key for key in "abcd" if again.get(key)] == ["b", "c", "d"]
