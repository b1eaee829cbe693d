"""What the ledgers say: ids and content hashes at once, the text only of entries that are to be written.

The facts of a file are kept by its content, the dialect and the parser, so that they cannot be stale, and a run that
has nothing to write parses nothing. A cache that cannot be read is thrown away, one that cannot be written is done
without.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks import __version__
from autopack_hooks.ledger.dialect import Dialect
from autopack_hooks.text import write_atomic
from autopack_hooks.workspace import LedgerFile, View, Workspace, known_dialects, read_ledgers

if TYPE_CHECKING:
    from autopack_hooks.ledger.model import Entry, Ledger


@dataclass(frozen=True)
class Facts:
    """What is known of a ledger without its text: id -> content hash, ids that stand more than once, and why it is
    no text (else "")."""

    hashes: Mapping[str, str]
    duplicates: Sequence[str]
    fault: str = ""


class LedgerSource:
    """The bytes of one ledger's files, by path, parsed when something is asked that only the text can answer.

    ``others`` are the dialects whose ids it may quote. ``cache`` is a folder for the facts, or None.
    """

    def __init__(
        self,
        file: LedgerFile,
        contents: Mapping[str, bytes],
        others: Sequence[Dialect],
        cache: Path | None = None,
    ) -> None:
        self.name = file.name
        self.path = file.path
        self._file = file
        self._contents = contents
        self._others = others
        self._cache = cache

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Id -> entry."""
        return self._parsed[1]

    @cached_property
    def facts(self) -> Facts:
        """From the cache, or from the text."""
        place = self._place()
        if place is None:
            return self._parsed[0]
        key = self._key()
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            kept = json.loads(place.read_bytes())
            if kept["key"] == key:
                return Facts(dict(kept["hashes"]), list(kept["duplicates"]), str(kept["fault"]))
        facts = self._parsed[0]
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(place, json.dumps({"key": key, **vars(facts)}).encode())
        return facts

    @cached_property
    def _parsed(self) -> tuple[Facts, Mapping[str, Entry]]:
        # Imported here: the parser is not needed where the facts are known.
        from autopack_hooks.load import make_ledger

        contents, self._contents = self._contents, {}
        ledger = make_ledger(self._file, contents, self._others)
        # The text and the tokens are let go: of a large ledger they are as large as the entries.
        return _facts(ledger), ledger.entries

    def _place(self) -> Path | None:
        name = hashlib.sha256(f"{self.name}\0{self.path}".encode()).hexdigest()[:16]
        return self._cache / f"facts-{name}.json" if self._cache else None

    def _key(self) -> str:
        # A dialect of the configuration may change under the same name.
        parts = [__version__, _parser(), repr(self._file.dialect), *(repr(dialect) for dialect in self._others)]
        parts += [f"{path}\0{hashlib.sha256(data).hexdigest()}" for path, data in sorted(self._contents.items())]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Sources:
    """The ledgers that are there, and the configured ones whose file is not."""

    ledgers: Sequence[LedgerSource]
    missing: Sequence[LedgerFile]


def load_sources(workspace: Workspace, view: View) -> Sources:
    """The ledgers of the configuration, as ``view`` holds them; never raises for what is in them."""
    files = workspace.ledgers(view)
    others = known_dialects(files)
    cache = workspace.state_dir / "cache"
    found = read_ledgers(files, view)
    return Sources(
        [LedgerSource(file, contents, others, cache) for file, contents in found.items() if contents],
        [file for file, contents in found.items() if not contents],
    )


def _facts(ledger: Ledger) -> Facts:
    faulty = ledger.faulty
    fault = faulty.source.fault if faulty else None
    return Facts(
        {name: entry.content_hash for name, entry in ledger.entries.items()},
        [e.entry_id for e in ledger.entries.values() if len(e.sections) > 1 or len(e.rows) > 1],
        f"{faulty.path}:{fault.line}: {fault.reason}" if faulty and fault else "",
    )


def _parser() -> str:
    """The parser's files by size and time, so that a developer's edit counts as another version."""
    package = Path(__file__).parent.parent
    stats = [
        os.stat(path) for path in (*sorted(package.glob("ledger/*.py")), package / "markdown.py", package / "text.py")
    ]
    return " ".join(f"{stat.st_size}:{stat.st_mtime_ns}" for stat in stats)
