"""What the reader keeps of a document's events: kinds and offsets in bytes, in document order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Collected:
    """The kept events of ``data``, above which ``front`` lines of front matter stand."""

    data: bytes
    front: int
    headings: list[tuple[int, int, int, list[str]]] = field(default_factory=list)  # start, end, level, rendered
    links: list[tuple[int, int, Any, bool]] = field(default_factory=list)  # start, end, what the parser says, image
    code_blocks: list[tuple[int, int, Any]] = field(default_factory=list)  # start, end, kind
    code_text_ends: list[int] = field(default_factory=list)  # of each code block; 0: it is empty
    html_blocks: list[tuple[int, int, list[tuple[int, str]]]] = field(default_factory=list)  # start, end, lines
    tables: list[tuple[int, int]] = field(default_factory=list)
    containers: list[tuple[int, int]] = field(default_factory=list)
    codes: list[tuple[int, int]] = field(default_factory=list)
    tags: list[tuple[int, int, str]] = field(default_factory=list)  # start, end, text: tags and comments
    footnotes: list[tuple[int, str]] = field(default_factory=list)
    footnote_uses: set[int] = field(default_factory=set)
    broken: list[Any] = field(default_factory=list)  # references to what is not defined
    definitions: list[tuple[int, int]] = field(default_factory=list)

    def piece(self, start: int, end: int) -> str:
        """Return the text between two offsets."""
        return self.data[start:end].decode("utf-8", "replace")
