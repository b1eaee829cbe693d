from __future__ import annotations

import posixpath
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.links.tree import BROKEN_SYMLINK, FILE, FOLDER, MODULE, Found, Tree, fold, normal

LINKS = {
    "link.md": "docs/x.md",
    "folder": "docs",
    "up/link.md": "../docs/x.md",
    "self": "self",
    "ping": "pong",
    "pong": "ping",
    "gone": "docs/nothing.md",
    "out": "../../etc/passwd",
    "abs": "/etc/passwd",
    "chain": "folder/x.md",
}
MODES = {"docs/x.md": "100644", "docs/sub/y.md": "100755", "vendor/lib": "160000", **dict.fromkeys(LINKS, "120000")}
TREE = Tree(MODES, lambda path: LINKS[path])


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("docs/x.md", Found(FILE, "docs/x.md")),
        ("docs/sub", Found(FOLDER, "docs/sub")),
        ("", Found(FOLDER, "")),
        ("docs/X.md", None),
        ("docs/x.md/y", None),
        ("link.md", Found(FILE, "docs/x.md")),
        ("up/link.md", Found(FILE, "docs/x.md")),
        ("folder/sub/y.md", Found(FILE, "docs/sub/y.md")),
        ("chain", Found(FILE, "docs/x.md")),
        ("vendor/lib/README.md", Found(MODULE, "vendor/lib/README.md")),
        ("gone", Found(BROKEN_SYMLINK, "gone")),
        ("out", Found(BROKEN_SYMLINK, "out")),
        ("abs", Found(BROKEN_SYMLINK, "abs")),
    ],
)
def test_find(path: str, found: Found | None) -> None:
    assert TREE.find(path) == found


@pytest.mark.parametrize("path", ["self", "ping", "pong", "self/x.md"])
def test_a_symbolic_link_to_itself_is_broken(path: str) -> None:
    found = TREE.find(path)
    assert found is not None and found.kind == BROKEN_SYMLINK
    assert not TREE.exists(path)


def test_other_spellings() -> None:
    name = unicodedata.normalize("NFD", "docs/Übersicht.md")
    tree = Tree(dict.fromkeys(["docs/Guide.md", name], "100644"), lambda path: "")
    assert tree.other_spellings("docs/guide.MD") == ["docs/Guide.md"]
    assert tree.other_spellings(unicodedata.normalize("NFC", name)) == [name]
    assert tree.other_spellings("docs/guides.md") == []
    assert fold("STRASSE") == fold("straße")


def test_readme_and_names() -> None:
    tree = Tree(dict.fromkeys(["a/README.md", "b/readme.md", "c/x.py"], "100644"), lambda path: "")
    assert [tree.readme(folder) for folder in ("a", "b", "c", "")] == ["a/README.md", "b/readme.md", None, None]
    assert tree.by_name["x.py"] == ["c/x.py"]
    assert tree.extensions == {"md", "py"}


@pytest.mark.parametrize(("path", "found"), [("a/./b", "a/b"), ("a/..", ""), ("a/../../b", "../b"), (".", "")])
def test_normal(path: str, found: str) -> None:
    assert normal(path) == found


@given(st.lists(st.sampled_from([".", "..", "a", "b.md", ".c", ""]), max_size=6).map("/".join))
def test_normal_is_what_the_system_makes_of_a_path(path: str) -> None:
    expected = posixpath.normpath(path)
    assert normal(path) == ("" if expected == "." else expected)


def test_a_path_that_no_system_has_takes_no_time() -> None:
    tree = Tree({"link": "120000", "a.md": "100644"}, lambda path: "a.md")
    assert tree.find("a/" * 500_000 + "x.md") is None
