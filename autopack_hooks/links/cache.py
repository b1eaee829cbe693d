"""Facts by content: a document that did not change is not parsed again.

One JSON file for each way of reading, in the state folder. Its first entry names the parser's version and options, so
that facts of another parser are never taken for ours. A file that cannot be read is thrown away, one that cannot be written is
done without: the cache is an aid and nothing else.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from autopack_hooks.checks.ignores import Ignore
from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.stamp import stamp
from autopack_hooks.links.model import DocumentLinks, Link

# Entries of documents that this run did not meet are kept up to this number: another branch has them.
_SPARE = 500


class FactsCache:
    """Content hash -> Facts. ``folder`` is None for a cache that remembers nothing."""

    def __init__(self, folder: Path | None, *, mentions: bool) -> None:
        self.mentions = mentions
        self._path = folder / ("links-deep.json" if mentions else "links-nav.json") if folder else None
        self._values: dict[str, Any] = {}
        self._rows: dict[str, Any] = self._read()
        self._used: dict[str, DocumentLinks] = {}
        self._new = False

    def _version(self) -> list[Any]:
        return [stamp(), self.mentions]

    def _read(self) -> dict[str, Any]:
        if self._path is None or stamp() is None:
            return {}
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            data = json.loads(self._path.read_bytes())
            if data["version"] == self._version() and isinstance(data["documents"], dict):
                self._values = dict(data["values"])
                return dict(data["documents"])
        return {}

    def get(self, key: str) -> DocumentLinks | None:
        """The facts of the content ``key``."""
        if key in self._used:
            return self._used[key]
        row = self._rows.get(key)
        if row is None:
            return None
        with suppress(ValueError, TypeError, IndexError):
            self._used[key] = facts = from_row(row)
            return facts
        return None

    def put(self, key: str, facts: DocumentLinks) -> None:
        """Remember ``facts``."""
        self._used[key] = facts
        self._new = True

    def value(self, name: str, key: str) -> Any:
        """The value that was remembered under ``name`` for the content ``key``; None where there is none."""
        known = self._values.get(name)
        return known[1] if isinstance(known, list) and len(known) == 2 and known[0] == key else None

    def remember(self, name: str, key: str, value: Any) -> None:
        """Remember a value that JSON can hold."""
        self._values[name] = [key, value]
        self._new = True

    def save(self) -> None:
        """Write the cache where something is new; silently not where the folder cannot be written."""
        if self._path is None or not self._new:
            return
        spare = [key for key in self._rows if key not in self._used][-_SPARE:]
        documents = {key: self._rows[key] for key in spare} | {key: to_row(facts) for key, facts in self._used.items()}
        content = {"version": self._version(), "values": self._values, "documents": documents}
        data = json.dumps(content, separators=(",", ":"))
        with suppress(OSError):
            os.makedirs(self._path.parent, exist_ok=True)
            write_atomic(self._path, data.encode("utf-8", "surrogatepass"), durable=False)


def to_row(facts: DocumentLinks) -> list[Any]:
    """Facts as JSON holds them."""
    return [facts.links, sorted(facts.anchors), facts.lines, facts.ignores]


def from_row(row: Any) -> DocumentLinks:
    """Facts from their row. Raises ValueError or TypeError for what is none."""
    links, anchors, lines, ignores = row
    known = [Ignore(line, column, tuple(codes), first, last) for line, column, codes, first, last in ignores]
    return DocumentLinks([Link(*link) for link in links], frozenset(anchors), int(lines), tuple(known))
