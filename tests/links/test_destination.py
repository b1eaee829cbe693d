from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.links.destination import written
from autopack_hooks.links.suggest import Suggestion
from autopack_hooks.markdown.structure import LINK, Link


@pytest.mark.parametrize(
    ("source", "raw", "path", "fragment", "expected"),
    [
        ("README.md", "docs/a.md", "docs/b.md", None, "docs/b.md"),
        ("docs/INDEX.md", "a.md", "docs/deep/a.md", None, "deep/a.md"),
        ("docs/x/y.md", "../a.md", "other/a.md", None, "../../other/a.md"),
        ("docs/INDEX.md", "./a.md", "docs/b.md", None, "./b.md"),
        ("docs/INDEX.md", "./a.md", "b.md", None, "../b.md"),
        ("docs/INDEX.md", "/docs/a.md", "docs/b.md", None, "/docs/b.md"),
        ("README.md", "a.md#Part", "b.md", "Part", "b.md#Part"),
        ("README.md", "a.md#p%61rt", "b.md", "part", "b.md#p%61rt"),
        ("README.md", "a.md?plain=1#L2", "b.md", "L2", "b.md?plain=1#L2"),
        ("README.md", "a.py:3", "a.py", "L3", "a.py#L3"),
        ("README.md", "#old", "README.md", "new", "#new"),
        ("README.md", "old/", "new/place", None, "new/place/"),
        ("docs/INDEX.md", "old/", "docs", None, "./"),
        ("README.md", "a.md", "with space.md", None, "with%20space.md"),
        ("README.md", "a.md", "a(b.md", None, "a%28b.md"),
        ("README.md", "a.md", "a(b).md", None, "a(b).md"),
        ("README.md", "a.md", "a#b?c%d.md", None, "a%23b%3Fc%25d.md"),
        ("README.md", "a.md", "ü.md", None, "ü.md"),
        ("README.md", "%C3%BC/a.md", "ü/b.md", None, "%C3%BC/b.md"),
        ("README.md", "a.md", "bad\udcff.md", None, "bad%FF.md"),
        ("README.md", "a.md", "new\nline.md", None, "new%0Aline.md"),
        ("README.md", "a.md", "a:b.md", None, "./a:b.md"),
        ("README.md", "#gear", "README.md", "\ufe0f-gear", "#%EF%B8%8F-gear"),
        ("README.md", "a.md", "a`b|c<d>.md", None, "a%60b%7Cc%3Cd%3E.md"),
    ],
)
def test_written(source: str, raw: str, path: str, fragment: str | None, expected: str) -> None:
    link = Link(LINK, 1, 5, raw, raw, "a")
    assert written(source, link, Suggestion(path, fragment, 1.0, "history"), "missing_file", angled=False) == expected


FOLDERS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=4).map("/".join)


@given(FOLDERS, FOLDERS)
def test_a_new_destination_is_the_way_from_folder_to_folder(folder: str, path: str) -> None:
    expected = posixpath.relpath(path or ".", folder or ".")
    link = Link(LINK, 1, 1, "x", "x", "x")
    source = f"{folder}/x.md" if folder else "x.md"
    shown = written(source, link, Suggestion(path, None, 1, "test"), "missing_file", angled=False)
    assert shown == (expected if expected != "." else "./")


def test_angle_brackets_keep_their_spaces() -> None:
    link = Link(LINK, 1, 5, "my file.md", "my file.md", "a")
    new = Suggestion("new place/my (file.md", None, 1.0, "history")
    assert written("README.md", link, new, "missing_file", angled=True) == "new place/my (file.md"
    escaped = link._replace(raw="my%20file.md")
    assert written("README.md", escaped, new, "missing_file", angled=True) == "new%20place/my%20(file.md"


def test_a_url_of_ours_becomes_a_relative_link() -> None:
    raw = "https://github.com/me/mine/blob/main/docs/a.md?plain=1#part"
    link = Link(LINK, 1, 5, raw, raw, "a")
    new = Suggestion("docs/b.md", "part", 1.0, "history")
    assert written("docs/INDEX.md", link, new, "own_repository_url", angled=False) == "b.md#part"
