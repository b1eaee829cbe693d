"""The ledgers as a sync reads them: ids and content hashes at once, the text only of entries that are to be written.

The digest of a ledger is cached by its content, the dialect and the parser, so it cannot be stale, and a run that has
nothing to write parses nothing. Of a file that changed, what changed is parsed. A damaged cache is thrown away, one that
cannot be written is done without.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.core.stamp import stamp
from autopack_hooks.core.text import SourceText, decode, unix_newlines
from autopack_hooks.ledger.dialect import FILES, Dialect
from autopack_hooks.project.loader import known_dialects, read_ledgers
from autopack_hooks.project.views import View
from autopack_hooks.project.workspace import LedgerFile, Workspace
from autopack_hooks.sync.cache import LedgerDigest, Snapshot, load, save
from autopack_hooks.sync.records import Records

if TYPE_CHECKING:
    from autopack_hooks.ledger.model import Document, Entry
    from autopack_hooks.sync.partial import PartialReader


@dataclass(frozen=True)
class Revision:
    """Name where the ledgers were read: a commit (None before the first one) given as ``ref``, or the working tree."""

    commit: str | None
    ref: str
    worktree: bool


class LedgerSource:
    """One ledger, parsed when something is asked that only its text can answer."""

    def __init__(
        self, file: LedgerFile, contents: Mapping[str, bytes], others: Sequence[Dialect], cache: Path | None = None
    ) -> None:
        """Make the source of a ledger; nothing is parsed yet.

        Args:
            file: The configured ledger.
            contents: The bytes of its files, by path.
            others: The dialects whose ids it may quote.
            cache: The folder of the cached digests; None for no cache.
        """
        self.name = file.name
        self.path = file.path
        self._file = file
        self._contents = contents
        self._others = others
        self._cache = cache
        self._entries: dict[str, Entry] = {}

    @property
    def digest(self) -> LedgerDigest:
        """The ids and hashes, from the cache or from the text."""
        return self._snapshot.digest

    def entry(self, name: str) -> Entry:
        """Return the entry with this id, which is one of the digest's."""
        self.fetch([name])
        return self._entries[name]

    def places(self, names: Collection[str]) -> dict[str, tuple[str, int]]:
        """Return the file and line of each of these entries that is there: of its first section, else of its first row."""
        digest, reader = self.digest, self._reader
        names = [name for name in names if name in digest.hashes]
        spans = self._snapshot.spans
        lines = reader.lines(names, spans) if reader and spans and names else None
        if lines is not None:
            return {name: (self.path, line) for name, line in lines.items()}
        if any(name not in self._entries for name in names) or reader:
            self._entries.update(self._read_all()[1])
        parts = {name: self._entries[name].place for name in names}
        return {name: (part.path, part.line) for name, part in parts.items()}

    def fetch(self, names: Collection[str]) -> None:
        """Read the entries with these ids in one go, those that have not been read."""
        snapshot = self._snapshot
        missing = [name for name in names if name not in self._entries]
        if missing:
            reader = self._reader
            found = reader.entries(missing, snapshot.spans) if reader and snapshot.spans else None
            self._entries.update(found or self._read_all()[1])

    @cached_property
    def _snapshot(self) -> Snapshot:
        settings = self._settings()
        if self._cache is None or settings is None:
            return self._read(None)
        name = hashlib.sha256(f"{self.name}\0{self.path}".encode()).hexdigest()[:16]
        # Named as in earlier versions, so that their files are replaced and not left behind.
        path = self._cache / f"facts-{name}"
        key = self._key()
        cached = load(path, settings)
        if cached and cached[0] == key:
            return cached[1]
        snapshot = self._read(cached[1] if cached else None)
        save(path, settings, key, snapshot)
        return snapshot

    def _read(self, before: Snapshot | None) -> Snapshot:
        """Read the text, given its snapshot as of the last time."""
        reader = self._reader
        changes = reader.read_changes(before) if reader and before and before.spans else None
        snapshot, entries = changes or self._read_all()
        self._entries.update(entries)
        return snapshot

    def _read_all(self) -> tuple[Snapshot, Mapping[str, Entry]]:
        """Parse everything. The text is let go: of a large ledger it is as large as the entries."""
        reader, self._reader = self._reader, None
        if reader:
            return reader.read_all()
        from autopack_hooks.project.loader import make_ledger
        from autopack_hooks.sync.partial import digest_of_entries

        contents, self._contents = self._contents, {}
        ledger = make_ledger(self._file, contents, self._others)
        faulty = ledger.faulty
        fault = faulty.source.fault if faulty else None
        reason = f"{faulty.path}:{fault.line}: {fault.reason}" if faulty and fault else ""
        return Snapshot(digest_of_entries(ledger.entries, reason)), ledger.entries

    @cached_property
    def _reader(self) -> PartialReader | None:
        """The reader of a ledger that can be read in part: one file that holds many entries."""
        if self._file.dialect.entries == FILES or len(self._contents) != 1:
            return None
        [data] = self._contents.values()
        text, fault = decode(data)
        if fault:
            return None
        # Imported here: the parser is not needed where the digest is known.
        from autopack_hooks.sync.partial import PartialReader

        self._contents = {}
        return PartialReader(unix_newlines(text), self._file.dialect, self._parse)

    def _parse(self, text: str) -> Document:
        from autopack_hooks.ledger.parse import parse_document

        return parse_document(SourceText.from_text(self.path, text), self.name, self._file.dialect, self._others)

    def _settings(self) -> str | None:
        """Return what the digest depends on beside the text; None where that cannot be known.

        A dialect of the configuration may change under the same name.
        """
        made_by = stamp()
        if made_by is None:
            return None
        parts = [made_by, repr(self._file.dialect), *(repr(dialect) for dialect in self._others)]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def _key(self) -> str:
        parts = [f"{path}\0{hashlib.sha256(data).hexdigest()}" for path, data in sorted(self._contents.items())]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class SyncInput:
    """Hold what is to be stored.

    Attributes:
        ledgers: The ledgers that are there.
        records: The records of those that can be read.
        protected: The names of the ledgers that lose nothing: missing or unreadable ones.
        errors: Why those are not synced.
    """

    ledgers: Sequence[LedgerSource]
    records: Records
    protected: Collection[str]
    errors: Sequence[str]


def ledger_sources(workspace: Workspace, view: View, files: Sequence[LedgerFile]) -> list[LedgerSource]:
    """Return those of the ledgers ``files`` that ``view`` holds; nothing of them is parsed yet."""
    others = known_dialects(files)
    cache = workspace.state_dir / "cache"
    return [LedgerSource(file, data, others, cache) for file, data in read_ledgers(files, view).items() if data]


def load_input(workspace: Workspace, view: View) -> SyncInput:
    """Read the configured ledgers that ``view`` holds; never raises for what is in them."""
    files = workspace.ledgers(view)
    ledgers = ledger_sources(workspace, view, files)
    missing = [file for file in files if file.name not in {ledger.name for ledger in ledgers}]
    readable = [ledger for ledger in ledgers if not ledger.digest.fault]
    broken = [ledger for ledger in ledgers if ledger.digest.fault]
    errors = [f"{ledger.digest.fault}; nothing of it was synced or deleted" for ledger in broken]
    errors += [
        f"{file.path}: the ledger {file.name} is configured and not there; nothing of it was deleted"
        for file in missing
    ]
    protected = {ledger.name for ledger in broken} | {file.name for file in missing}
    return SyncInput(ledgers, Records(readable, workspace.project), protected, errors)
