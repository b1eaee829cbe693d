"""``check`` in real repositories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack_hooks.main import main
from tests.support import LEDGER, GitRepo

PATH = "docs/BUILD_HISTORY.md"
Run = Callable[..., tuple[int, str, str]]
SECTION_1 = LEDGER[LEDGER.index("### BUILD-001") :]
SECTION_2 = LEDGER[LEDGER.index("### BUILD-002") : LEDGER.index("### BUILD-001")]
ROW_2 = "| 2026-01-02 | BUILD-002 | Second | Adds the second thing | 2 |\n"
SHORTER = (
    LEDGER.replace(SECTION_2, "")
    .replace(ROW_2, "")
    .replace("Total_Builds: 3", "Total_Builds: 2")
    .replace("after BUILD-002", "")
)


@pytest.fixture
def check(ledger_repo: GitRepo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``check`` in the repository; gives the exit code and both streams."""
    monkeypatch.chdir(ledger_repo.root)

    def run(*args: str) -> tuple[int, str, str]:
        code = main(["check", *args])
        streams = capsys.readouterr()
        assert "Traceback" not in streams.err
        return (code, *streams)

    return run


def codes(out: str) -> list[str]:
    return [line.split(": ")[1].split()[0] for line in out.splitlines()]


def test_a_valid_ledger_is_silent(check: Run) -> None:
    assert check() == (0, "", "")
    assert check("--staged") == (0, "", "")
    assert check("--format", "json") == (0, "[]\n", "")


def test_findings_are_printed_and_only_errors_fail(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.write(PATH, LEDGER + "\n### Notes\n")
    assert check() == (
        0,
        f"{PATH}:37:5: LED022 [warning] the heading 'Notes' stands at the level of entries and has no id, so it is read as a "
        "part of BUILD-001\n",
        "1 warning\n",
    )  # fmt: skip
    ledger_repo.write(PATH, LEDGER + "\n" + SECTION_1)
    code, out, err = check()
    assert (code, codes(out), err) == (1, ["LED004"], "1 error\n")
    assert json.loads(check("--format", "json")[1])[0]["entry_id"] == "BUILD-001"


def test_the_files_or_the_index_are_read(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.write(PATH, LEDGER + "\n" + SECTION_1)
    assert (check()[0], check("--staged")[0]) == (1, 0)
    ledger_repo.git("add", "-A")
    ledger_repo.write(PATH, LEDGER)
    assert (check()[0], check("--staged")[0]) == (0, 1)


def test_the_index_of_a_running_commit_is_read(
    check: Run, ledger_repo: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger_repo.write(PATH, LEDGER + "\n" + SECTION_1)
    ledger_repo.run("git", "read-tree", "HEAD", GIT_INDEX_FILE=".git/next.lock")
    ledger_repo.run("git", "add", PATH, GIT_INDEX_FILE=".git/next.lock")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next.lock")
    assert check("--staged")[0] == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SHORTER, ["LED021"]),
        (LEDGER.replace("BUILD-002", "BUILD-004"), ["LED021"]),
        (LEDGER + "\n### BUILD-004 | 2025-01-01 | T\n", ["LED016", "LED007"]),
        ("", ["LED021"]),
        (LEDGER.replace("\n", "\r\n"), []),
    ],
)
def test_a_ledger_is_append_only(check: Run, ledger_repo: GitRepo, text: str, found: list[str]) -> None:
    ledger_repo.write(PATH, text)
    assert codes(check()[1]) == found
    ledger_repo.git("add", "-A")
    assert codes(check("--staged")[1]) == found


