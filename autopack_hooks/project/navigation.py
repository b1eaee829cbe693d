"""The navigation documents: the pages that lead a reader through the repository."""

from __future__ import annotations

from autopack_hooks.core.globs import is_pattern
from autopack_hooks.project.views import View
from autopack_hooks.project.workspace import Workspace

USUAL_PAGES = ("README.md", "docs/INDEX.md")


def navigation_docs(workspace: Workspace, view: View) -> list[str]:
    """Return the paths of ``links.nav``; without that, the usual pages and every file of the ledgers.

    They may be missing: who reads them says what that means.
    """
    named = workspace.config.links.nav
    if named is not None:
        return list(named)
    paths = list(USUAL_PAGES)
    for ledger in workspace.ledgers(view):
        paths += view.find(ledger.path) if is_pattern(ledger.path) else [ledger.path]
    return list(dict.fromkeys(paths))
