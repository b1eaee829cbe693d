"""Reads documents, and keeps what was found in them: from the working tree or the index, through the cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.git import Repo
from autopack_hooks.links.cache import FactsCache, from_row, to_row
from autopack_hooks.links.model import Facts
from autopack_hooks.text import SourceText


class Document(NamedTuple):
    """A document's facts, or why there are none: ``fault`` is the reason in words. ``key`` is its content's hash."""

    facts: Facts | None
    fault: str = ""
    key: str = ""


class Library:
    """Documents by repository-relative path. ``oids`` are the blobs that git tracks; ``staged`` reads these alone."""

    def __init__(
        self, root: Path, repo: Repo | None, oids: dict[str, str], cache: FactsCache, *, staged: bool = False
    ) -> None:
        self._prefix = f"{root}{os.sep}"
        self._repo = repo
        self._oids = oids
        self._cache = cache
        self._staged = staged and repo is not None
        self._documents: dict[str, Document | None] = {}
        self._lines: dict[str, int | None] = {}

    def document(self, path: str) -> Document | None:
        """What is known of ``path``; None where there is no such file."""
        if path not in self._documents:
            self.load((path,))
        return self._documents[path]

    def facts(self, path: str) -> Facts | None:
        """The facts of ``path``; None where it is not there or not readable."""
        document = self.document(path)
        return document.facts if document else None

    def load(self, paths: Iterable[str]) -> None:
        """Read ``paths`` in one go."""
        wanted = [path for path in dict.fromkeys(paths) if path not in self._documents]
        if self._staged:
            keyed = {path: self._cache.get(self._oids.get(path, "")) for path in wanted}
            self._documents.update({p: Document(facts, key=self._oids[p]) for p, facts in keyed.items() if facts})
            wanted = [path for path, facts in keyed.items() if facts is None]
        fresh: dict[str, SourceText] = {}
        for path, data in self._read(wanted):
            self._documents[path] = None if data is None else self._known(path, data, fresh)
        self._parse(fresh)

    def lines(self, path: str) -> int | None:
        """How many lines the file ``path`` has; None where it cannot be read."""
        if path not in self._lines:
            data = next((data for _, data in self._read((path,))), None)
            self._lines[path] = data.count(b"\n") + (data[-1:] not in (b"", b"\n")) if isinstance(data, bytes) else None
        return self._lines[path]

    def source(self, path: str) -> SourceText | None:
        """The text of ``path``, for those who want to change it."""
        data = next((data for _, data in self._read((path,))), None)
        return SourceText.from_bytes(path, data) if isinstance(data, bytes) else None

    def _read(self, paths: Iterable[str]) -> Iterable[tuple[str, bytes | str | None]]:
        """Path and content; a text is the reason why there is none."""
        if self._staged and self._repo:
            oids = [self._oids[path] for path in paths if path in self._oids]
            blobs = self._repo.read_blobs(oids)
            return [(path, blobs.get(self._oids.get(path, ""))) for path in paths]
        return ((path, self._from_disk(path)) for path in paths)

    def _from_disk(self, path: str) -> bytes | str | None:
        try:
            with open(self._prefix + path, "rb") as stream:  # a Path for each of many documents costs more
                return stream.read()
        except (FileNotFoundError, NotADirectoryError):
            # Tracked, but not checked out (a sparse checkout) or removed by hand: what git has is what counts.
            if self._repo and path in self._oids:
                return self._repo.read_blobs([self._oids[path]])[self._oids[path]]
            return None
        except (OSError, ValueError) as error:
            return f"cannot be read: {getattr(error, 'strerror', None) or error}"

    def _known(self, path: str, data: bytes | str, fresh: dict[str, SourceText]) -> Document:
        """What the cache knows of a content; what is to be parsed first is added to ``fresh``, by its key."""
        if isinstance(data, str):
            return Document(None, data)
        key = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        facts = self._cache.get(key)
        if facts is None:
            source = SourceText.from_bytes(path, data)
            if source.fault:
                return Document(None, f"is no UTF-8 text: line {source.fault.line}: {source.fault.reason}", key)
            fresh[key] = source
        return Document(facts, key=key)

    def _parse(self, fresh: dict[str, SourceText]) -> None:
        if not fresh:
            return
        # These bring the parser: only where something changed.
        from autopack_hooks.links.extract import extract
        from autopack_hooks.links.parallel import processors, shared

        mentions, sources = self._cache.mentions, list(fresh.values())
        rows = shared(sources, lambda s: len(s.text), lambda s: to_row(extract(s, mentions=mentions)), processors())
        for key, row in zip(fresh, rows, strict=True):
            self._cache.put(key, from_row(row))
        for path, document in self._documents.items():
            if document and document.key in fresh:
                self._documents[path] = document._replace(facts=self._cache.get(document.key))
