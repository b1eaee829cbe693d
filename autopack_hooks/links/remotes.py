"""URLs of the repository itself: which ones its remotes have, and the path that such a URL names."""

from __future__ import annotations

import re
from typing import NamedTuple

from autopack_hooks.core.git import Repo

# https://host/owner/name, git@host:owner/name.git, ssh://git@host/owner/name
_REMOTE = re.compile(r"(?:[a-z+]+://(?:[^@/]+@)?|(?:[^@/]+@))(?P<host>[^:/]+)(?::\d+)?[:/](?P<name>.+?)(?:\.git)?/?$")
_PAGE = re.compile(
    r"https?://(?P<host>[^/]+)/(?P<name>[^/]+/[^/]+?)(?:/-)?/(?:blob|tree|raw|edit|blame)/(?P<rest>[^?#]+)(?P<tail>.*)",
    re.DOTALL,
)
_RAW = re.compile(r"https?://raw\.githubusercontent\.com/(?P<name>[^/]+/[^/]+)/(?P<rest>[^?#]+)(?P<tail>.*)", re.DOTALL)
_USUAL_BRANCHES = ("main", "master")


class OwnRepository(NamedTuple):
    """Hold ``names``, (host, owner/name) in lower case, sorted, and ``branches``, the names of the default branch."""

    names: tuple[tuple[str, str], ...] = ()
    branches: tuple[str, ...] = ()

    def path_of(self, url: str) -> str | None:
        """Return ``path?query#fragment`` that ``url`` names in this repository, on the default branch; else None."""
        match, host = _PAGE.match(url), ""
        if match is None:
            match, host = _RAW.match(url), "github.com"
        if match is None:
            return None
        host = host or match["host"].lower().removeprefix("www.")
        if (host, match["name"].lower()) not in self.names:
            return None
        path = self.path_after_branch(match["rest"])
        return None if path is None else path + match["tail"]

    def path_after_branch(self, rest: str) -> str | None:
        """Return the path in ``branch/path``, where the branch is the default one (or HEAD)."""
        rest = rest.removeprefix("refs/heads/")
        for branch in (*self.branches, "HEAD"):
            if rest.startswith(f"{branch}/") or rest == branch:
                return rest[len(branch) + 1 :]
        return None


def own_repository(repo: Repo | None) -> OwnRepository:
    """Return what the remotes of ``repo`` say; empty outside git."""
    if repo is None:
        return OwnRepository()
    code, out, _ = repo.try_run("config", "--null", "--get-regexp", r"^remote\..*\.url$")
    rows = [row.partition("\n") for row in out.decode("utf-8", "replace").split("\0") if row] if code == 0 else []
    names = {(m["host"].lower(), m["name"].lower()) for _, _, url in rows if (m := _REMOTE.match(url))}
    return OwnRepository(tuple(sorted(names)), _default_branches(repo) if names else ())


def _default_branches(repo: Repo) -> tuple[str, ...]:
    code, out, _ = repo.try_run("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    if code == 0:
        return (out.decode("utf-8", "replace").strip().removeprefix("refs/remotes/origin/"),)
    code, out, _ = repo.try_run("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin")
    known = {
        name.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/")
        for name in out.decode("utf-8", "replace").split()
    }
    usual = tuple(branch for branch in _USUAL_BRANCHES if branch in known)
    if usual:
        return usual
    code, out, _ = repo.try_run("symbolic-ref", "--quiet", "--short", "HEAD")
    return (out.decode("utf-8", "replace").strip(), *_USUAL_BRANCHES) if code == 0 else _USUAL_BRANCHES