def test_removal_can_be_allowed(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.write(PATH, SHORTER)
    ledger_repo.write(".autopack-hooks.yaml", "check: {allow_removal: true}\n")
    assert check() == (0, "", "")


def test_the_deletion_of_a_ledger_is_told(check: Run, ledger_repo: GitRepo) -> None:
    (ledger_repo.root / PATH).unlink()
    code, out, _ = check()
    assert (code, codes(out)) == (1, ["LED021"])
    assert out.startswith(f"{PATH}:1:1: ") and "3 entries" in out


def test_a_ledger_that_was_moved_is_told_unless_it_is_configured(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.git("mv", PATH, "docs/HISTORY.md")
    assert codes(check()[1]) == ["LED021"]
    ledger_repo.write(".autopack-hooks.yaml", "ledgers: {build_history: {path: docs/HISTORY.md}}\n")
    assert check("--staged") == (0, "", "")


def test_a_configured_ledger_that_is_not_there_is_an_error(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.write(".autopack-hooks.yaml", "ledgers: {build_history: {}, debug_log: {}}\n")
    code, out, _ = check()
    assert (code, codes(out)) == (1, ["CFG004"])
    assert out.startswith(".autopack-hooks.yaml:1:1: ")


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ("", ["CFG001", "LED021"]),
        ("check: {select: [LED004]}", []),
        ("check: {severity: {CFG001: error}}", ["CFG001", "LED021"]),
    ],
)
def test_select_and_severity_hold_for_every_finding(
    check: Run, ledger_repo: GitRepo, config: str, found: list[str]
) -> None:
    ledger_repo.write(PATH, LEDGER + "\n" + SECTION_1)
    check("--write-baseline")
    (ledger_repo.root / PATH).unlink()
    ledger_repo.write(".autopack-hooks.yaml", config)
    code, out, _ = check()
    assert codes(out) == found
    assert ("[warning]" in out) is (found != [] and not config)
    assert code == (1 if found else 0)


def test_the_baseline_lets_the_known_pass_and_only_shrinks(check: Run, ledger_repo: GitRepo) -> None:
    bad = LEDGER + "\n" + SECTION_1 + "\nBUILD-999\n"
    ledger_repo.write(PATH, bad)
    code, out, err = check("--write-baseline")
    assert (code, out) == (0, "") and "2 findings accepted" in err
    assert check() == (0, "", "")
    ledger_repo.write(PATH, bad.replace("# Build History\n", "# Build History\n\nmoved\n"))
    assert check() == (0, "", "")
    ledger_repo.write(PATH, bad + "\n### BUILD-001 | 2025-01-01 | New\n")
    assert codes(check()[1]) == ["LED004"]
    ledger_repo.write(PATH, bad.replace("BUILD-999", ""))
    code, out, _ = check()
    assert (code, codes(out)) == (0, ["CFG001"])
    before = ledger_repo.read(".autopack-hooks-baseline.json")
    check("--write-baseline")
    after = ledger_repo.read(".autopack-hooks-baseline.json")
    assert len(after) < len(before)
    assert check() == (0, "", "")
    check("--write-baseline")
    assert ledger_repo.read(".autopack-hooks-baseline.json") == after


def test_with_the_index_the_baseline_of_the_index_counts(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.write(PATH, LEDGER + "\n" + SECTION_1)
    ledger_repo.git("add", PATH)
    check("--staged", "--write-baseline")
    assert check("--staged")[0] == 1, "a baseline that is not staged is not part of the commit"
    ledger_repo.git("add", "-A")
    assert check("--staged") == (0, "", "")


def test_files_limit_what_is_told(check: Run, ledger_repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger_repo.write(PATH, LEDGER + "\n" + SECTION_1)
    ledger_repo.write("docs/DEBUG_LOG.md", "### DBG 1\n")
    assert codes(check()[1]) == ["LED004", "LED003"]
    assert codes(check(PATH)[1]) == ["LED004"]
    assert codes(check("README.md")[1]) == []
    assert codes(check(str(ledger_repo.root / "docs/DEBUG_LOG.md"))[1]) == ["LED003"]
    monkeypatch.chdir(ledger_repo.root / "docs")
    assert codes(check("DEBUG_LOG.md")[1]) == ["LED003"]


def test_a_baseline_of_some_files_keeps_the_others(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.write(PATH, LEDGER + "\n" + SECTION_1)
    ledger_repo.write("docs/DEBUG_LOG.md", "### DBG 1\n")
    check("--write-baseline")
    ledger_repo.write("docs/DEBUG_LOG.md", "### DBG-1 | 2026-01-01 | T\n")
    check("--write-baseline", "docs/DEBUG_LOG.md")
    assert check() == (0, "", "")


def test_where_there_is_no_ledger_it_says_so(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repo.root)
    assert main(["check"]) == 0
    assert "no ledger here" in capsys.readouterr().err
    repo.write(".autopack-hooks.yaml", "ledgers: {}\n")
    assert main(["check"]) == 0
    assert capsys.readouterr().err == ""


def test_outside_of_git_the_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "plain" / "docs"
    folder.mkdir(parents=True)
    (folder / "BUILD_HISTORY.md").write_text("### BUILD 1\n")
    monkeypatch.chdir(tmp_path / "plain")
    assert main(["check"]) == 1
    assert codes(capsys.readouterr().out) == ["LED003", "LED022"][:1]
    assert main(["check", "--staged"]) == 2
    assert "--staged needs a git repository" in capsys.readouterr().err
    assert main(["check", "--repo", "nowhere"]) == 2
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"# X\n\xff", "2:1"), (b"\0\1\2", "1:1"), (LEDGER.encode("utf-16"), "1:1"), (LEDGER.encode() + b"\xc3", "36:1")],
)
def test_bad_bytes_are_one_finding_and_remove_nothing(
    check: Run, ledger_repo: GitRepo, data: bytes, place: str
) -> None:
    ledger_repo.write(PATH, data)
    code, out, _ = check()
    assert (code, codes(out)) == (1, ["LED001"])
    assert out.startswith(f"{PATH}:{place}: ")


def test_a_folder_in_place_of_the_ledger_is_one_line(check: Run, ledger_repo: GitRepo) -> None:
    (ledger_repo.root / PATH).unlink()
    (ledger_repo.root / PATH).mkdir()
    code, out, err = check()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{PATH}: cannot be read" in err


def test_a_link_to_a_ledger_is_followed(check: Run, ledger_repo: GitRepo) -> None:
    (ledger_repo.root / PATH).rename(ledger_repo.root / "real.md")
    (ledger_repo.root / PATH).symlink_to("../real.md")
    assert check() == (0, "", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [("chek: {}\n", "did you mean 'check'"), ("a: [\n", "not valid YAML"), ("check: 3\n", "must be a mapping")],
)
def test_a_bad_configuration_is_exit_2(check: Run, ledger_repo: GitRepo, text: str, said: str) -> None:
    ledger_repo.write(".autopack-hooks.yaml", text)
    code, out, err = check()
    assert (code, out) == (2, "")
    assert err.startswith("autopack-hooks: error: .autopack-hooks.yaml") and said in err


def test_a_configuration_that_was_named_must_be_there(check: Run) -> None:
    code, _, err = check("--config", "none.yaml")
    assert code == 2 and "none.yaml: no such file" in err


def test_a_bad_baseline_is_exit_2(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.write(".autopack-hooks-baseline.json", "<<<<<<< HEAD\n")
    code, _, err = check()
    assert code == 2 and ".autopack-hooks-baseline.json: not a baseline" in err


def test_before_the_first_commit(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write(PATH, LEDGER)
    monkeypatch.chdir(repo.root)
    assert main(["check"]) == 0
    repo.git("add", "-A")
    assert main(["check", "--staged"]) == 0
    assert capsys.readouterr().out == ""


def test_from_a_subfolder(check: Run, ledger_repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger_repo.write(PATH, SHORTER)
    monkeypatch.chdir(ledger_repo.root / "docs")
    code, out, _ = check()
    assert code == 1 and out.startswith(f"{PATH}:1:1: LED021")


def test_in_a_linked_worktree(
    check: Run, ledger_repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = tmp_path / "linked"
    ledger_repo.git("worktree", "add", "-q", linked)
    (linked / PATH).write_text(LEDGER + "\n" + SECTION_1)
    monkeypatch.setenv("GIT_DIR", str(ledger_repo.root / ".git/worktrees/linked"))
    monkeypatch.chdir(linked)
    assert codes(check()[1]) == ["LED004"]
    subprocess.run(("git", "add", "-A"), cwd=linked, env={**os.environ, "GIT_WORK_TREE": str(linked)}, check=True)
    assert codes(check("--staged")[1]) == ["LED004"]


def test_in_a_shallow_clone(
    ledger_repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger_repo.git("clone", "-q", "--depth", "1", f"file://{ledger_repo.root}", tmp_path / "shallow")
    (tmp_path / "shallow" / PATH).write_text(SHORTER)
    monkeypatch.chdir(tmp_path / "shallow")
    assert main(["check"]) == 1
    assert codes(capsys.readouterr().out) == ["LED021"]


def test_nothing_heavy_is_imported(ledger_repo: GitRepo) -> None:
    code = "import sys; from autopack_hooks.main import main; print(main(['check'])); print(*sys.modules)"
    ledger_repo.write(".autopack-hooks.yaml", "version: 1\n")
    done = subprocess.run(
        (sys.executable, "-c", code), cwd=ledger_repo.root, capture_output=True, text=True, check=True
    )
    result, modules = done.stdout.splitlines()
    heavy = {
        "sqlalchemy",
        "qdrant_client",
        "qdrant_edge",
        "numpy",
        "pydantic",
        "httpx",
        "psycopg",
        "grpc",
        "rich",
        "asyncio",
    }
    assert (result, {m.split(".")[0] for m in modules.split()} & heavy) == ("0", set())


BASELINE = ".autopack-hooks-baseline.json"
BROKEN = LEDGER.replace("Total_Builds: 3", "Total_Builds: 9")
WORSE = BROKEN.replace("### BUILD-001 | 2026-01-01", "### BUILD-001 | 2026-02-30")


def test_the_baseline_only_shrinks(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.write(PATH, BROKEN)
    assert check("--write-baseline") == (0, "", f"{BASELINE}: 1 finding accepted; commit this file\n")
    ledger_repo.write(PATH, WORSE)
    code, out, err = check("--write-baseline")
    assert (code, codes(out)) == (1, ["LED012"])
    assert err.splitlines() == [
        f"{BASELINE}: 1 finding accepted; commit this file",
        f"{BASELINE}: 1 finding not accepted; to accept new ones too, add --accept-new",
        "1 error",
    ]
    assert check("--write-baseline", "--accept-new")[0] == 0
    ledger_repo.write(PATH, BROKEN)
    assert codes(check()[1]) == ["CFG001"]
    assert check("--prune-baseline") == (0, "", f"{BASELINE}: 1 finding accepted; commit this file\n")
    ledger_repo.write(PATH, WORSE)
    assert codes(check()[1]) == ["LED012"]
    assert codes(check("--prune-baseline")[1]) == ["LED012"]


def test_nothing_is_pruned_where_there_is_no_baseline(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.write(PATH, BROKEN)
    assert check("--prune-baseline")[0] == 1
    assert not (ledger_repo.root / BASELINE).exists()


@pytest.mark.parametrize("name", ["nope.md", "README.md", "docs", ".", "../nope.md"])
def test_a_file_that_is_not_checked_is_an_error(check: Run, ledger_repo: GitRepo, name: str) -> None:
    code, out, err = check(PATH, name)
    assert (code, out) == (2, "")
    assert err.startswith(f"autopack-hooks: error: {name}: not a file of a ledger")


def test_a_configured_ledger_that_is_not_there_is_not_checked(check: Run, ledger_repo: GitRepo) -> None:
    ledger_repo.write(".autopack-hooks.yaml", "ledgers: {build_history: {}, debug_log: {}}\n")
    assert check("docs/DEBUG_LOG.md")[0] == 2
    assert check(".autopack-hooks.yaml")[0] == 1


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("select: [LEX]", "check.select: no code starts with 'LEX'; did you mean LED?"),
        ("select: [LED, LED09]", "check.select: no code starts with 'LED09'"),
        ("ignore: [LED999]", "check.ignore: no code starts with 'LED999'; did you mean LED0"),
        ("severity: {XYZ: info}", "check.severity: no code starts with 'XYZ'; known: LED, CFG, LNK, RUL"),
    ],
)
@pytest.mark.parametrize("command", ["check", "fix", "links"])
def test_unknown_codes(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], command: str, config: str, message: str
) -> None:
    ledger_repo.write(".autopack-hooks.yaml", f"check: {{{config}}}\n")
    assert main([command, "--repo", str(ledger_repo.root)]) == 2
    assert f".autopack-hooks.yaml: {message}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "config", ["select: [LED, LED00, RUL, LNK001]", "ignore: [RUL017, CFG0]", "severity: {LED03: info}"]
)
def test_codes_and_prefixes_of_codes(check: Run, ledger_repo: GitRepo, config: str) -> None:
    ledger_repo.write(".autopack-hooks.yaml", f"check: {{{config}}}\n")
    assert check()[0] == 0


@pytest.mark.parametrize("command", ["check", "fix", "links", "verify"])
def test_nothing_to_look_at(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, "--repo", str(tmp_path)]) == 2
    assert "neither a git work tree nor a" in capsys.readouterr().err
    (tmp_path / "docs").mkdir()
    (tmp_path / PATH).write_text(LEDGER)
    assert command == "verify" or main([command, "--repo", str(tmp_path)]) == 0
