"""What `links` said when it was last asked the same, which is said again as long as all that it looked at is the same.

An entry holds what made it, every question that was put to the disk, the index and git with its answer (``Seen``), and what
was said. It is believed only if all of these questions have the same answers now. One that is damaged or of another make is
thrown away, one that cannot be written is done without.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import Any

from autopack_hooks.core.git import CACHE_FOLDER, GitError, Repo
from autopack_hooks.core.stamp import stamp
from autopack_hooks.links.request import LinksRequest, Said
from autopack_hooks.links.seen import Seen

_DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Recall:
    """The entry for one way of asking: each combination of switches has its own, in each work tree."""

    def __init__(self, repo: Repo, request: LinksRequest) -> None:
        switches = [request.deep, request.staged, request.mentions, request.form, request.verbose]
        name = hashlib.sha256(json.dumps([str(repo.root), *switches]).encode()).hexdigest()[:16]
        self._path = repo.state_dir / CACHE_FOLDER / f"links-said-{name}.json"
        # What was given by hand is relative to where the command is run.
        config = [request.config, os.path.abspath(request.config)] if request.config else []
        self._stamp = stamp()
        self._made = [self._stamp, switches, str(repo.root), config]

    def find(self, seen: Seen) -> Said | None:
        """What was said, if nothing that it rests on is different; ``seen`` is asked, and is of no more use then."""
        with suppress(*_DAMAGE):
            entry = _checked(self._path.read_bytes())
            if self._stamp and entry["made"] == self._made and seen.agrees(entry["seen"]):
                out, err, code = entry["said"]
                return Said(str(out), str(err), int(code))
        return None

    def keep(self, seen: Seen, said: Said) -> None:
        """Remember what a run ``said`` that has ``seen`` all it looked at."""
        with suppress(OSError, ValueError, GitError):
            if self._stamp and seen.is_steady():
                from autopack_hooks.core.files import write_atomic  # what only repeats an answer needs nothing of it

                entry = {"made": self._made, "seen": seen.answers(), "said": said}
                os.makedirs(self._path.parent, exist_ok=True)
                write_atomic(self._path, _sealed(entry), durable=False)


def _sealed(entry: dict[str, Any]) -> bytes:
    body = json.dumps(entry, separators=(",", ":")).encode()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _checked(data: bytes) -> dict[str, Any]:
    """The entry of a file. Raises ValueError for what is none, or was changed by anything but ``keep``."""
    digest, _, body = data.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("damaged")
    entry: dict[str, Any] = json.loads(body)
    return entry
