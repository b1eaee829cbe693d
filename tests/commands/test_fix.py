"""The command fix."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autopack_hooks.main import main
from tests.support import LEDGER, GitRepo

PATH = "docs/BUILD_HISTORY.md"
WRONG = LEDGER.replace("Total_Builds: 3", "Total_Builds: 9")
BLOCK = "<!-- AUTOPACK:BEGIN summary -->\n<!-- AUTOPACK:END -->\n"


def run(repo: GitRepo, *args: str) -> int:
    return main([*args[:1], "--repo", str(repo.root), *args[1:]])


def test_nothing_to_do(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ledger_repo, "fix") == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "written", "told"),
    [
        ((), True, "fixed docs/BUILD_HISTORY.md: 1 count\n"),
        (("--check",), False, "would fix docs/BUILD_HISTORY.md: 1 count\n"),
        (("--diff",), False, "-Total_Builds: 9\n+Total_Builds: 3\n"),
        (("--unsafe",), True, "-Total_Builds: 9\n+Total_Builds: 3\n"),
    ],
)
def test_a_wrong_count(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], written: bool, told: str
) -> None:
    ledger_repo.write(PATH, WRONG)
    assert run(ledger_repo, "fix", *options) == 1
    assert told in capsys.readouterr().out
    assert ledger_repo.read(PATH) == (LEDGER if written else WRONG)


def test_only_the_files_named(ledger_repo: GitRepo) -> None:
    ledger_repo.write(PATH, WRONG)
    assert run(ledger_repo, "fix", str(ledger_repo.root / "README.md")) == 0
    assert run(ledger_repo, "fix", str(ledger_repo.root / PATH)) == 1
    assert ledger_repo.read(PATH) == LEDGER


def test_bytes_are_kept(ledger_repo: GitRepo) -> None:
    data = b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").replace("first thing.", "first thing.  ").encode()
    ledger_repo.write(PATH, data)
    assert run(ledger_repo, "fix") == 1
    assert (ledger_repo.root / PATH).read_bytes() == data.replace(b"Total_Builds: 9", b"Total_Builds: 3")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (WRONG.encode() + b"\xff", "not valid UTF-8"),
        (WRONG.encode() + b"\0", "NUL"),
        (b"<<<<<<< a\n=======\n>>>>>>> b\n" + WRONG.encode(), "conflict markers"),
    ],
)
def test_garbage_is_left_as_it_was(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], data: bytes, reason: str
) -> None:
    ledger_repo.write(PATH, data)
    assert run(ledger_repo, "fix", "--unsafe") == 0
    assert (ledger_repo.root / PATH).read_bytes() == data
    err = capsys.readouterr().err
    assert reason in err and err.count("\n") == 1


@pytest.mark.parametrize("length", [len(LEDGER) // 2, len(LEDGER) - 90])
def test_half_a_file_is_left_as_it_was(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], length: int) -> None:
    ledger_repo.write(PATH, LEDGER[:length])
    assert run(ledger_repo, "fix", "--unsafe") == 0
    assert ledger_repo.read(PATH) == LEDGER[:length]
    err = capsys.readouterr().err
    assert "BUILD-001" in err and "git restore" in err and err.count("\n") == 1
    ledger_repo.write(".autopack-hooks.yaml", "check: {allow_removal: true}\n")
    assert run(ledger_repo, "fix", "--stubs") == 1
    assert "<!-- autopack: stub -->" in ledger_repo.read(PATH)


def test_pages_tell_what_the_mended_ledger_says(ledger_repo: GitRepo) -> None:
    ledger_repo.write("README.md", f"# Demo\n\n{BLOCK}")
    ledger_repo.write("docs/OTHER.md", f"# Other\n\n{BLOCK}")
    assert run(ledger_repo, "fix") == 1
    assert (
        "| [build_history](docs/BUILD_HISTORY.md) | 3 | BUILD-003, 2026-01-03: Third | Complete 3 |"
        in ledger_repo.read("README.md")
    )
    assert ledger_repo.read("docs/OTHER.md") == f"# Other\n\n{BLOCK}"
    assert run(ledger_repo, "fix") == 0
    ledger_repo.write(".autopack-hooks.yaml", "links: {nav: [docs/OTHER.md]}\n")
    assert run(ledger_repo, "fix") == 1
    assert "BUILD-003" in ledger_repo.read("docs/OTHER.md")


def test_a_page_is_left_while_a_ledger_cannot_be_read(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    ledger_repo.write("README.md", BLOCK)
    ledger_repo.write(PATH, b"\xff")
    assert run(ledger_repo, "fix") == 0
    assert ledger_repo.read("README.md") == BLOCK
    assert "README.md: " in capsys.readouterr().err


@pytest.mark.parametrize("how", ["config", "comment"])
def test_what_is_ignored_stays(ledger_repo: GitRepo, how: str) -> None:
    text = WRONG
    if how == "config":
        ledger_repo.write(".autopack-hooks.yaml", "check: {ignore: [LED016]}\n")
    else:
        text = LEDGER.replace("| 2026-01-02 | BUILD-002 | Second | Adds the second thing | 2 |\n", "").replace(
            "### BUILD-002", "<!-- autopack: ignore LED007 kept out -->\n\n### BUILD-002"
        )
    ledger_repo.write(PATH, text)
    assert run(ledger_repo, "fix") == 0
    assert ledger_repo.read(PATH) == text


def test_a_run_without_changes_loads_nothing_heavy(ledger_repo: GitRepo) -> None:
    code = (
        "import sys; from autopack_hooks.main import main; assert main(['fix']) == 0; "
        "print({'sqlalchemy', 'qdrant_client', 'filelock', 'numpy'} & set(sys.modules))"
    )
    assert ledger_repo.run(sys.executable, "-c", code, PYTHONPATH=str(Path(__file__).parents[2])).strip() == "set()"


def test_the_baseline_is_pruned(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    base = ".autopack-hooks-baseline.json"
    ledger_repo.write(PATH, WRONG.replace("### BUILD-001 | 2026-01-01", "### BUILD-001 | 2026-02-30"))
    assert run(ledger_repo, "check", "--write-baseline") == 0
    known = ledger_repo.read(base)
    assert run(ledger_repo, "fix", "--check") == 1
    assert ledger_repo.read(base) == known
    capsys.readouterr()
    assert run(ledger_repo, "fix") == 1
    assert capsys.readouterr().out == f"fixed {PATH}: 1 count\nfixed {base}: what is no longer found is taken out\n"
    assert "LED016" not in ledger_repo.read(base) and "LED012" in ledger_repo.read(base)
    assert run(ledger_repo, "fix") == 0
    ledger_repo.write(PATH, LEDGER)
    assert run(ledger_repo, "fix", "--check") == 1
    assert capsys.readouterr().out == f"would fix {base}: what is no longer found is taken out\n"
    assert "LED012" in ledger_repo.read(base)


@pytest.mark.parametrize("name", ["nope.md", "docs"])
def test_a_file_that_is_not_fixed_is_an_error(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(ledger_repo, "fix", str(ledger_repo.root / name)) == 2
    assert f"{ledger_repo.root / name}: neither a file of a ledger nor" in capsys.readouterr().err
