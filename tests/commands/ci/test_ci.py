"""``ci``: what a server's merge button does not do, on real clones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autopack_hooks.commands.ci.event import CiEvent, read_event
from autopack_hooks.main import main
from tests.project.test_claims import clones
from tests.support import LEDGER, GitRepo

FILE = "docs/BUILD_HISTORY.md"
OFF = "version: 1\nids: {claim: off}\n"


def with_entry(text: str, number: str, title: str) -> str:
    count = text.count("\n### BUILD-")
    text = text.replace(f"Total_Builds: {count}", f"Total_Builds: {count + 1}")
    row = f"| 2026-01-04 | BUILD-{number} | {title} | From {title} | 1 |\n"
    first = text.index("\n| 2026") + 1
    text = text[:first] + row + text[first:]
    part = f"### BUILD-{number} | 2026-01-04 | {title}\n\n**Status**: Complete\n\nFrom {title}.\n\n"
    at = text.index("### BUILD-")
    return text[:at] + part + text[at:]


@pytest.fixture
def apart(tmp_path: Path) -> tuple[GitRepo, GitRepo]:
    """Main and a branch that both added an entry: the origin, and a clone that is on the branch."""
    origin, (one, two) = clones(tmp_path, 2)
    for repo, number, branch in ((one, "004", "main"), (two, "005", "feature")):
        repo.git("checkout", "-q", "-B", branch)
        repo.write(FILE, with_entry(LEDGER, number, branch))
        repo.commit(branch)
        repo.git("push", "-q", "origin", branch)
    return origin, two


def ci(repo: GitRepo, *args: str) -> int:
    return main(["--repo", str(repo.root), "ci", *args])


@pytest.mark.parametrize(
    ("environ", "payload", "wanted"),
    [
        ({}, None, CiEvent()),
        ({"GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "f"}, {}, CiEvent(base="main", head="f")),
        ({"GITHUB_REF": "refs/heads/main"}, {"before": "abc"}, CiEvent(branch="main", before="abc")),
        ({"GITHUB_REF": "refs/pull/7/merge"}, {"before": "--x"}, CiEvent()),
        (
            {},
            {"merge_group": {"base_ref": "refs/heads/main", "base_sha": "abc"}},
            CiEvent(base="main", base_commit="abc"),
        ),
        ({}, {"merge_group": [1], "before": 3}, CiEvent()),
        ({}, [1], CiEvent()),
        (
            {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_COMMIT_BRANCH": "x"},
            None,
            CiEvent(base="main", branch="x"),
        ),
    ],
)
def test_events(tmp_path: Path, environ: dict[str, str], payload: object, wanted: CiEvent) -> None:
    path = tmp_path / "event.json"
    if payload is not None:
        path.write_text(json.dumps(payload))
        environ = {**environ, "GITHUB_EVENT_PATH": str(path)}
    assert read_event(environ) == wanted


def test_resolve_merges_by_entries_and_pushes(
    apart: tuple[GitRepo, GitRepo], capsys: pytest.CaptureFixture[str]
) -> None:
    origin, clone = apart
    clone.write("untouched.txt", "mine\n")
    before = clone.git("rev-parse", "HEAD"), clone.git("status", "--porcelain")
    assert ci(clone, "resolve", "--base", "main", "--head", "feature") == 0, capsys.readouterr()
    text = origin.git("show", f"feature:{FILE}")
    assert text.count("### BUILD-004") == text.count("### BUILD-005") == 1 and "Total_Builds: 5" in text
    assert (clone.git("rev-parse", "HEAD"), clone.git("status", "--porcelain")) == before
    pushed = origin.git("rev-parse", "feature")
    assert ci(clone, "resolve", "--base", "main", "--head", "feature") == 0
    assert origin.git("rev-parse", "feature") == pushed and "nothing to do" in capsys.readouterr().out


def test_resolve_leaves_the_rest_to_people(apart: tuple[GitRepo, GitRepo], capsys: pytest.CaptureFixture[str]) -> None:
    origin, clone = apart
    clone.write(FILE, with_entry(LEDGER, "004", "feature"))
    clone.commit("the same id")
    clone.git("push", "-q", "origin", "feature")
    before = origin.git("rev-parse", "feature")
    assert ci(clone, "resolve", "--base", "main", "--head", "feature") == 1
    assert FILE in capsys.readouterr().err and origin.git("rev-parse", "feature") == before


def test_after_a_merge_the_later_entry_is_renumbered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    origin, (one,) = clones(tmp_path, 1)
    one.write(".autopack-hooks.yaml", OFF)
    one.write("README.md", "[history](docs/BUILD_HISTORY.md) and BUILD-004 of main\n")
    one.write(FILE, with_entry(LEDGER, "004", "main"))
    one.commit("main")
    one.git("push", "-q", "origin", "HEAD:main")
    one.write(FILE, with_entry(one.read(FILE), "004", "two"))
    one.write("docs/two.md", "# Two\n\nSee BUILD-004, which two made.\n")
    one.commit("merged by hand")
    assert ci(one, "main", "--branch", "main") == 0, capsys.readouterr()
    text = origin.git("show", f"main:{FILE}")
    assert "### BUILD-004 | 2026-01-04 | main" in text and "### BUILD-005 | 2026-01-04 | two" in text
    assert "| BUILD-005 | two |" in text and "Total_Builds: 5" in text
    assert "BUILD-005" in origin.git("show", "main:docs/two.md")
    assert "BUILD-004 of main" in origin.git("show", "main:README.md")
    done = origin.git("rev-parse", "main")
    assert ci(one, "main", "--branch", "main") == 0 and origin.git("rev-parse", "main") == done


def test_changes_that_nobody_committed_are_not_taken_along(ledger_repo: GitRepo) -> None:
    ledger_repo.write("README.md", "# Changed\n")
    assert ci(ledger_repo, "main", "--branch", "main") == 2


def test_check_annotates_and_sums_up(
    apart: tuple[GitRepo, GitRepo], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, clone = apart
    clone.write(
        FILE,
        with_entry(LEDGER, "004", "feature").replace("Complete\n\nFrom", "Complete\n\nOf <b>`x`|y, BUILD-777 from"),
    )
    clone.git("fetch", "-q")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    assert ci(clone, "check", "--base", "main") == 1
    assert "::error file=docs/BUILD_HISTORY.md,line=" in capsys.readouterr().out
    summary = (tmp_path / "summary").read_text()
    assert "BUILD-004" in summary and "| LED020 |" in summary and "`x`" not in summary and "<b>" not in summary


@pytest.mark.parametrize("args", [["resolve"], ["main"], ["resolve", "--base", "main"]])
def test_a_branch_must_be_known(ledger_repo: GitRepo, args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ci(ledger_repo, *args) == 2 and "name it with --" in capsys.readouterr().err


def test_a_base_that_was_not_fetched_is_said(
    apart: tuple[GitRepo, GitRepo], capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        ci(apart[1], "check", "--base", "nowhere") == 0 and "nowhere, which was not fetched" in capsys.readouterr().err
    )
