"""renumber where each entry is a file: the file, its title, and every mention that means it; nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autopack_hooks.main import main
from tests.commands.test_mv import KILLER
from tests.support import GitRepo

Capture = pytest.CaptureFixture[str]
CONFIG = "ledgers:\n  adr: {path: docs/adr/*.md, dialect: nygard}\n"
OLD, NEW = "docs/adr/0002-use-it.md", "docs/adr/0005-use-it.md"
RECORD = "# {number}. {title}\n\nDate: 2026-01-01\n\n## Status\n\n{status}\n\n## Context\n\n{text}\n"


def record(number: int, title: str = "Use it", status: str = "Accepted", text: str = "Why.") -> str:
    return RECORD.format(number=number, title=title, status=status, text=text)


@pytest.fixture
def adrs(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    repo.write(".autopack-hooks.yaml", CONFIG)
    repo.write(OLD, record(2))
    repo.write("docs/adr/0001-start.md", record(1, "Start"))
    repo.write("docs/adr/0021-far.md", record(21, "Far"))
    repo.commit()
    monkeypatch.chdir(repo.root)
    return repo


def renumbered(repo: GitRepo, path: str, text: str, *, old: str = "ADR-0002") -> str:
    """Return what becomes of the text of one more file."""
    repo.write(path, text)
    repo.commit()
    assert main(["renumber", old, "ADR-0005", "--execute"]) == 0
    assert repo.git("ls-files", "docs/adr").split() == sorted(
        {*repo.git("ls-files", "docs/adr").split()} - {OLD} | {NEW}
    )
    return repo.read(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ADR-0002, ADR-2 and ADR-002.", "ADR-0005, ADR-5 and ADR-005."),
        ("ADR-00021, ADR-0021, ADR-21, ADR-2.1 and MADR-0002.", "ADR-00021, ADR-0021, ADR-21, ADR-2.1 and MADR-0002."),
        ("[2. Use it](adr/0002-use-it.md)", "[5. Use it](adr/0005-use-it.md)"),
        ("[ADR-0002](adr/0002-use-it.md#context)", "[ADR-0005](adr/0005-use-it.md#context)"),
        ("[it](adr/0002-use-it.md#2-use-it)", "[it](adr/0005-use-it.md#5-use-it)"),
        ("[it][a]\n\n[a]: adr/0002-use-it.md", "[it][a]\n\n[a]: adr/0005-use-it.md"),
        ("[2. Use it][a]\n\n[a]: adr/0002-use-it.md", "[5. Use it][a]\n\n[a]: adr/0005-use-it.md"),
        ("[2][]\n\n[2]: adr/0002-use-it.md", "[2][]\n\n[2]: adr/0005-use-it.md"),
        ("[2. Start](adr/0001-start.md)", "[2. Start](adr/0001-start.md)"),
        ("[2 of 3](https://example.com/0002-use-it.md)", "[2 of 3](https://example.com/0002-use-it.md)"),
        ("2 reasons, version 2, and 0002", "2 reasons, version 2, and 0002"),
        ("```\nADR-0002 [2](adr/0002-use-it.md)\n```", "```\nADR-0002 [2](adr/0002-use-it.md)\n```"),
        ("    ADR-0002\n", "    ADR-0002\n"),
    ],
)
def test_what_means_it_is_renumbered(adrs: GitRepo, before: str, after: str) -> None:
    head = "# Page\n\n"
    assert renumbered(adrs, "docs/page.md", f"{head}{before}\n") == f"{head}{after}\n"


@pytest.mark.parametrize(
    ("status", "after"),
    [
        ("Superseded by 2", "Superseded by 5"),
        ("Superseded by 0002", "Superseded by 0005"),
        ("Superseded by ADR-0002", "Superseded by ADR-0005"),
        ("Superseded by [2. Use it](0002-use-it.md)", "Superseded by [5. Use it](0005-use-it.md)"),
        ("Superseded by 21", "Superseded by 21"),
        ("Accepted by 2 of 3", "Accepted by 2 of 3"),
    ],
)
def test_the_numbers_of_a_status(adrs: GitRepo, status: str, after: str) -> None:
    path = "docs/adr/0003-old.md"
    assert renumbered(adrs, path, record(3, "Old", status)) == record(3, "Old", after)


@pytest.mark.parametrize(
    ("status", "after"),
    [
        ("superseded by [ADR-0002](0002-use-it.md)", "superseded by [ADR-0005](0005-use-it.md)"),
        ("superseded by [it](./0002-use-it.md#x)", "superseded by [it](./0005-use-it.md#x)"),
        ("see [it](other/0002-use-it.md)", "see [it](other/0002-use-it.md)"),
        ("see [it](https://example.com/0002-use-it.md)", "see [it](https://example.com/0002-use-it.md)"),
    ],
)
def test_links_in_a_front_matter(adrs: GitRepo, status: str, after: str) -> None:
    page = "---\nstatus: {}\n---\n\n# 3. Old\n"
    assert renumbered(adrs, "docs/adr/0003-old.md", page.format(status)) == page.format(after)


def test_the_file_and_its_title(adrs: GitRepo, capsys: Capture) -> None:
    own = "In 2 words: ADR-0002 is [here](#2-use-it-2-times), and [so](0002-use-it.md#2-use-it-2-times)."
    adrs.write(OLD, record(2, "Use it 2 times", text=own))
    adrs.commit()
    assert main(["renumber", OLD, "ADR-0005"]) == 0
    assert "rename docs/adr/0002-use-it.md to docs/adr/0005-use-it.md" in capsys.readouterr().out
    assert adrs.read(OLD) and not (adrs.root / NEW).exists()
    assert main(["renumber", OLD, "ADR-0005", "--execute"]) == 0
    later = "In 2 words: ADR-0005 is [here](#5-use-it-2-times), and [so](0005-use-it.md#5-use-it-2-times)."
    assert adrs.read(NEW) == record(5, "Use it 2 times", text=later)


def test_of_two_files_with_one_number_links_alone_say_which_is_meant(adrs: GitRepo, capsys: Capture) -> None:
    adrs.write("docs/adr/0002-other.md", record(2, "Other"))
    page = "ADR-0002, [2](adr/0002-use-it.md) and [2](adr/0002-other.md)\n"
    adrs.write("docs/page.md", page)
    adrs.commit()
    assert main(["renumber", "ADR-0002", "ADR-0005", "--execute"]) == 2
    assert "give the path of the file instead" in capsys.readouterr().err
    assert main(["renumber", OLD, "ADR-0005", "--execute"]) == 0
    assert adrs.read("docs/page.md") == "ADR-0002, [5](adr/0005-use-it.md) and [2](adr/0002-other.md)\n"
    assert adrs.read(NEW) == record(5)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ADR-0009", "ADR-0010", "no ledger has an entry ADR-0009"),
        ("ADR-0002", "ADR-0021", "is taken already"),
        ("ADR-0002", "BUILD-005", "is not an id of adr"),
    ],
)
def test_refused(adrs: GitRepo, capsys: Capture, old: str, new: str, told: str) -> None:
    assert main(["renumber", old, new, "--execute"]) == 2
    assert told in capsys.readouterr().err and adrs.git("status", "--porcelain") == ""


def test_killed_at_any_step_it_is_finished_by_the_same_command(adrs: GitRepo, tmp_path: Path) -> None:
    adrs.write("docs/page.md", "[2. Use it](adr/0002-use-it.md) is ADR-0002.\n")
    adrs.commit()
    whole = GitRepo(Path(shutil.copytree(adrs.root, tmp_path / "whole")))
    command = ["renumber", "ADR-0002", "ADR-0005", "--execute"]
    subprocess.run([sys.executable, "-m", "autopack_hooks", *command], cwd=whole.root, check=True, capture_output=True)
    for step in range(1, 30):
        repo = GitRepo(Path(shutil.copytree(adrs.root, tmp_path / f"killed{step}")))
        done = subprocess.run([sys.executable, "-c", KILLER, str(step), *command], cwd=repo.root, check=False)
        if done.returncode == 0:
            assert step > 3
            return
        again = [sys.executable, "-m", "autopack_hooks", *command]
        result = subprocess.run(again, cwd=repo.root, check=False, capture_output=True, text=True)
        assert result.returncode == 0 or "no ledger has an entry ADR-0002" in result.stderr  # all was done by then
        for path in (NEW, "docs/page.md"):
            assert repo.read(path) == whole.read(path), step
        assert repo.git("ls-files") == whole.git("ls-files") and not (repo.root / OLD).exists()
    pytest.fail("the command never came to its end")
