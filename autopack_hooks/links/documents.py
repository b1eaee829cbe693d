"""Read documents from the working tree or the index, and keep the links that were found in them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.files import RepositoryFiles
from autopack_hooks.core.git import Repo
from autopack_hooks.core.text import SourceText, decode
from autopack_hooks.links.cache import LinksCache
from autopack_hooks.links.model import DocumentLinks

_LOST = "cannot be read: it is a symbolic link that leads to no file of the repository"


class LinkDocument(NamedTuple):
    """Hold a document's links, or None and the reason in words (``fault``). ``key`` is the content's hash."""

    links: DocumentLinks | None
    fault: str = ""
    key: str = ""


class Documents:
    """Give documents by repository-relative path, each read and parsed once.

    Args:
        root: the root folder.
        repo: the repository, None outside git.
        oids: path -> blob id of what git tracks.
        cache: the links of contents that were read before.
        staged: read the index and nothing else.
        mentions: paths in backticks are among the links.
        follow: gives the tracked path that a path leads to through symbolic links, "" where that is nowhere.
    """

    def __init__(
        self,
        root: Path,
        repo: Repo | None,
        oids: Mapping[str, str],
        cache: LinksCache,
        *,
        staged: bool = False,
        mentions: bool = False,
        follow: Callable[[str], str] = lambda path: path,
    ) -> None:
        self._files = RepositoryFiles(root)
        self._repo = repo
        self._oids = oids
        self._cache = cache
        self._staged = staged and repo is not None
        self._mentions = mentions
        self._follow = follow
        self._documents: dict[str, LinkDocument | None] = {}
        self._lines: dict[str, int | None] = {}

    def document(self, path: str) -> LinkDocument | None:
        """Return the document at ``path``, None where there is no such file."""
        if path not in self._documents:
            self.load((path,))
        return self._documents[path]

    def links(self, path: str) -> DocumentLinks | None:
        """Return the links of ``path``, None where it does not exist or cannot be read."""
        document = self.document(path)
        return document.links if document else None

    def load(self, paths: Iterable[str]) -> None:
        """Read ``paths``, those of the index with one process."""
        wanted = [path for path in dict.fromkeys(paths) if path not in self._documents]
        for path, data in self._read(wanted):
            self._documents[path] = self._parse(data)

    def lines(self, path: str) -> int | None:
        """Return the number of lines of the file ``path``, None where it cannot be read."""
        if path not in self._lines:
            data = self._read_one(path)
            self._lines[path] = data.count(b"\n") + (data[-1:] not in (b"", b"\n")) if isinstance(data, bytes) else None
        return self._lines[path]

    def source(self, path: str) -> SourceText | None:
        """Return the text of ``path``, for those who want to change it."""
        data = self._read_one(path)
        return SourceText.from_bytes(path, data) if isinstance(data, bytes) else None

    def _parse(self, data: bytes | str | None) -> LinkDocument | None:
        if not isinstance(data, bytes):
            return None if data is None else LinkDocument(None, data)
        key = content_key(data)
        if known := self._cache.get(key):
            return LinkDocument(known, key=key)
        text, fault = decode(data)
        if fault:
            return LinkDocument(None, f"cannot be read as text: line {fault.line}: {fault.reason}; {fault.remedy}", key)
        from autopack_hooks.links.extract import extract  # brings the reader: only where something changed

        links = extract(text, mentions=self._mentions)
        self._cache.put(key, links)
        return LinkDocument(links, key=key)

    def _read_one(self, path: str) -> bytes | str | None:
        return next(data for _, data in self._read([path]))

    def _read(self, paths: list[str]) -> Iterable[tuple[str, bytes | str | None]]:
        """Return path and content; the reason in words where it cannot be read, None where there is no such file."""
        return self._tracked(paths) if self._staged else ((path, self._from_disk(path)) for path in paths)

    def _tracked(self, paths: list[str]) -> list[tuple[str, bytes | str | None]]:
        wanted = {path: self._oids[real] for path in paths if (real := self._follow(path)) in self._oids}
        blobs = self._blobs(list(dict.fromkeys(wanted.values())))
        lost = {path: _LOST for path in paths if path in self._oids and path not in wanted}
        return [(path, blobs.get(wanted.get(path, ""), lost.get(path))) for path in paths]

    def _blobs(self, oids: list[str]) -> Mapping[str, bytes | str | None]:
        """Return the contents of blobs; the reason in words for one that must not be read, while the others are."""
        if not self._repo or not oids:
            return {}
        try:
            return self._repo.read_blobs(oids)
        except UsageError as error:
            reason = str(error).partition(": ")[2]
            if not reason.startswith("cannot be read"):
                raise
            if len(oids) == 1:
                return {oids[0]: reason}
            return {oid: data for one in oids for oid, data in self._blobs([one]).items()}

    def _from_disk(self, path: str) -> bytes | str | None:
        try:
            return self._files.read(path)
        except (FileNotFoundError, NotADirectoryError):
            # Tracked, but not checked out (a sparse checkout) or removed by hand: what git has counts.
            return self._tracked([path])[0][1]
        except (OSError, ValueError) as error:
            return f"cannot be read: {getattr(error, 'strerror', None) or error}"


def content_key(data: bytes) -> str:
    """Return the id that git gives the content of a file, in repositories that count in SHA-1."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
