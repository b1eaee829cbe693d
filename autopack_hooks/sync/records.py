"""Entries as targets store them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from autopack_hooks.core.errors import TargetError
from autopack_hooks.ledger.dialect import SEVERITY, STATUS

if TYPE_CHECKING:
    from autopack_hooks.ledger.model import Entry
    from autopack_hooks.sync.cache import LedgerDigest

Key = tuple[str, str]
"""(file_type, entry_id): the identity of a record inside one project."""


@dataclass(frozen=True)
class Record:
    """One ledger entry, ready to be stored.

    Attributes:
        project_id: The project.
        file_type: The ledger's name.
        entry_id: The entry's id.
        title: Its title.
        content: Its sections and INDEX rows as text.
        metadata: JSON values: status, severity, fields, rows and headings.
        created_at: The entry's own date as ISO 8601 in UTC (``2026-01-03T15:30:00+00:00``), or None.
        content_hash: The SHA-256 of the entry's canonical form, in hexadecimal.
    """

    project_id: str
    file_type: str
    entry_id: str
    title: str
    content: str
    metadata: Mapping[str, Any]
    created_at: str | None
    content_hash: str

    @property
    def key(self) -> Key:
        """The identity of this record inside its project."""
        return self.file_type, self.entry_id


def metadata_json(record: Record) -> str:
    """Return the metadata of ``record`` as JSON. Raises TargetError for a record that some store cannot hold.

    NUL and lone surrogates do not fit into PostgreSQL text, and without them it would not be the ledger's text.
    """
    name = f"{record.file_type} {record.entry_id}"
    try:
        metadata = json.dumps(record.metadata, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TargetError(f"{name}: its metadata is not JSON: {error}") from error
    for column, value in {**vars(record), "metadata": metadata}.items():
        if not isinstance(value, str):
            continue
        if "\0" in value or (column == "metadata" and "\\u0000" in value):
            raise TargetError(f"{name}: its {column} holds a NUL character: remove it from the ledger")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise TargetError(f"{name}: its {column} holds text that is not Unicode") from error
    return metadata


class EntrySource(Protocol):
    """A ledger whose entries are read on demand (sync/source.py)."""

    name: str

    @property
    def digest(self) -> LedgerDigest: ...

    def fetch(self, names: Collection[str]) -> None: ...

    def entry(self, name: str) -> Entry: ...


class Records(Mapping[Key, Record]):
    """The records of all entries of ``ledgers``, each built when it is needed: mostly few are, or none."""

    def __init__(self, ledgers: Iterable[EntrySource], project_id: str) -> None:
        self._ledgers = {ledger.name: ledger for ledger in ledgers}
        self._project_id = project_id
        self.hashes: dict[Key, str] = {
            (ledger.name, name): digest
            for ledger in self._ledgers.values()
            for name, digest in ledger.digest.hashes.items()
        }
        """Key -> content hash, without building a record."""

    def __getitem__(self, key: Key) -> Record:
        return _record(self._ledgers[key[0]].entry(key[1]), key[0], self._project_id)

    def fetch(self, keys: Iterable[Key]) -> None:
        """Read the entries of the records that are going to be needed, in one go."""
        names: dict[str, list[str]] = {}
        for file_type, name in keys:
            names.setdefault(file_type, []).append(name)
        for file_type, own in names.items():
            self._ledgers[file_type].fetch(own)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.hashes)

    def __len__(self) -> int:
        return len(self.hashes)


def _record(entry: Entry, file_type: str, project_id: str) -> Record:
    """Build the record of ``entry``. Its position in the file is not part of it."""
    date = entry.date
    values = {role: entry.value(role) for role in (STATUS, SEVERITY)}
    metadata: dict[str, Any] = {role: value.text for role, value in values.items() if value}
    metadata["fields"] = {
        key: value.text for section in reversed(entry.sections) for key, value in section.fields.items() if value.text
    }
    metadata["rows"] = [[cell.text for cell in row.cells] for row in entry.rows]
    metadata["headings"] = [section.heading for section in entry.sections]
    return Record(
        project_id=project_id,
        file_type=file_type,
        entry_id=entry.entry_id,
        title=entry.title,
        content=entry.content,
        metadata=metadata,
        created_at=date.isoformat() if date else None,
        content_hash=entry.content_hash,
    )
