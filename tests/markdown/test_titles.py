from __future__ import annotations

import subprocess
import sys

import pytest

from autopack_hooks.markdown.reader import read
from autopack_hooks.markdown.titles import without_long_titles

LONG = "\nx" * 1_001


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[a](b 'c')",
        "[a](b '" + "\nx" * 1_000 + "')",
        "[a](b 'c')" + LONG,
        "it's 'so (\"long\")'" + LONG,
        "[a](b 'c\n\nd" + "\n\nx" * 1_001,
        "[a](b'" + LONG,
    ],
)
def test_what_stays(text: str) -> None:
    assert without_long_titles(text) == text


@pytest.mark.parametrize(
    ("text", "bounded"),
    [
        (f"[a](b '{LONG}')", f"[a](b ;{LONG}')"),
        (f"[a](b '{LONG}", f"[a](b ;{LONG}"),
        (f'[a](b\n"{LONG}', f"[a](b\n;{LONG}"),
        (f"[a](<b> ({LONG})", f"[a](<b> ;{LONG})"),
        (f"[a](b '\\'{LONG}'", f"[a](b ;\\'{LONG}'"),
        (f"'c'\n\n[a](b 'c') [a](b '{LONG}", f"'c'\n\n[a](b 'c') [a](b ;{LONG}"),
    ],
)
def test_what_is_bounded(text: str, bounded: str) -> None:
    assert without_long_titles(text) == bounded


@pytest.mark.parametrize(("lines", "targets"), [(1_000, ["b"]), (1_001, [])])
def test_a_link_with_a_longer_title_is_text(lines: int, targets: list[str]) -> None:
    assert read("[a](b '" + "\nx" * lines + "')\n").targets == targets


HOSTILE = [
    "[a](b '" + "\nx" * 200_000,
    '[a](b "' + "\nx" * 200_000,
    "[a](b (" + "\nx" * 200_000 + ")",
    "> [a](b '" + "\n> x" * 100_000,
    "[a](b '" + "\n\\'" * 130_000,
    "[a](b (" + "(\n)" * 130_000,
    ("[a](b '\n[a](b \"\n" + "x\n" * 990 + "' \" ") * 200,
    "[a](<b c>\n'" + "\nx" * 200_000,
]


def test_the_time_for_long_titles_grows_with_the_length() -> None:
    """400 kB of each take some seconds together; a quadratic one alone would take more than a minute."""
    code = "import sys; from autopack_hooks.markdown.reader import read\nfor text in eval(sys.stdin.read()): read(text)"
    subprocess.run([sys.executable, "-c", code], input=repr(HOSTILE), text=True, check=True, timeout=60)
