"""``check`` and ``sync`` on ledgers of several files, in real repositories."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from autopack_hooks.main import main
from tests.ledger.folders import madr
from tests.support import LEDGER, GitRepo

A, B, C = "docs/adr/0001-a.md", "docs/adr/0002-b.md", "docs/adr/0003-c.md"
CONFIG = "ledgers: {decisions: {path: docs/adr/*.md, dialect: madr}}\n"
Run = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def folder(repo: GitRepo) -> GitRepo:
    """A repository with two decisions, committed."""
    repo.write(".autopack-hooks.yaml", CONFIG)
    repo.write(A, madr("A"))
    repo.write(B, madr("B"))
    repo.write("docs/adr/README.md", "# Decisions\n")
    repo.commit()
    return repo


@pytest.fixture
def check(folder: GitRepo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``check``; gives the exit code, ``path CODE`` of the findings, and the errors."""
    monkeypatch.chdir(folder.root)

    def run(*args: str) -> tuple[int, list[str], str]:
        code = main(["check", "--format", "json", *args])
        out, err = capsys.readouterr()
        return code, [f"{f['path']} {f['code']}" for f in json.loads(out or "[]")], err

    return run


def test_a_valid_folder_is_silent(check: Run) -> None:
    assert check() == check("--staged") == (0, [], "")


def test_a_new_file_counts_before_it_is_added(check: Run, folder: GitRepo) -> None:
    folder.write("docs/adr/0002-c.md", madr("C"))
    assert check() == (1, ["docs/adr/0002-c.md LED025"], "")
    assert check("--staged") == (0, [], "")
    folder.git("add", "-A")
    assert check("--staged") == (1, ["docs/adr/0002-c.md LED025"], "")
    folder.write(".gitignore", "0002-c.md\n")
    folder.git("rm", "-q", "--cached", "docs/adr/0002-c.md")
    assert check() == (0, [], "")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({B: None}, [f"{B} LED021"]),
        ({A: None, B: None}, [f"{A} LED021", f"{B} LED021"]),
        ({B: None, C: madr("B")}, [f"{B} LED021"]),
        ({B: None, "docs/adr/0002-another-name.md": madr("B")}, []),
        ({B: None, "docs/adr/2-b.md": madr("B, in other words")}, []),
        ({C: madr("C")}, []),
        ({B: madr("Other words")}, []),
        ({"docs/adr/README.md": None}, []),
    ],
)
def test_a_removed_entry_is_told_where_it_was(
    check: Run, folder: GitRepo, change: dict[str, str | None], expected: list[str]
) -> None:
    for name, text in change.items():
        if text is None:
            (folder.root / name).unlink()
        else:
            folder.write(name, text)
    assert check() == (1 if expected else 0, expected, "")
    folder.write(".autopack-hooks.yaml", CONFIG + "check: {allow_removal: true}\n")
    assert check()[1] == []


def test_a_folder_that_is_gone_is_missing(check: Run, folder: GitRepo) -> None:
    folder.git("rm", "-r", "-q", "docs")
    code, found, _ = check()
    assert (code, found) == (1, [".autopack-hooks.yaml CFG004"])


def test_files_of_the_command_line_are_those_that_are_told(check: Run, folder: GitRepo) -> None:
    folder.write(A, madr("A", "what"))
    folder.write(B, madr("B", "what"))
    assert check(B)[1] == [f"{B} LED013"]
    assert check()[1] == [f"{A} LED013", f"{B} LED013"]


def test_a_baseline_holds_for_each_file(check: Run, folder: GitRepo) -> None:
    folder.write(B, madr("B", more="\n### <<<\n\n<<<<<<< HEAD\n"))
    assert check()[1] == [f"{B} LED002"]
    assert check("--write-baseline")[0] == 0
    assert check()[:2] == (0, [])
    folder.write(B, madr("B"))
    assert check()[1] == [".autopack-hooks-baseline.json CFG001"]


