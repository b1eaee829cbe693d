"""Where this program was installed from: the ``repo:`` and ``rev:`` that a hook runner can fetch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

from autopack_hooks import __version__
from autopack_hooks.core.errors import FatalError
from autopack_hooks.core.git import Repo

MANIFEST = ".pre-commit-hooks.yaml"
RELEASES = "https://github.com/autopack-hooks/autopack-hooks"


class Origin(NamedTuple):
    """A repository (a URL or a folder) and a commit or tag of it."""

    repo: str
    rev: str


RELEASE = Origin(RELEASES, f"v{__version__}")


def find_origin(environ: Mapping[str, str]) -> Origin:
    """Return where this program comes from: a checkout and its commit, the URL that it was installed from, or the release."""
    package = Path(__file__).resolve().parent.parent
    return _of_checkout(package.parent, environ) or _of_url(_direct_url(), environ) or RELEASE


def _direct_url() -> str:
    """Return what the installer noted about where it got the package from (PEP 610); "" for a package index."""
    try:
        return metadata.distribution("autopack-hooks").read_text("direct_url.json") or ""
    except metadata.PackageNotFoundError:
        return ""


def _of_url(text: str, environ: Mapping[str, str]) -> Origin | None:
    """Return the origin that a ``direct_url.json`` names, never with a password."""
    try:
        data = json.loads(text)
        url, vcs = str(data["url"]), data.get("vcs_info") or {}
        parts = urlsplit(url)
        if vcs.get("vcs") == "git":
            return Origin(_public(url), str(vcs["commit_id"]))
        if parts.scheme == "file" and "dir_info" in data:
            return _of_checkout(Path(url2pathname(parts.path)), environ)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return None


def _public(url: str) -> str:
    """Return a URL without the password in it; a name before ``@`` stays, which SSH needs."""
    parts = urlsplit(url)
    name, at, host = parts.netloc.rpartition("@")
    name = name.partition(":")[0] if parts.scheme == "ssh" else ""
    return urlunsplit(parts._replace(netloc=f"{name}{at if name else ''}{host}"))


def _of_checkout(folder: Path, environ: Mapping[str, str]) -> Origin | None:
    """Return the origin that a checkout of this project is: ``origin`` where that has the commit, else the folder."""
    try:
        repo = Repo.discover(folder, environ) if folder.is_dir() else None
        # Not the repository of somebody else in whose virtual environment the package lies.
        names = (MANIFEST, "autopack_hooks/__init__.py")
        if repo is None or len(repo.tracked(names)) != len(names):
            return None
        commit = repo.head()
        if commit is None:
            return None
        url = repo.config("remote.origin.url") or ""
        pushed = repo.try_run("for-each-ref", "--count=1", "--contains", commit, "refs/remotes/origin")[1]
        if pushed and "://" in url and not url.startswith("file:"):
            return Origin(_public(url), commit)
        return Origin(str(repo.root), commit)
    except FatalError:
        return None
