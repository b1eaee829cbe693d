"""Keep the links of documents by content, so that a document that did not change is not parsed again.

One JSON file in the state folder for each way of reading. What another version of the program wrote, or cannot be read,
counts as empty; a file that cannot be written is not missed.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from autopack_hooks.checks.ignores import Ignore
from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.stamp import stamp
from autopack_hooks.links.model import DocumentLinks
from autopack_hooks.markdown.structure import Link

# Other branches have documents of their own, but a cache may not grow for ever.
_MOST = 5_000


class LinksCache:
    """Map a content's hash to its links. ``path`` is the file, None for a cache that keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path if stamp() else None
        self._rows = self._read()
        self._new: dict[str, Any] = {}

    def _read(self) -> dict[str, Any]:
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            if self._path:
                data = json.loads(self._path.read_bytes())
                if data["stamp"] == stamp():
                    return dict(data["documents"])
        return {}

    def get(self, key: str) -> DocumentLinks | None:
        """Return the links of the content ``key``, None where they are not known."""
        with suppress(ValueError, TypeError):
            row = self._rows.get(key)
            return from_row(row) if row else None
        return None

    def put(self, key: str, links: DocumentLinks) -> None:
        """Keep the links of the content ``key``."""
        self._new[key] = to_row(links)

    def save(self) -> None:
        """Write the file where something is new."""
        if self._path is None or not self._new:
            return
        kept = dict(list({**self._rows, **self._new}.items())[-_MOST:])
        data = json.dumps({"stamp": stamp(), "documents": kept}, separators=(",", ":"))
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._path, data.encode("utf-8", "surrogatepass"), durable=False)


def to_row(links: DocumentLinks) -> list[Any]:
    """Return links as JSON holds them."""
    return [links.links, sorted(links.anchors), links.lines, links.ignores]


def from_row(row: Any) -> DocumentLinks:
    """Return the links of a row. Raises ValueError or TypeError where it is not one."""
    links, anchors, lines, ignores = row
    known = [Ignore(line, column, tuple(codes), first, last) for line, column, codes, first, last in ignores]
    return DocumentLinks([Link(*link) for link in links], frozenset(anchors), int(lines), tuple(known))
