"""Plans: what makes a target equal the ledgers, as a value and as a file.

The real run, ``--plan`` and ``verify`` are three consumers of the same value. The files are those that ``sync --plan`` and
``links --export-json`` write, ``approve`` signs off and a guard asks for; only this module knows how their digest is made.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopack_hooks.core.errors import Refused, UsageError
from autopack_hooks.core.files import read_regular
from autopack_hooks.core.hashing import fingerprint

if TYPE_CHECKING:
    from autopack_hooks.sync.records import Key

SYNC, FIX_LINKS = "sync", "fix-links"
_REMEDY = "make a new one with `sync --plan FILE`"


@dataclass(frozen=True)
class Plan:
    """The keys to insert, update and delete, each sorted, and how many entries are right already."""

    insert: tuple[Key, ...] = ()
    update: tuple[Key, ...] = ()
    delete: tuple[Key, ...] = ()
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.size)

    @property
    def size(self) -> int:
        """The number of entries to be written or deleted."""
        return len(self.insert) + len(self.update) + len(self.delete)


def make_plan(stored: Mapping[Key, str], wanted: Mapping[Key, str], protected: Collection[str] = ()) -> Plan:
    """Compare two mappings of key to hash.

    Args:
        stored: What a target holds.
        wanted: What the ledgers say.
        protected: The ledgers that lose nothing, because their file is missing or unreadable: bad input deletes nothing.
    """
    return Plan(
        insert=tuple(sorted(key for key in wanted if key not in stored)),
        update=tuple(sorted(key for key, digest in wanted.items() if stored.get(key, digest) != digest)),
        delete=tuple(sorted(key for key in stored if key not in wanted and key[0] not in protected)),
        unchanged=sum(stored.get(key) == digest for key, digest in wanted.items()),
    )


@dataclass(frozen=True)
class PlanFile:
    """A plan read from a file: ``kind`` is SYNC or FIX_LINKS, ``digest`` was computed from ``document``."""

    kind: str
    digest: str
    document: Mapping[str, Any] = field(repr=False)


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a plan's canonical form without its own ``digest``, which may be there or not.

    Raises ValueError for a value that JSON cannot hold.
    """
    return fingerprint({key: value for key, value in document.items() if key != "digest"})


def with_digest(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``body`` with its ``digest`` before everything else, ready to be written to a file."""
    return {"digest": digest_of(body), **{key: value for key, value in body.items() if key != "digest"}}


def load_plan(path: Path) -> PlanFile:
    """Read a plan. Raises UsageError for another kind of file, Refused where the digest does not match the content."""
    document = _json_object(path)
    if isinstance(document.get("targets"), dict):
        kind = SYNC
    elif isinstance(document.get("broken_links"), list):
        kind = FIX_LINKS
    else:
        raise UsageError(f"{path}: not a plan: neither targets nor broken_links in it; {_REMEDY}")
    try:
        digest = digest_of(document)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a plan: {error}; {_REMEDY}") from None
    # A fix plan of an older release has no digest of its own, so a change of it cannot be noticed.
    if (kind == SYNC or "digest" in document) and document.get("digest") != digest:
        raise Refused(f"{path}: its digest does not match its content, so it was changed after it was made; {_REMEDY}")
    return PlanFile(kind, digest, document)


def _json_object(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_regular(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; give the file of a plan") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a plan: {error}; {_REMEDY}") from error
    if not isinstance(document, dict):
        raise UsageError(f"{path}: not a plan: not a JSON object; {_REMEDY}")
    return document
