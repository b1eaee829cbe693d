"""Plans in files: what ``sync --plan`` and ``links --export-json`` write, ``approve`` signs off and a guard asks for.

The one place that says what the digest of a plan is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autopack_hooks.core.errors import Refused, UsageError
from autopack_hooks.core.hashing import fingerprint

SYNC, FIX_LINKS = "sync", "fix-links"
_REMEDY = "make a new one with `sync --plan FILE`"


@dataclass(frozen=True)
class PlanFile:
    """A plan that was read: ``kind`` is SYNC or FIX_LINKS, ``digest`` was computed from ``document``."""

    kind: str
    digest: str
    document: Mapping[str, Any] = field(repr=False)


def digest_of(document: Mapping[str, Any]) -> str:
    """The SHA-256 over the canonical form of a plan, whose own ``digest`` is left out. So it may be there or not.

    Raises ValueError for what is no JSON value.
    """
    return fingerprint({key: value for key, value in document.items() if key != "digest"})


def with_digest(body: Mapping[str, Any]) -> dict[str, Any]:
    """``body`` with its ``digest`` before everything else: what goes into a file."""
    return {"digest": digest_of(body), **{key: value for key, value in body.items() if key != "digest"}}


def load_plan(path: Path) -> PlanFile:
    """Read a plan. Raises UsageError for a file that is none, Refused for one whose digest is not that of its content."""
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
    # A fix plan of an older release has no digest of its own; nothing can be said about what was changed in it.
    if (kind == SYNC or "digest" in document) and document.get("digest") != digest:
        raise Refused(f"{path}: its digest is not that of its content, so it was changed after it was made; {_REMEDY}")
    return PlanFile(kind, digest, document)


def _json_object(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; give the file of a plan") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a plan: {error}; {_REMEDY}") from error
    if not isinstance(document, dict):
        raise UsageError(f"{path}: not a plan: no JSON object; {_REMEDY}")
    return document
