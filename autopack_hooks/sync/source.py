"""What the ledgers say: ids and content hashes at once, the text only of entries that are to be written.

The facts of a file are kept by its content, the dialect and the parser, so that they cannot be stale, and a run that
has nothing to write parses nothing. Of a file that changed, what changed is parsed. A cache that cannot be read is
thrown away, one that cannot be written is done without.
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
from autopack_hooks.sync.facts import Known, LedgerHashes, load, save

if TYPE_CHECKING:
    from autopack_hooks.ledger.model import Document, Entry
    from autopack_hooks.sync.reading import Text


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
        self._entries: dict[str, Entry] = {}

    @property
    def facts(self) -> LedgerHashes:
        """From the cache, or from the text."""
        return self._known.facts

    def entry(self, name: str) -> Entry:
        """The entry with this id, which is one of the facts'."""
        self.fetch([name])
        return self._entries[name]

    def fetch(self, names: Collection[str]) -> None:
        """Read the entries with these ids, those that have not been, in one go."""
        known = self._known
        missing = [name for name in names if name not in self._entries]
        if missing:
            text = self._text
            found = text.entries(missing, known.contents) if text and known.contents else None
            self._entries.update(found or self._read_all()[1])

    @cached_property
    def _known(self) -> Known:
        settings = self._settings()
        if self._cache is None or settings is None:
            return self._read(None)
        name = hashlib.sha256(f"{self.name}\0{self.path}".encode()).hexdigest()[:16]
        place = self._cache / f"facts-{name}"
        key = self._key()
        kept = load(place, settings)
        if kept and kept[0] == key:
            return kept[1]
        known = self._read(kept[1] if kept else None)
        save(place, settings, key, known)
        return known

    def _read(self, before: Known | None) -> Known:
        """What the text says; ``before`` is what it said when it was last read."""
        text = self._text
        found = text.read(before) if text and before and before.contents else None
        known, entries = found or self._read_all()
        self._entries.update(entries)
        return known

    def _read_all(self) -> tuple[Known, Mapping[str, Entry]]:
        """Parse it all. The text and the tokens are let go: of a large ledger they are as large as the entries."""
        text, self._text = self._text, None
        if text:
            return text.read_all()
        from autopack_hooks.project.loader import make_ledger
        from autopack_hooks.sync.reading import facts_of

        contents, self._contents = self._contents, {}
        ledger = make_ledger(self._file, contents, self._others)
        faulty = ledger.faulty
        fault = faulty.source.fault if faulty else None
        reason = f"{faulty.path}:{fault.line}: {fault.reason}" if faulty and fault else ""
        return Known(facts_of(ledger.entries, reason)), ledger.entries

    @cached_property
    def _text(self) -> Text | None:
        """The text, if it can be read in part: that of one file that holds many entries."""
        if self._file.dialect.entries == FILES or len(self._contents) != 1:
            return None
        [data] = self._contents.values()
        text, fault = decode(data)
        if fault:
            return None
        # Imported here: the parser is not needed where the facts are known.
        from autopack_hooks.sync.reading import Text

        self._contents = {}
        return Text(unix_newlines(text), self._file.dialect, self._parse)

    def _parse(self, text: str) -> Document:
        from autopack_hooks.ledger.parse import parse_document

        return parse_document(SourceText.from_text(self.path, text), self.name, self._file.dialect, self._others)

    def _settings(self) -> str | None:
        """What the facts depend on beside the text; None where that cannot be told. A dialect of the configuration may
        change under the same name."""
        made_by = stamp()
        if made_by is None:
            return None
        parts = [made_by, repr(self._file.dialect), *(repr(dialect) for dialect in self._others)]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def _key(self) -> str:
        parts = [f"{path}\0{hashlib.sha256(data).hexdigest()}" for path, data in sorted(self._contents.items())]
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
