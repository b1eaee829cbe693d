"""Which findings a fixer may answer: those that would be told."""

from __future__ import annotations

from collections.abc import Callable

from autopack_hooks.checks.ignores import find_ignores
from autopack_hooks.config.model import CheckConfig
from autopack_hooks.ledger.model import Document

HALVES = ("LED006", "LED007")


def chooser(config: CheckConfig, *, whole: bool = True) -> Callable[[Document], Callable[[str, int], bool]]:
    """For a document: whether the finding of a code on a line would be told, by ``config`` and by its own comments.

    Where the document is not the ``whole`` ledger, its rows and sections may belong to those of other files.
    """

    def choose(document: Document) -> Callable[[str, int], bool]:
        ignores = find_ignores(document.source, lambda: document.blocks.opaque)

        def wanted(code: str, line: int) -> bool:
            if code in HALVES and not whole:
                return False
            told = code.startswith(config.select) and not code.startswith(config.ignore or ("?",))
            return told and not any(code in i.codes and i.first <= line <= i.last for i in ignores)

        return wanted

    return choose
