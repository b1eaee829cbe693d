"""The links and anchors of one document, as plain values that a cache can hold."""

from __future__ import annotations

from typing import NamedTuple

from autopack_hooks.checks.ignores import Ignore
from autopack_hooks.markdown.structure import Link


class DocumentLinks(NamedTuple):
    """Hold a document's links in order, its anchors (lower case), its number of lines and its ignore comments."""

    links: list[Link]
    anchors: frozenset[str]
    lines: int
    ignores: tuple[Ignore, ...]
