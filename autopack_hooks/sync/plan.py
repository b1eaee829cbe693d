"""Compare what a target holds with what the ledgers say: the difference is a value.

The real run, ``--plan`` and ``verify`` are three consumers of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from autopack_hooks.sync.records import Key


@dataclass(frozen=True)
class Plan:
    """The keys to insert, update and delete, each sorted, and how many entries are right already."""

    insert: tuple[Key, ...] = ()
    update: tuple[Key, ...] = ()
    delete: tuple[Key, ...] = ()
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.insert or self.update or self.delete)


def make_plan(stored: Mapping[Key, str], wanted: Mapping[Key, str], kept: Collection[str] = ()) -> Plan:
    """What makes ``stored`` (key -> hash) equal ``wanted``.

    Ledgers named in ``kept`` lose nothing: their file could not be read, or said nothing at all, and bad input
    deletes nothing.
    """
    return Plan(
        insert=tuple(sorted(key for key in wanted if key not in stored)),
        update=tuple(sorted(key for key, digest in wanted.items() if stored.get(key, digest) != digest)),
        delete=tuple(sorted(key for key in stored if key not in wanted and key[0] not in kept)),
        unchanged=sum(stored.get(key) == digest for key, digest in wanted.items()),
    )
