"""What a ledger said when it was last read, and the file in which a clone keeps that.

The file's first line is the SHA-256 of what is below, so that a damaged one is told from a whole one, however it came
about. It makes no claim against somebody who writes it on purpose: who can do that can change the stores as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from autopack_hooks.core.files import write_atomic

Contents = Sequence[tuple[str, Sequence[str]]]
"""The digests of a text's spans in order, each with the ids of which the span says something, in document order."""


@dataclass(frozen=True)
class LedgerHashes:
    """What is known of a ledger without its text: id -> content hash, ids that stand more than once, and why it is
    no text (else "")."""

    hashes: Mapping[str, str]
    duplicates: Sequence[str]
    fault: str = ""


@dataclass(frozen=True)
class Known:
    """The facts of a text, and what its spans (ledger/excerpt.py) say; without ``contents`` it can be read as a whole
    only."""

    facts: LedgerHashes
    contents: Contents = ()


def load(path: Path, settings: str) -> tuple[str, Known] | None:
    """The key of a text and what is known of it, if that was kept under the same ``settings``; None also for a file
    that is damaged."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        checksum, line = path.read_bytes().split(b"\n", 1)
        if sha256(line).hexdigest().encode() == checksum:
            kept = json.loads(line)
            if kept["settings"] == settings:
                facts = LedgerHashes(kept["hashes"], kept["duplicates"], kept["fault"])
                return str(kept["key"]), Known(facts, [(digest, ids) for digest, ids in kept["contents"]])
    return None


def save(path: Path, settings: str, key: str, known: Known) -> None:
    """Keep it; where that cannot be done it is done without."""
    kept = {"settings": settings, "key": key, **vars(known.facts), "contents": known.contents}
    line = json.dumps(kept, separators=(",", ":")).encode()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, sha256(line).hexdigest().encode() + b"\n" + line)
