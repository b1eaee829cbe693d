"""What makes a repair certain: tables of links, what is there, and whether only that can be meant."""

from __future__ import annotations

import pytest

from autopack_hooks.links.suggest import confidence
from tests.links.helpers import World


def level(source: str, link: str, *there: str) -> str:
    """How sure the first suggestion is: high, medium, low, or none."""
    found = World({**dict.fromkeys(there, "# T\n"), source: f"[a](<{link}>)"}).suggestions(source)
    assert not found or found[0].path in there or any(p.startswith(f"{found[0].path}/") for p in there)
    return confidence(found[0].score) if found else "none"


@pytest.mark.parametrize(
    ("source", "link", "there", "wanted"),
    [
        ("docs/api/a.md", "carrier-login.md", "docs/ops/carrier-login.md", "high"),
        ("docs/api/a.md", "login.md", "docs/ops/login.md", "medium"),
        ("docs/api/a.md", "login.md", "docs/api/v2/login.md", "high"),
        ("docs/api/a.md", "login.md", "docs/login.md", "medium"),
        ("docs/api/a.md", "carrier-login.md", "ops/carrier-login.md", "medium"),
        ("docs/api/a.md", "login.md", "ops/login.md", "low"),
        ("docs/a.md", "BUILD_146_P6_REPORT.md", "archive/reports/BUILD_146_P6_REPORT.md", "high"),
        ("docs/api/a.md", "carrier-login.md", ".claude/agents/carrier-login.md", "low"),
        ("docs/api/a.md", "carrier-login.md", "docs/.drafts/carrier-login.md", "low"),
        (".claude/a.md", "carrier-login.md", ".claude/agents/carrier-login.md", "high"),
        ("docs/api/a.md", "sub/README.md", "docs/b/sub/README.md", "medium"),
        ("docs/a.md", "carrier-login/", "docs/ops/carrier-login/x.py", "low"),
    ],
)
def test_names(source: str, link: str, there: str, wanted: str) -> None:
    assert level(source, link, there) == wanted


@pytest.mark.parametrize(
    ("source", "link", "there", "beside", "wanted"),
    [
        ("docs/a.md", "../src/util/pull-body.ts", "test/util/pull-body.ts", ("src/util/b.ts", "test/util/b.ts"), "low"),
        ("docs/en/a.md", "two-words.md", "docs/fr/two-words.md", ("docs/en/b.md", "docs/fr/b.md"), "low"),
        ("docs/en/a.md", "z/two-words.md", "docs/fr/z/two-words.md", ("docs/en/b.md", "docs/fr/b.md"), "low"),
        ("docs/a.md", "two-words.md", "docs/old/two-words.md", ("docs/b.md", "docs/old/b.md"), "low"),
        ("docs/en/a.md", "two-words.md", "docs/fr/two-words.md", ("docs/en/b.md", "docs/fr/c.md"), "high"),
        ("docs/en/a.md", "two-words.md", "docs/fr/two-words.md", ("docs/en/README.md", "docs/fr/README.md"), "high"),
    ],
)
def test_trees_beside_each_other(source: str, link: str, there: str, beside: tuple[str, str], wanted: str) -> None:
    assert level(source, link, there, *beside) == wanted


@pytest.mark.parametrize(
    ("source", "link", "there", "wanted"),
    [
        ("a/b/c/x.md", "docs/guide.md", "docs/guide.md", "high"),
        ("a/b/c/x.md", "../README.md", "README.md", "medium"),
        ("a/b/c/x.md", "README.md", "README.md", "medium"),
        ("a/b/c/x.md", "../HANDBOOK.md", "HANDBOOK.md", "medium"),
        ("a/b/c/x.md", "HANDBOOK.md", "HANDBOOK.md", "high"),
        ("a/x.md", "../../HANDBOOK.md", "HANDBOOK.md", "high"),
        ("a/x.md", "../../README.md", "README.md", "medium"),
        ("a/b/c/x.md", "../src/core/engine.py", "src/core/engine.py", "high"),
        ("docs/app/x.md", "../rpc", "rpc/rpc.go", "low"),
        ("docs/app/x.md", "rpc", "rpc/rpc.go", "medium"),
        ("docs/app/x.md", "src/rpc", "src/rpc/rpc.go", "medium"),
        ("docs/app/x.md", "src/rpc/", "src/rpc/rpc.go", "high"),
        ("docs/app/x.md", "docs/rpc", "docs/rpc/README.md", "high"),
    ],
)
def test_paths_read_from_the_root(source: str, link: str, there: str, wanted: str) -> None:
    assert level(source, link, there) == wanted


@pytest.mark.parametrize(
    ("source", "link", "there", "wanted"),
    [
        ("docs/x.md", "../adr/0001-a.md", "docs/adr/0001-a.md", "high"),
        ("docs/x.md", "../USER_GUIDE.md", "docs/USER_GUIDE.md", "high"),
        ("docs/x.md", "../GUIDE.md", "docs/GUIDE.md", "medium"),
        ("docs/x.md", "../adr/README.md", "docs/adr/README.md", "medium"),
        ("docs/a/x.md", "adr/setup.md", "docs/adr/setup.md", "high"),
    ],
)
def test_a_step_too_many_or_too_few(source: str, link: str, there: str, wanted: str) -> None:
    assert level(source, link, there, "b.md", "docs/b.md") == wanted
