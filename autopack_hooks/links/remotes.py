"""URLs of the repository itself: which ones its remotes have, and what such a URL, or a path out of the tree, names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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
# Pages of a repository's site on GitHub, and the further ones that GitLab has.
_PAGES = frozenset(
    ("issues", "pull", "pulls", "wiki", "releases", "actions", "discussions", "projects", "security", "tags")
    + ("branches", "compare", "commit", "commits", "graphs", "labels", "milestone", "milestones", "stargazers")
    + ("network", "settings", "pulse", "archive", "packages", "deployments", "forks", "watchers")
)
_GITLAB_PAGES = _PAGES | frozenset(
    ("merge_requests", "pipelines", "jobs", "boards", "wikis", "snippets", "environments", "container_registry")
)
FILE_PAGES = frozenset(("blob", "tree", "raw", "edit", "blame"))
_TEMPLATE = re.compile(
    r"(?:\.github/|docs/)?(?:pull_request|issue)_template(?:/[^/]+)?\.md\Z|\.github/issue_template/", re.I
)
_GITLAB_WRITTEN = re.compile(r"(?:\./)?(?:\.\./(?:-/)?|\.\./\.\./)(?P<rest>[^./-].*)", re.DOTALL)


class OwnRepository(NamedTuple):
    """Hold ``names``, (host, owner/name) in lower case, sorted, and ``branches``, the names of the default branch."""

    names: tuple[tuple[str, str], ...] = ()
    branches: tuple[str, ...] = ()

    @property
    def is_gitlab(self) -> bool:
        """Return whether a remote is a GitLab server's, by its name."""
        return any("gitlab" in host for host, _ in self.names)

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


class SitePage(NamedTuple):
    """Hold a page of the repository's site: its first part ("": the repository's own page), and what follows that.

    A page of another repository has the first part ``OTHER``.
    """

    name: str
    rest: str = ""


OTHER = "other repository"


def site_page(source: str, written: str, path: str, own: Callable[[], OwnRepository]) -> SitePage | None:
    """Return the page of the site that a path which is not in the tree leads to.

    A document is shown at ``owner/name/blob/branch/folder/document.md``, so two steps above the root is the
    repository's page, three are the owner's. The text of a template is shown at ``owner/name/issues/1``. GitLab puts
    what it does not find behind the branch as it is written, whatever the document's folder.

    Args:
        source: the document.
        written: the path in the link, decoded.
        path: where it leads from the root, in normal form.
        own: gives the URLs of this repository.
    """
    parts = path.split("/")
    steps = sum(part == ".." for part in parts)
    parts = parts[steps:]
    if steps == 2 and (not parts or parts[0] in _PAGES | FILE_PAGES):
        return _page(parts)
    if steps in (3, 4):
        name, page = "/".join(parts[: steps - 2]), parts[steps - 2 :]
        if page and page[0] in _PAGES | FILE_PAGES:
            ours = any(f"/{known}".endswith(f"/{name.lower()}") for _, known in own().names)
            return _page(page) if ours else SitePage(OTHER)
    if written.startswith("../") and _TEMPLATE.match(source):
        parts = written.removeprefix("../").split("/")
        if parts[0] in _PAGES | FILE_PAGES:
            return _page(parts)
    match = _GITLAB_WRITTEN.match(written)
    parts = match["rest"].split("/") if match else [""]
    return _page(parts) if parts[0] in _GITLAB_PAGES and own().is_gitlab else None


def _page(parts: Sequence[str]) -> SitePage:
    return SitePage(parts[0] if parts else "", "/".join(parts[1:]))


def page_from(source: str, path: str) -> str | None:
    """Return how a page of the site is written in ``source``, where ``path`` goes the right way and not far enough."""
    name = path.removeprefix("../")
    if path.startswith("../") and name.partition("/")[0] in _PAGES:
        return "../" * (source.count("/") + 2) + name
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
