"""The digest of a ledger as it was last read, in a file of this clone.

The file's first line is the SHA-256 of what follows, so that damage of any kind is noticed. It is not a defence against
somebody who writes the file on purpose: who can do that can change the stores as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from autopack_hooks.core.files import write_atomic

SpanIds = Sequence[tuple[str, Sequence[str]]]
"""The digests of a text's spans in order, each with the ids of the entries that the span is about, in document order."""


@dataclass(frozen=True)
class LedgerDigest:
    """The hashes of a ledger's entries by id.

    ``duplicates`` are the ids that occur more than once; ``fault`` is why the ledger cannot be read as text, else "".
    """

    hashes: Mapping[str, str]
    duplicates: Sequence[str]
    fault: str = ""


@dataclass(frozen=True)
class Snapshot:
    """The digest of a text and the ids by span (ledger/excerpt.py); without ``spans`` it can only be read as a whole."""

    digest: LedgerDigest
    spans: SpanIds = ()


def load(path: Path, settings: str) -> tuple[str, Snapshot] | None:
    """Return the key and the snapshot of a text that was saved under the same ``settings``; None for a damaged file."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        checksum, line = path.read_bytes().split(b"\n", 1)
        if sha256(line).hexdigest().encode() == checksum:
            saved = json.loads(line)
            if saved["settings"] == settings:
                digest = LedgerDigest(saved["hashes"], saved["duplicates"], saved["fault"])
                return str(saved["key"]), Snapshot(digest, [(span, ids) for span, ids in saved["contents"]])
    return None


def save(path: Path, settings: str, key: str, snapshot: Snapshot) -> None:
    """Save a snapshot. One that cannot be written is done without.

    Args:
        path: The file.
        settings: What the snapshot depends on beside the text.
        key: The identity of the text.
        snapshot: What the text says.
    """
    document = {"settings": settings, "key": key, **vars(snapshot.digest), "contents": snapshot.spans}
    line = json.dumps(document, separators=(",", ":")).encode()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, sha256(line).hexdigest().encode() + b"\n" + line)
