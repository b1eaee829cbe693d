"""What started a run of continuous integration, as GitHub and GitLab tell it in the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from autopack_hooks.core.files import CONFIG_LIMIT, read_regular

_HEADS = "refs/heads/"


class CiEvent(NamedTuple):
    """Hold names of branches and ids of commits; "" for what is not known.

    ``base`` and ``head`` are those of a pull request, ``branch`` is what was pushed to, ``before`` its commit before that.
    """

    base: str = ""
    head: str = ""
    branch: str = ""
    base_commit: str = ""
    before: str = ""


def read_event(environ: Mapping[str, str]) -> CiEvent:
    """Return what the environment says of this run."""
    payload = _payload(environ.get("GITHUB_EVENT_PATH", ""))
    group = _mapping(payload.get("merge_group"))
    ref = environ.get("GITHUB_REF", "")
    return CiEvent(
        base=environ.get("GITHUB_BASE_REF")
        or _text(group.get("base_ref")).removeprefix(_HEADS)
        or environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", ""),
        head=environ.get("GITHUB_HEAD_REF") or environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", ""),
        branch=ref.removeprefix(_HEADS) if ref.startswith(_HEADS) else environ.get("CI_COMMIT_BRANCH", ""),
        base_commit=_text(group.get("base_sha")),
        before=_text(payload.get("before")),
    )


def _payload(path: str) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        if path:
            return _mapping(json.loads(read_regular(path, CONFIG_LIMIT)))
    return {}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) and not value.startswith("-") else ""
