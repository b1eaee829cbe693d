"""Reads documents, and keeps what was found in them: from the working tree or the index, through the cache."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from autopack_hooks.core.text import SourceText
from autopack_hooks.links.cache import FactsCache, from_row, to_row
from autopack_hooks.links.model import DocumentLinks
from autopack_hooks.links.seen import Seen, content_key


class LinkDocument(NamedTuple):
    """A document's facts, or why there are none: ``fault`` is the reason in words. ``key`` is its content's hash."""

    facts: DocumentLinks | None
    fault: str = ""
    key: str = ""


class Raw(NamedTuple):
    """What was read of ``path``: bytes and their hash, the reason why it cannot be read, or None: it is not there."""

    path: str
    data: bytes | str | None
    key: str = ""


class Library:
    """Documents by repository-relative path, as ``seen`` gives them; ``staged`` reads what git tracks, and nothing else."""

    def __init__(self, seen: Seen, cache: FactsCache, *, staged: bool = False) -> None:
        self._seen = seen
        self._cache = cache
        self._staged = staged and seen.repo is not None
        self._documents: dict[str, LinkDocument | None] = {}
        self._lines: dict[str, int | None] = {}

    def document(self, path: str) -> LinkDocument | None:
        """What is known of ``path``; None where there is no such file."""
        if path not in self._documents:
            self.load((path,))
        return self._documents[path]

    def facts(self, path: str) -> DocumentLinks | None:
        """The facts of ``path``; None where it is not there or not readable."""
        document = self.document(path)
        return document.facts if document else None

    def load(self, paths: Iterable[str]) -> None:
        """Read ``paths`` in one go."""
        wanted = [path for path in dict.fromkeys(paths) if path not in self._documents]
        if self._staged:
            oids = self._seen.oids
            keyed = {path: self._cache.get(oids.get(path, "")) for path in wanted}
            self._documents.update({p: LinkDocument(facts, key=oids[p]) for p, facts in keyed.items() if facts})
            wanted = [path for path, facts in keyed.items() if facts is None]
        fresh: dict[str, SourceText] = {}
        self._documents.update((raw.path, self._known(raw, fresh)) for raw in self._read(wanted))
        self._parse(fresh)

    def lines(self, path: str) -> int | None:
        """How many lines the file ``path`` has; None where it cannot be read."""
        if path not in self._lines:
            data = self._one(path)
            self._lines[path] = data.count(b"\n") + (data[-1:] not in (b"", b"\n")) if isinstance(data, bytes) else None
        return self._lines[path]

    def source(self, path: str) -> SourceText | None:
        """The text of ``path``, for those who want to change it."""
        data = self._one(path)
        return SourceText.from_bytes(path, data) if isinstance(data, bytes) else None

    def _one(self, path: str) -> bytes | str | None:
        return next(data for _, data, _ in self._read([path]))

    def _read(self, paths: list[str]) -> Iterable[Raw]:
        return self._tracked(paths) if self._staged else map(self._from_disk, paths)

    def _tracked(self, paths: list[str]) -> list[Raw]:
        """What git has of ``paths``."""
        repo, oids = self._seen.repo, self._seen.oids
        blobs = repo.read_blobs([oids[path] for path in paths if path in oids]) if repo else {}
        found = ((path, blobs.get(oids.get(path, ""))) for path in paths)
        return [Raw(path, data, "" if data is None else content_key(data)) for path, data in found]

    def _from_disk(self, path: str) -> Raw:
        try:
            return Raw(path, self._seen.read(path), self._seen.key(path))
        except (FileNotFoundError, NotADirectoryError):
            # Tracked, but not checked out (a sparse checkout) or removed by hand: what git has is what counts.
            return self._tracked([path])[0]
        except (OSError, ValueError) as error:
            return Raw(path, f"cannot be read: {getattr(error, 'strerror', None) or error}")

    def _known(self, raw: Raw, fresh: dict[str, SourceText]) -> LinkDocument | None:
        """What the cache knows of a content; what is to be parsed first is added to ``fresh``, by its key."""
        if not isinstance(raw.data, bytes):
            return None if raw.data is None else LinkDocument(None, raw.data)
        facts = self._cache.get(raw.key)
        if facts is None:
            source = SourceText.from_bytes(raw.path, raw.data)
            if source.fault:
                reason = f"is no UTF-8 text: line {source.fault.line}: {source.fault.reason}"
                return LinkDocument(None, reason, raw.key)
            fresh[raw.key] = source
        return LinkDocument(facts, key=raw.key)

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
