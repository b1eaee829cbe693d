"""Incidents: what went wrong, when and where. They are kept in the state folder, bounded and never committed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from autopack_hooks.core.files import read_regular, rename
from autopack_hooks.core.redact import redact

FOLDER = "learn"
_FILE, _OLDER = "incidents.jsonl", "incidents-1.jsonl"
LIMIT = 2 << 20
"""Bytes of the file of incidents; then it becomes the older one, whose place it takes."""
LONGEST_MESSAGE = 500
_LONGEST_TEXT = 400


@dataclass(frozen=True)
class Incident:
    """One thing that went wrong.

    Attributes:
        timestamp: When, as ISO 8601 in UTC; "" where the source does not say.
        source: Who reported it: ``autopack-hooks``, or a name of the file that was recorded.
        code: The code or the kind of the error; "" for none.
        path: The file that it is about; "" for none.
        line: Its line; 0 for none.
        message: The first line of the message.
        target: What it is about, in a normal form: for a link the path that it leads to.
        text: The line of the file, where it is known.
        commit: The commit at which it happened; "" for none.
        branch: The branch.
        ledger: The ledger that it is about; "" for none.
        entry_id: The entry.
        field: The field of an entry that is missing.
    """

    timestamp: str = ""
    source: str = ""
    code: str = ""
    path: str = ""
    line: int = 0
    message: str = ""
    target: str = ""
    text: str = ""
    commit: str = ""
    branch: str = ""
    ledger: str = ""
    entry_id: str = ""
    field: str = ""

    @property
    def key(self) -> str:
        """The identity: the same message about the same place at the same commit (or time) is the same incident."""
        when = self.commit or (self.timestamp if self.source != OURS else "")
        parts = (self.code, self.path, self.message, self.target, self.text, self.field, when)
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


OURS = "autopack-hooks"
_TEXTS = tuple(field.name for field in fields(Incident) if field.name != "line")


def make_incident(values: Mapping[str, Any], secrets: Iterable[str] = ()) -> Incident:
    """Return an incident of texts that may be anything: of one line, bounded, without passwords."""
    known = {name: value for name in _TEXTS if isinstance(value := values.get(name), str)}
    line = values.get("line")
    message = _one_line(redact(known.pop("message", ""), list(secrets)), LONGEST_MESSAGE)
    text = redact(known.pop("text", ""), list(secrets)).strip("\r\n")[:_LONGEST_TEXT]
    rest = {name: _one_line(value, _LONGEST_TEXT) for name, value in known.items()}
    return Incident(**rest, message=message, text=text, line=line if type(line) is int and line > 0 else 0)


def _one_line(text: str, most: int) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return " ".join(first[: most * 4].split())[:most]


class IncidentStore:
    """The incidents of a repository, in its state folder."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / FOLDER

    def read(self) -> list[Incident]:
        """Return all incidents, each once, sorted. A damaged line is left out."""
        found = {incident.key: incident for incident in (*self._lines(_OLDER), *self._lines(_FILE))}
        return sorted(found.values(), key=lambda i: (i.timestamp, i.code, i.path, i.line, i.message, i.key))

    def add(self, incidents: Iterable[Incident]) -> int:
        """Add those that are not known, and return how many. Raises OSError."""
        known = {incident.key for incident in self.read()}
        fresh = {incident.key: incident for incident in incidents if incident.key not in known}
        if not fresh:
            return 0
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / _FILE
        data = "".join(_line(incident) for incident in fresh.values()).encode("utf-8", "backslashreplace")
        if path.exists() and path.stat().st_size + len(data) > LIMIT:
            rename(path, self._folder / _OLDER)
        # One write to the end of the file: two processes that add at once lose nothing.
        with open(path, "ab", buffering=0) as stream:
            stream.write(data)
        return len(fresh)

    def _lines(self, name: str) -> Iterator[Incident]:
        with suppress(OSError):
            data = read_regular(self._folder / name, 4 * LIMIT)
            for line in data.decode("utf-8", "replace").split("\n"):
                with suppress(ValueError, TypeError, RecursionError):
                    values = json.loads(line) if line else None
                    if isinstance(values, dict):
                        yield make_incident(values)


def _line(incident: Incident) -> str:
    values = {name: value for name, value in asdict(incident).items() if value}
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")) + "\n"
