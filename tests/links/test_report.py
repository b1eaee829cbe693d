from __future__ import annotations

from autopack_hooks.links.report import deep_report, find_orphans
from autopack_hooks.links.scan import Scan


def test_orphans() -> None:
    documents = ["README.md", "docs/INDEX.md", "docs/README.md", "docs/a.md", "docs/b.md", "docs/self.md"]
    linked = {"docs/a.md": {"README.md"}, "docs/self.md": {"docs/self.md"}}
    assert find_orphans(documents, linked, ("README.md", "docs/INDEX.md")) == ["docs/b.md", "docs/self.md"]


def test_nothing_to_tell() -> None:
    assert deep_report(Scan(["a.md"]), [], []) == (
        "1 document, 0 broken links: 0 certain fixes, 0 likely ones (autopack-hooks fix-links --deep)\n"
    )
