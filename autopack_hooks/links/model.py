"""What is known of one document for links: plain values that a cache can hold."""

from __future__ import annotations

from typing import NamedTuple

from autopack_hooks.checks.ignores import Ignore
from autopack_hooks.markdown_new.structure import Link


class DocumentLinks(NamedTuple):
    """A document's links in order of place, its anchors (lower case), how many lines it has, and its ignore comments."""

    links: list[Link]
    anchors: frozenset[str]
    lines: int
    ignores: tuple[Ignore, ...]

