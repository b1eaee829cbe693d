"""The commands new and renumber, and check --against."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack_hooks.main import main
from tests.support import LEDGER, GitRepo

PATH = "docs/BUILD_HISTORY.md"


def run(repo: GitRepo, *args: str) -> int:
    return main([*args[:1], "--repo", str(repo.root), *args[1:]])


def new(repo: GitRepo, capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """The id of a new entry."""
    capsys.readouterr()
    assert run(repo, "new", "build_history", *args) == 0
    return capsys.readouterr().out.strip()


def test_section_row_and_counts(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(ledger_repo, capsys, "Fourth | thing", "--date", "2026-01-04", "--status", "Done") == "BUILD-004"
    text = ledger_repo.read(PATH)
    assert "### BUILD-004 | 2026-01-04 | Fourth / thing\n\n**Status**: Done\n\n### BUILD-003" in text
    assert "|\n| 2026-01-04 | BUILD-004 | Fourth / thing | Fourth / thing |  |\n| 2026-01-03 | BUILD-003" in text
    assert "Last_Updated: 2026-01-04T00:00:00Z\nTotal_Builds: 4\n" in text
    assert run(ledger_repo, "check") == 0
    assert run(ledger_repo, "fix") == 0


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_all_else_stays(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], newline: str) -> None:
    text = LEDGER.replace("\n", newline)
    ledger_repo.write(PATH, text)
    new(ledger_repo, capsys, "Fourth", "--date", "2026-01-03")
    added = [line for line in ledger_repo.read(PATH).split(newline) if "BUILD-004" in line]
    assert len(added) == 2
    section = newline.join([added[1], "", "**Status**: Planned", "", ""])
    after = text.replace("### BUILD-003", section + "### BUILD-003").replace(
        "| 2026-01-03 | BUILD-003", added[0] + newline + "| 2026-01-03 | BUILD-003"
    )
    assert ledger_repo.read(PATH) == after.replace("Total_Builds: 3", "Total_Builds: 4")


def test_ids_of_branches_worktrees_and_refs_are_taken(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ledger_repo.git("checkout", "-q", "-b", "one")
    assert new(ledger_repo, capsys, "On a branch") == "BUILD-004"
    ledger_repo.commit()
    ledger_repo.git("checkout", "-q", "main")
    assert new(ledger_repo, capsys, "On main") == "BUILD-005"
    ledger_repo.git("checkout", "-q", "-f", "main")
    ledger_repo.git("worktree", "add", "-q", "-b", "two", tmp_path / "tree")
    assert new(GitRepo(tmp_path / "tree"), capsys, "In a worktree, not committed") == "BUILD-005"
    assert new(ledger_repo, capsys, "On main again") == "BUILD-006"
    ledger_repo.git("checkout", "-q", "-f", "main")
    ledger_repo.git("worktree", "remove", "--force", tmp_path / "tree")
    ledger_repo.git("tag", "kept", "one")
    ledger_repo.git("branch", "-q", "-D", "one", "two")
    assert new(ledger_repo, capsys, "Against a tag", "--against", "kept") == "BUILD-005"


def test_ids_of_the_remotes_default_branch_are_taken(
    ledger_repo: GitRepo, new_repo: Callable[..., GitRepo], capsys: pytest.CaptureFixture[str]
) -> None:
    clone = new_repo("clone")
    clone.git("remote", "add", "origin", ledger_repo.root)
    clone.git("fetch", "-q", "origin")
    clone.git("remote", "set-head", "origin", "main")
    clone.git("reset", "-q", "--hard", "origin/main")
    new(ledger_repo, capsys, "Upstream")
    ledger_repo.commit()
    clone.git("fetch", "-q", "origin")
    assert new(clone, capsys, "Here") == "BUILD-005"


def test_two_at_once_get_two_ids(ledger_repo: GitRepo) -> None:
    command = [sys.executable, "-m", "autopack_hooks", "new", "build_history"]
    runs = [
        subprocess.Popen([*command, f"Number {n}"], cwd=ledger_repo.root, stdout=subprocess.PIPE, text=True)
        for n in range(3)
    ]
    ids = {process.communicate()[0].strip() for process in runs}
    assert ids == {"BUILD-004", "BUILD-005", "BUILD-006"}
    assert run(ledger_repo, "check") == 0
    assert "Total_Builds: 6" in ledger_repo.read(PATH)


@pytest.mark.parametrize(
    ("config", "name", "first", "second"),
    [
        ("build_history: {path: docs/X.md, dialect: build-history}", "build_history", "BUILD-001", "BUILD-002"),
        ("bugs: {path: docs/X.md, dialect: debug-log}", "bugs", "DBG-001", "DBG-002"),
        ("log: {path: docs/X.md, dialect: decision-log}", "log", "ADR-001", "ADR-002"),
        ("adr: {path: docs/adr/*.md, dialect: madr}", "adr", "ADR-0001", "ADR-0002"),
        ("adr: {path: docs/adr/*.md, dialect: nygard}", "adr", "ADR-0001", "ADR-0002"),
    ],
)
def test_a_ledger_starts_with_its_first_entry(
    repo: GitRepo, capsys: pytest.CaptureFixture[str], config: str, name: str, first: str, second: str
) -> None:
    repo.write(".autopack-hooks.yaml", f"ledgers:\n  {config}\n")
    for wanted in (first, second):
        assert run(repo, "new", name, f"Title {wanted}") == 0
        assert capsys.readouterr().out.strip() == wanted
    assert run(repo, "check") == 0, capsys.readouterr().out
    assert run(repo, "fix") == 0


def test_a_version_of_a_changelog(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write(".autopack-hooks.yaml", "ledgers:\n  log: {path: CHANGELOG.md, dialect: keep-a-changelog}\n")
    repo.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n- x\n\n## [1.0.0] - 2026-01-01\n\n### Added\n\n- a\n")
    assert run(repo, "new", "log", "1.1.0", "--date", "2026-01-02") == 0
    assert "- x\n\n## [1.1.0] - 2026-01-02\n\n### Added\n\n## [1.0.0]" in repo.read("CHANGELOG.md")
    assert run(repo, "new", "log", "Something") == 2
    assert run(repo, "new", "log", "1.1.0") == 2
    assert run(repo, "check") == 0


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("nothing", "Title"), 2, "the ledgers are: build_history"),
        (("build_history", " "), 2, "the title is empty"),
        (("build_history", "Title", "--date", "tomorrow"), 2, "--date"),
        (("build_history", "Title", "--against", "nowhere"), 2, "--against nowhere"),
    ],
)
def test_refused(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], code: int, told: str
) -> None:
    assert run(ledger_repo, "new", *args) == code
    assert told in capsys.readouterr().err
    assert ledger_repo.read(PATH) == LEDGER


def test_nothing_is_added_to_a_conflict(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    text = "<<<<<<< a\n=======\n>>>>>>> b\n" + LEDGER
    ledger_repo.write(PATH, text)
    assert run(ledger_repo, "new", "build_history", "Title") == 1
    assert ledger_repo.read(PATH) == text
    assert "resolve the conflict first" in capsys.readouterr().err


def test_the_editor_is_opened(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger_repo.git(
        "config",
        "core.editor",
        f"\"{Path(sys.executable).as_posix()}\" -c \"import sys; open(sys.argv[1], 'a').write('edited')\"",
    )
    new(ledger_repo, capsys, "Title", "--edit")
    assert ledger_repo.read(PATH).endswith("edited")


@pytest.fixture
def clash(ledger_repo: GitRepo) -> GitRepo:
    """The branches one and two, which both took BUILD-004, and three, which did not."""
    for name, title in (("one", "First come"), ("two", "Late"), ("three", "")):
        ledger_repo.git("checkout", "-q", "-b", name, "main")
        if title:
            ledger_repo.write(
                PATH,
                LEDGER.replace("### BUILD-003", f"### BUILD-004 | 2026-01-04 | {title}\n\nOf {name}.\n\n### BUILD-003"),
            )
            ledger_repo.write(
                "docs/INDEX.md",
                "# Index\n\nSee BUILD-004 in [History](BUILD_HISTORY.md#build-004--2026-01-04--late).\n",
            )
            run(ledger_repo, "fix")
        ledger_repo.commit(name)
    ledger_repo.git("checkout", "-q", "two")
    return ledger_repo


def test_an_id_that_two_branches_took_is_told(clash: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(clash, "check", "--against", "one", "--format", "json") == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["code"], found["entry_id"], found["path"]) == ("LED040", "BUILD-004", PATH)
    for words in ("'Late' here", "'First come' in one", "BUILD-005 is free"):
        assert words in found["message"]


@pytest.mark.parametrize("ref", ["main", "three", "two"])
def test_near_misses_are_not_told(clash: GitRepo, ref: str) -> None:
    assert run(clash, "check", "--against", ref) == 0


def test_an_unknown_ref_is_a_usage_error(clash: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(clash, "check", "--against", "nowhere") == 2
    assert "--against nowhere" in capsys.readouterr().err


def test_renumber_shows_then_changes_every_mention(clash: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    before = clash.read(PATH)
    assert run(clash, "renumber", "BUILD-004", "BUILD-005") == 0
    assert "+### BUILD-005 | 2026-01-04 | Late" in capsys.readouterr().out
    assert clash.read(PATH) == before
    assert run(clash, "renumber", "BUILD-004", "BUILD-005", "--execute") == 0
    assert clash.read(PATH) == before.replace("BUILD-004", "BUILD-005")
    assert (
        clash.read("docs/INDEX.md")
        == "# Index\n\nSee BUILD-005 in [History](BUILD_HISTORY.md#build-005--2026-01-04--late).\n"
    )
    clash.git("add", "-A")
    assert run(clash, "links") == 0
    clash.commit()
    assert run(clash, "check", "--against", "one") == 0


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("BUILD-009", "BUILD-010", "no ledger has an entry BUILD-009"),
        ("BUILD-002", "BUILD-003", "taken already"),
        ("BUILD-002", "DEC-009", "is not an id of build_history"),
    ],
)
def test_renumber_refuses(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    assert run(ledger_repo, "renumber", old, new, "--execute") == 2
    assert told in capsys.readouterr().err
    assert ledger_repo.read(PATH) == LEDGER


def test_renumber_refuses_an_id_with_two_sections(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    ledger_repo.write(PATH, LEDGER + "\n### BUILD-002 | 2026-01-02 | Other\n\nx\n")
    assert run(ledger_repo, "renumber", "BUILD-002", "BUILD-009", "--execute") == 2
    assert "has 2 sections" in capsys.readouterr().err
