"""Edits of a text; changes of files as a diff, and written only where the file is as it was read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.edits import Edit, FileChange, apply_edits, check_unchanged, diff
from autopack_hooks.core.errors import Refused
from autopack_hooks.core.text import SourceText


@pytest.mark.parametrize(
    ("edits", "result"),
    [
        ([], "abcdef"),
        ([Edit(0, 0, "x"), Edit(6, 6, "y")], "xabcdefy"),
        ([Edit(4, 6, ""), Edit(0, 1, "A")], "Abcd"),
        ([Edit(1, 2, "B"), Edit(1, 2, "B")], "aBcdef"),
        ([Edit(1, 3, "x"), Edit(3, 4, "y")], "axyef"),
        ([Edit(0, 6, "")], ""),
    ],
)
def test_edits_refer_to_the_original(edits: list[Edit], result: str) -> None:
    assert apply_edits("abcdef", edits) == result


@pytest.mark.parametrize(
    "edits", [[Edit(0, 7, "")], [Edit(-1, 2, "")], [Edit(3, 2, "")], [Edit(1, 4, ""), Edit(3, 5, "")]]
)
def test_edits_that_overlap_or_leave_the_text_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps another or leaves"):
        apply_edits("abcdef", edits)


def change(before: str, after: str, path: str = "a.md") -> FileChange:
    return FileChange(SourceText.from_bytes(path, before.encode()), after)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\n", "a\n", ""),
        ("a\nb\n", "a\nc\n", "--- a/a.md\n+++ b/a.md\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"),
        ("a\r\nb\r\n", "a\r\nc\r\n", "--- a/a.md\n+++ b/a.md\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"),
        ("a", "a\n", "--- a/a.md\n+++ b/a.md\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"),
        ("", "a\n", "--- a/a.md\n+++ b/a.md\n@@ -0,0 +1 @@\n+a\n"),
    ],
)
def test_diff(before: str, after: str, expected: str) -> None:
    assert diff([change(before, after)]) == expected


def test_a_new_file_in_a_diff() -> None:
    assert diff([FileChange.new("d/a.md", "x\n")]) == "--- /dev/null\n+++ b/d/a.md\n@@ -0,0 +1 @@\n+x\n"


@given(*[st.text("ab\n", min_size=1, max_size=12)] * 2)
def test_git_applies_what_is_shown(before: str, after: str) -> None:
    if before == after:
        return
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.md")
        path.write_bytes(before.encode())
        patch = diff([change(before, after)]).encode()
        subprocess.run(["git", "apply", "-"], input=patch, cwd=folder, check=True)
        assert path.read_bytes() == after.encode()


@pytest.mark.parametrize("late", [change("old", "new", "b.md"), FileChange.new("b.md", "new")])
def test_a_file_that_is_not_as_it_was_read_is_refused(tmp_path: Path, late: FileChange) -> None:
    (tmp_path / "a.md").write_text("old")
    (tmp_path / "b.md").write_text("of somebody else")
    with pytest.raises(Refused, match=r"^b\.md is being changed"):
        check_unchanged(tmp_path, [change("old", "new"), late])
    check_unchanged(tmp_path, [change("old", "new")])


def test_lines_are_numbered_from_the_top_where_the_ends_are_equal() -> None:
    numbered = "".join(f"{number}\n" for number in range(1, 31))
    hunk = "@@ -17,7 +17,7 @@\n 17\n 18\n 19\n-20\n+x\n 21\n 22\n 23\n"
    assert diff([change(numbered, numbered.replace("20\n", "x\n"))]) == f"--- a/a.md\n+++ b/a.md\n{hunk}"


def test_what_would_take_long_to_compare_is_one_hunk() -> None:
    before = "top\n" + "".join(f"{number % 150}\n" for number in range(20_000)) + "end\n"
    lines = diff([change(before, before.replace("top\n", "top\n" + "x\n" * 9).replace("end\n", "y\nend\n"))]).split(
        "\n"
    )
    assert lines[2:5] == ["@@ -1,20002 +1,20012 @@", " top", "-0"]
    assert [line for line in lines[3:] if line[:1] == " "] == [" top", " end"]
    assert (sum(line[:1] == "-" for line in lines[3:]), sum(line[:1] == "+" for line in lines[3:])) == (20_000, 20_010)
