"""The name of a project, on which all clones of a repository agree."""

from __future__ import annotations

import re

from autopack_hooks.core.git import Repo


def project_name(repo: Repo) -> str:
    """Return the last part of the URL of ``origin`` in lower case; without one, the name of the main work tree's folder."""
    return url_name(repo.config("remote.origin.url") or "") or repo.name


def url_name(url: str) -> str:
    """Return the name of the repository that a remote's URL or path leads to, in lower case; "" where it has none."""
    from urllib.parse import unquote  # 2 ms that only a sync needs

    path = re.sub(r"^(?:[A-Za-z][\w+.-]*://[^/]*|[^/\\:]+:)", "", url.strip())
    parts = [part.lower().removesuffix(".git").strip() for part in re.split(r"[/\\]", unquote(path))]
    name = next((part for part in reversed(parts) if part.strip(".")), "")
    return name if name.isprintable() else ""
