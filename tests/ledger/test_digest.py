"""The table of ledgers that a page can carry."""

from __future__ import annotations

import pytest

from autopack_hooks.core.edits import apply_edits
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import BUILD_HISTORY
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.ledger.pages.summary_block import summary_edits
from autopack_hooks.ledger.parse import parse_document
from tests.support import LEDGER

BLOCK = "<!-- AUTOPACK:BEGIN summary -->\n{}<!-- AUTOPACK:END -->\n"
TABLE = (
    "\n| Ledger | Entries | Latest | Status |\n|---|---|---|---|\n"
    "| [build_history]({}) | 3 | BUILD-003, 2026-01-03: Third | Complete 2, In progress 1 |\n\n"
)


@pytest.fixture
def ledger() -> Ledger:
    text = LEDGER.replace("Complete", "\u23f3 in progress (half)", 1)
    source = SourceText.from_text("docs/BUILD_HISTORY.md", text)
    return Ledger("build_history", source.path, BUILD_HISTORY, [parse_document(source, "build_history", BUILD_HISTORY)])


def told(path: str, text: str, ledger: Ledger) -> tuple[str, list[str]]:
    edits, faults = summary_edits(SourceText.from_text(path, text), [ledger])
    return apply_edits(text, edits), faults


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("path", "link"), [("README.md", "docs/BUILD_HISTORY.md"), ("docs/INDEX.md", "BUILD_HISTORY.md")]
)
@pytest.mark.parametrize("inside", ["", "\n", "old\n\ntext\n"])
def test_the_block_is_filled(ledger: Ledger, path: str, link: str, inside: str, newline: str) -> None:
    before, after = (
        f"# Demo\n\n{BLOCK.format(text)}\nMore.\n".replace("\n", newline) for text in (inside, TABLE.format(link))
    )
    assert told(path, before, ledger) == (after, [])
    assert told(path, after, ledger) == (after, [])


@pytest.mark.parametrize(
    "text",
    [
        "# Demo\n",
        f"```\n{BLOCK.format('')}```\n",
        f"    {BLOCK.format('')}",
        "Write `<!-- AUTOPACK:BEGIN summary -->` and `<!-- AUTOPACK:END -->`.\n",
        "<!-- AUTOPACK:END -->\n",
    ],
)
def test_what_is_no_block_is_left_alone(ledger: Ledger, text: str) -> None:
    assert told("README.md", text, ledger) == (text, [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n\n<!-- AUTOPACK:BEGIN summary -->\n", 3),
        ("<!-- AUTOPACK:BEGIN summary -->\n\n<!-- AUTOPACK:BEGIN summary -->\n", 1),
        ("<!-- AUTOPACK:BEGIN graph -->\n<!-- AUTOPACK:END -->\n", 1),
    ],
)
def test_a_block_that_is_not_understood_is_told(ledger: Ledger, text: str, line: int) -> None:
    after, faults = told("README.md", text, ledger)
    assert after == text
    assert faults[0].startswith(f"line {line}: ")
