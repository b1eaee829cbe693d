"""The merge driver, called by git."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autopack_hooks.install import driver
from autopack_hooks.main import main
from tests.ledger.test_merge import CHANGED_2, with_entry
from tests.support import LEDGER, GitRepo

PATH = "docs/BUILD_HISTORY.md"


@pytest.fixture
def repo_with_driver(ledger_repo: GitRepo) -> GitRepo:
    """A repository in which ``init`` set the merge driver up, with this project's program."""
    assert main(["init", "--repo", str(ledger_repo.root), "--hooks", "none"]) == 0
    command = driver.command(None).replace("python3", f'"{Path(sys.executable).as_posix()}"')
    ledger_repo.git("config", driver.KEY, command)
    ledger_repo.commit("init")
    return ledger_repo


def merge(repo: GitRepo, ours: str | bytes, theirs: str | bytes, *options: str) -> tuple[bool, str]:
    """Merge a branch with ``theirs`` into one with ``ours``; whether git found it clean, and what it said."""
    for name, text in (("theirs", theirs), ("ours", ours)):
        repo.git("checkout", "-q", "-b", name, "main")
        repo.write(PATH, text)
        repo.commit(name)
    done = subprocess.run(
        ["git", *options, "merge", "-q", "-m", "m", "theirs"], cwd=repo.root, capture_output=True, text=True
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_init_sets_it_up_once(repo_with_driver: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert repo_with_driver.read(".gitattributes") == f"{PATH} merge=autopack-ledger\n"
    repo_with_driver.git("config", driver.KEY, driver.command("/elsewhere"))
    capsys.readouterr()
    main(["init", "--repo", str(repo_with_driver.root), "--hooks", "none"])
    assert "noted" in capsys.readouterr().out
    main(["init", "--repo", str(repo_with_driver.root), "--hooks", "none"])
    assert "Nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("old", ["*.png binary\n", "*.png binary", "docs/** text\r\n"])
def test_init_keeps_the_attributes_that_are_there(ledger_repo: GitRepo, old: str) -> None:
    ledger_repo.write(".gitattributes", old)
    main(["init", "--repo", str(ledger_repo.root), "--hooks", "none"])
    text = ledger_repo.read(".gitattributes")
    assert text.startswith(old)
    assert text.split()[-2:] == [PATH, "merge=autopack-ledger"]


def test_init_leaves_another_driver_alone(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    ledger_repo.write(".gitattributes", "docs/*.md merge=union\n")
    main(["init", "--repo", str(ledger_repo.root), "--hooks", "none"])
    assert ledger_repo.read(".gitattributes") == "docs/*.md merge=union\n"
    assert "merge=union" in capsys.readouterr().out


@pytest.mark.parametrize("operation", ["merge", "rebase", "cherry-pick"])
def test_both_branches_add(repo_with_driver: GitRepo, operation: str) -> None:
    repo = repo_with_driver
    if operation == "merge":
        assert merge(repo, with_entry(4, "one"), with_entry(5, "two"))[0]
    else:
        for name, number in (("one", 4), ("two", 5)):
            repo.git("checkout", "-q", "-b", name, "main")
            repo.write(PATH, with_entry(number, name))
            repo.commit(name)
        repo.git(operation, "one")
    text = repo.read(PATH)
    assert text.index("### BUILD-005") < text.index("### BUILD-004") < text.index("### BUILD-003")
    assert main(["check", "--repo", str(repo.root)]) == 0


def test_a_conflict_has_gits_markers_and_labels(repo_with_driver: GitRepo) -> None:
    clean, said = merge(repo_with_driver, CHANGED_2, LEDGER.replace("Adds the second thing.\n", "Another.\n"))
    assert not clean
    assert "BUILD-002: changed on both sides" in said
    text = repo_with_driver.read(PATH)
    assert text.count("<<<<<<<") == 1
    assert repo_with_driver.git("ls-files", "-u").count(PATH) == 3
    assert main(["check", "--repo", str(repo_with_driver.root)]) == 1


@pytest.mark.parametrize(
    ("ours", "theirs", "clean", "said"),
    [
        (b"\0" + LEDGER.encode(), b"\0\0" + LEDGER.encode(), False, "not text"),
        (LEDGER[:300].encode(), CHANGED_2.encode(), False, "merged as text"),
        (LEDGER.encode() + b"\xff\n", CHANGED_2.encode(), None, "merged as text"),
        (("<<<<<<< a\n=======\n>>>>>>> b\n" + LEDGER).encode(), CHANGED_2.encode(), True, "merged as text"),
    ],
)
def test_garbage_loses_nothing(
    repo_with_driver: GitRepo, ours: bytes, theirs: bytes, clean: bool | None, said: str
) -> None:
    done, told = merge(repo_with_driver, ours, theirs)
    assert clean is None or done is clean
    assert said in told and "Traceback" not in told
    merged = (repo_with_driver.root / PATH).read_bytes()
    assert merged.startswith(ours[:6])
    if b"\0" not in ours:
        assert b"at last" in merged


def test_a_broken_configuration_means_a_text_merge(repo_with_driver: GitRepo) -> None:
    repo_with_driver.write(".autopack-hooks.yaml", "nonsense: true\n")
    repo_with_driver.commit()
    clean, said = merge(repo_with_driver, LEDGER.replace("# Build", "# The Build"), CHANGED_2)
    assert clean and "merged as text" in said
    assert repo_with_driver.read(PATH) == CHANGED_2.replace("# Build", "# The Build")


def test_without_the_driver_git_merges_as_ever(ledger_repo: GitRepo) -> None:
    ledger_repo.write(".gitattributes", f"{PATH} merge=autopack-ledger\n")
    ledger_repo.commit()
    assert merge(ledger_repo, LEDGER.replace("# Build", "# The Build"), CHANGED_2)[0]


def test_union_does_what_the_docs_say(ledger_repo: GitRepo) -> None:
    ledger_repo.write(".gitattributes", f"{PATH} merge=union\n")
    ledger_repo.commit()
    clean, _ = merge(ledger_repo, with_entry(4, "one"), with_entry(4, "two"))
    assert clean
    text = ledger_repo.read(PATH)
    assert text.count("### BUILD-004") == 2
    assert "Total_Builds: 4" in text
    assert main(["check", "--repo", str(ledger_repo.root)]) == 1
