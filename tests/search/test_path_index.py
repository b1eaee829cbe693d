"""Which entries name which files."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack_hooks.search.path_index import KeptIndex, PathIndex, build_index, load_index, save_index

TRACKED = ["src/store.py", "src/net/retry.py", "src/net/__init__.py", "src/__init__.py", "README.md", "Makefile"]
MOVED = {"old/store.py": "src/store.py"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("In `src/store.py`.", {"src/store.py"}),
        ("See src/store.py:12, and ./src/net/retry.py.", {"src/store.py", "src/net/retry.py"}),
        ("src\\store.py on Windows", {"src/store.py"}),
        ("retry.py alone, and net/retry.py", {"src/net/retry.py"}),
        ("old/store.py was its name", {"src/store.py"}),
        ("all of src/net/", {"src/net"}),
        ("src/store.pyc, xsrc/store.py, src/store", set()),
        ("__init__.py is two files", set()),
        ("the Makefile is a word, store a noun, src a folder", set()),
        ("/src/store.py from the root", {"src/store.py"}),
        ("../src/store.py leads elsewhere", set()),
        ("https://example.org/README.md", set()),
    ],
)
def test_names_in_a_text(text: str, wanted: set[str]) -> None:
    assert set(build_index([("line", text)], TRACKED, MOVED.get).places) == wanted


def test_lines_for_files_and_folders() -> None:
    texts = [
        ("third", "src/net/retry.py"),
        ("nothing", "none"),
        ("second", "src/store.py"),
        ("first", "src/store.py src/net/"),
    ]
    index = build_index(texts, TRACKED, MOVED.get)
    assert index.lines_for(["src/store.py"]) == ["second", "first"]
    assert index.lines_for(["src/net"]) == ["third", "first"]
    assert index.lines_for([""]) == ["third", "second", "first"]
    assert index.lines_for(["src/net/retry.py", "src/store.py", "src/unheard.py", "sr"]) == ["third", "second", "first"]


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"key": 1}', b'{"key":"k","commit":"c","ledgers":3,"lines":[],"places":{}}']
)
def test_a_damaged_index_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "folder/paths.json"
    kept = KeptIndex(PathIndex(["line"], {"a.md": [0]}), "key", "commit", ["docs/x.md"])
    save_index(path, kept)
    assert load_index(path) == kept
    path.write_bytes(damage)
    assert load_index(path) is None
