"""Which documents are navigation: one rule for links and for generated blocks."""

from __future__ import annotations

import os

import pytest

from autopack_hooks.links.runner import open_run
from autopack_hooks.main import main
from autopack_hooks.project.navigation import navigation_docs
from autopack_hooks.project.workspace import Workspace
from tests.support import GitRepo

ADR = "ledgers: {adr: {path: docs/adr, dialect: madr}}\n"
BLOCK = "<!-- AUTOPACK:BEGIN summary -->\n<!-- AUTOPACK:END -->\n"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("", ["README.md", "docs/INDEX.md", "docs/BUILD_HISTORY.md"]),
        (ADR, ["README.md", "docs/INDEX.md", "docs/adr/0001-a.md", "docs/adr/0002-b.md"]),
        ("ledgers: {}\n", ["README.md", "docs/INDEX.md"]),
        (ADR + "links: {nav: [docs/X.md]}\n", ["docs/X.md"]),
        ("links: {nav: []}\n", []),
        ("ledgers: {r: {path: README.md, dialect: decision-log}}\n", ["README.md", "docs/INDEX.md"]),
    ],
)
def test_the_rule(repo: GitRepo, config: str, expected: list[str]) -> None:
    for path in ("README.md", "docs/BUILD_HISTORY.md", "docs/adr/0001-a.md", "docs/adr/0002-b.md", "docs/adr/x.txt"):
        repo.write(path, "# Text\n")
    repo.write(".autopack-hooks.yaml", config)
    repo.commit()
    workspace = Workspace.open(os.environ, str(repo.root))
    assert navigation_docs(workspace, workspace.worktree) == expected
    there = [path for path in expected if (repo.root / path).exists()]
    for staged in (False, True):
        run = open_run(workspace, deep=False, staged=staged, mentions=False)
        missing = ["docs/X.md"] if "X.md" in config else []
        assert run.navigation() == (there, missing)


def test_a_generated_block_in_a_file_of_a_ledger_folder_is_kept_up_to_date(repo: GitRepo) -> None:
    repo.write(".autopack-hooks.yaml", ADR)
    repo.write("docs/adr/0001-a.md", "# A\n\n* Status: accepted\n* Date: 2026-01-02\n\n" + BLOCK)
    repo.commit()
    assert main(["fix", "--repo", str(repo.root)]) == 1
    assert "ADR-0001" in repo.read("docs/adr/0001-a.md")
    assert main(["fix", "--repo", str(repo.root)]) == 0