def test_an_ignore_silences_what_only_all_files_show(check: Run, folder: GitRepo) -> None:
    folder.write("docs/adr/0002-c.md", "# C\n\n<!-- autopack: ignore LED025 kept for its links -->\n")
    assert check()[1] == ["docs/adr/0002-c.md LED025", "docs/adr/0002-c.md CFG002"]
    folder.write("docs/adr/0002-c.md", "# C <!-- autopack: ignore LED025 kept for its links -->\n")
    assert check()[1] == []


def test_files_that_are_no_text_are_told_one_by_one(check: Run, folder: GitRepo) -> None:
    folder.write(A, b"\xff")
    folder.write(B, madr("B", "what", more="\nSee ADR-0099.\n"))
    assert check()[1] == [f"{A} LED001", f"{B} LED013"]


def test_a_ledger_in_two_files_is_one(check: Run, folder: GitRepo) -> None:
    config = "ledgers: {build_history: {path: docs/history/*.md, dialect: build-history}}\n"
    folder.write(".autopack-hooks.yaml", config)
    folder.write("docs/history/a.md", LEDGER)
    other = LEDGER
    for number in (1, 2, 3):
        other = other.replace(f"BUILD-00{number}", f"BUILD-10{number}")
    folder.write("docs/history/b.md", other)
    assert check() == (0, [], "")
    folder.write("docs/history/b.md", other.replace("BUILD-103", "BUILD-003"))
    assert check()[1] == ["docs/history/b.md LED004"]


def sync(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[int]]:
    code = main(["sync", "--repo", str(repo.root), "--db-only", "--execute", "--format", "json"])
    counts = json.loads(capsys.readouterr().out)["targets"]["database"]
    return code, [counts[key] for key in ("inserted", "updated", "deleted", "unchanged")]


def test_files_are_synced_one_entry_each(folder: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert sync(folder, capsys) == (0, [2, 0, 0, 0])
    folder.write(C, madr("C"))
    assert sync(folder, capsys) == (0, [0, 0, 0, 2]), "it is not committed"
    folder.commit()
    assert sync(folder, capsys) == (0, [1, 0, 0, 2])
    folder.git("mv", C, "docs/adr/0003-another-name.md")
    folder.commit()
    assert sync(folder, capsys) == (0, [0, 0, 0, 3])
    folder.write(A, madr("A", "deprecated"))
    folder.git("rm", "-q", "docs/adr/0003-another-name.md")
    folder.commit()
    assert sync(folder, capsys) == (0, [0, 1, 1, 1])
    folder.write(A, b"\xff")
    folder.commit()
    assert sync(folder, capsys)[1] == [0, 0, 0, 0], "nothing is deleted for a file that cannot be read"


def test_the_hook_sees_files_come_and_go(folder: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    def hook() -> str:
        assert main(["sync", "--repo", str(folder.root), "--hook"]) == 0
        return capsys.readouterr().out

    assert "2 inserted" in hook()
    assert hook() == ""
    folder.write("docs/adr/picture.txt", "x")
    folder.commit()
    assert hook() == ""
    folder.write(C, madr("C"))
    folder.commit()
    assert "1 inserted" in hook()
    folder.git("rm", "-q", C)
    folder.commit()
    assert "1 deleted" in hook()
    assert hook() == ""


def test_a_custom_dialect_that_changes_is_read_anew(folder: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    own = "dialects: {own: {like: madr, prefix: %s}}\nledgers: {d: {path: docs/adr, dialect: own}}\n"
    folder.write(".autopack-hooks.yaml", own % "DR")
    folder.commit()
    assert sync(folder, capsys) == (0, [2, 0, 0, 0])
    folder.write(".autopack-hooks.yaml", own % "XR")
    folder.commit()
    assert sync(folder, capsys) == (0, [2, 0, 2, 0])


def test_links_look_at_all_files_of_a_ledger(folder: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    folder.write(B, madr("B", more="\n[a](0001-a.md) [gone](0009-gone.md)\n"))
    folder.commit()
    assert main(["links", "--repo", str(folder.root)]) == 1
    assert f"{B}:16:" in capsys.readouterr().out
