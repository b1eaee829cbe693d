"""What may be a ledger, by paths and contents alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.config.model import LedgerConfig, parse_config
from autopack_hooks.config.template import settings_file
from autopack_hooks.project.detect import CHANGELOG, FOLDER, LOG, find_candidates, is_own

DECISION = b"# 1. A\n\n## Status\n\nAccepted\n\n## Context\n\nWhy.\n"
CHAPTER = b"# 1. A\n\n## Contents\n\nText.\n"


def found(files: Mapping[str, bytes] | Iterable[str]) -> list[tuple[str, str]]:
    contents = dict(files) if isinstance(files, Mapping) else {}

    def read(paths: Iterable[str]) -> dict[str, bytes | None]:
        return {path: contents.get(path) for path in paths}

    return [(candidate.kind, candidate.path) for candidate in find_candidates(files, read)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["docs/adr/0001-a.md"], [(FOLDER, "docs/adr/*.md")]),
        (["doc/architecture/decisions/0001-a.md"], [(FOLDER, "doc/architecture/decisions/*.md")]),
        (["docs/ADRs/ADR-001-a.md"], [(FOLDER, "docs/ADRs/*.md")]),
        ([".decisions/0001-a.md"], [(FOLDER, ".decisions/*.md")]),
        (["docs/architecture-decision-records/adr001-a.md"], [(FOLDER, "docs/architecture-decision-records/*.md")]),
        (["adr/a/0001-a.md", "adr/b/0002-b.md"], [(FOLDER, "adr/**/*.md")]),
        (["adr/0001-a.md", "adr/old-ones/0002-b.md"], [(FOLDER, "adr/**/*.md")]),
        (["adr/a/0001-a.md", "adr/b/0001-b.md"], [(FOLDER, "adr/a/*.md"), (FOLDER, "adr/b/*.md")]),
        (["docs/adr/accepted/0001-a.md"], [(FOLDER, "docs/adr/accepted/*.md")]),
        ({"notes/0001-a.md": DECISION, "notes/0002-b.md": DECISION}, [(FOLDER, "notes/*.md")]),
        (["CHANGELOG.md"], [(CHANGELOG, "CHANGELOG.md")]),
        (["Changelog.md", "docs/HISTORY.md"], [(CHANGELOG, "Changelog.md"), (CHANGELOG, "docs/HISTORY.md")]),
        (
            ["packages/a/CHANGELOG.md", "packages/b/CHANGELOG.md"],
            [(CHANGELOG, "packages/a/CHANGELOG.md"), (CHANGELOG, "packages/b/CHANGELOG.md")],
        ),
        (["docs/decision_log.md"], [(LOG, "docs/decision_log.md")]),
        (["docs/DECISIONS.md", "ADR.md"], [(LOG, "ADR.md"), (LOG, "docs/DECISIONS.md")]),
        (["docs/BUILD_HISTORY.md", "docs/DEBUG_LOG.md"], [(LOG, "docs/BUILD_HISTORY.md"), (LOG, "docs/DEBUG_LOG.md")]),
        ({"docs/why.md": b"### ADR-001: A\n\n### ADR-002: B\n"}, [(LOG, "docs/why.md")]),
    ],
)
def test_found(files: Mapping[str, bytes] | list[str], expected: list[tuple[str, str]]) -> None:
    assert found(files) == expected


@pytest.mark.parametrize(
    "files",
    [
        ["docs/adr/README.md", "docs/adr/template.md", "docs/adr/0000-template.md"],
        [
            "vendor/x/CHANGELOG.md",
            "node_modules/x/CHANGELOG.md",
            "third_party/x/CHANGELOG.md",
            "a/third-party/CHANGELOG.md",
        ],
        [
            "tests/fixtures/adr/0001-a.md",
            "e2e-tests/docs/adr/0001-a.md",
            "examples/a/CHANGELOG.md",
            "archive/CHANGELOG.md",
        ],
        ["docs/tutorial/01-start.md", "docs/tutorial/02-more.md"],
        {"docs/tutorial/01-a.md": CHAPTER, "docs/tutorial/02-b.md": CHAPTER},
        {"notes/0001-a.md": DECISION},
        ["blog/2026-01-02-a.md", "docs/adr/2026-01-02-a.md"],
        {"docs/why.md": b"### ADR-001: A\n\nSee ADR-002.\n"},
        ["docs/adr/0001-a.txt", "src/changelog.py", "docs/changelog/index.md", "docs/decision_frameworks.md"],
        [],
    ],
)
def test_not_found(files: Mapping[str, bytes] | list[str]) -> None:
    assert found(files) == []


@pytest.mark.parametrize(
    "path", ["docs/testing-guide/CHANGELOG.md", "contests/CHANGELOG.md", "latest/CHANGELOG.md", "vendor.md"]
)
def test_own(path: str) -> None:
    assert is_own(path)


def names(*paths: str) -> list[str]:
    return [candidate.name for candidate in find_candidates(paths, lambda asked: dict.fromkeys(asked))]


def test_names_tell_packages_apart() -> None:
    assert names("CHANGELOG.md", "packages/core/CHANGELOG.md", "packages/web/CHANGELOG.md") == [
        "changelog", "changelog_core", "changelog_web",
    ]  # fmt: skip
    assert names("docs/adr/0001-a.md", "packages/web/docs/adr/0001-a.md") == ["adr", "adr_web"]
    assert names(".decisions/0001-a.md", "docs/BUILD_HISTORY.md", "1/CHANGELOG.md", "2-x/CHANGELOG.md") == [
        "decisions", "changelog", "changelog_2_x", "build_history",
    ]  # fmt: skip


PARTS = st.sampled_from(
    ["docs", "adr", "a", "packages", "ünï", "x y", "-", "..x", "0001-a.md", "CHANGELOG.md", "ADR.md", "1"]
)


@given(st.lists(st.lists(PARTS, min_size=1, max_size=5).map("/".join), max_size=8, unique=True))
def test_every_find_can_be_configured(paths: list[str]) -> None:
    candidates = find_candidates(paths, lambda asked: dict.fromkeys(asked))
    ledgers = {candidate.name: LedgerConfig(candidate.path, "madr") for candidate in candidates}
    assert len(ledgers) == len(candidates)
    config = parse_config(settings_file("demo", ledgers).encode(), "x")
    assert {name: ledger.path for name, ledger in (config.ledgers or {}).items()} == {
        name: ledger.path for name, ledger in ledgers.items()
    }
