"""The command line: usage, exit codes, and errors that are one line."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from autopack_hooks import __version__
from autopack_hooks import main as program
from autopack_hooks.commands.cli.catalog import COMMANDS
from autopack_hooks.core import errors
from autopack_hooks.main import main
from tests.support import GitRepo


def exit_of(argv: list[str]) -> object:
    """The exit code, which argparse itself raises."""
    try:
        return main(argv)
    except SystemExit as stop:
        return stop.code


def test_without_a_command_the_help_is_shown_and_it_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == errors.USAGE
    out = capsys.readouterr().out
    assert all(command in out for command in COMMANDS)


@pytest.mark.parametrize(
    "argv",
    [
        ["nonsense"],
        ["check", "--nonsense"],
        ["check", "--format", "xml"],
        ["--nonsense"],
        ["check", "--repo"],
        ["explain", "a", "b"],
        ["lock", "run"],
        ["sync", "--max-seconds", "0"],
    ],
)
def test_wrong_usage_is_exit_2_and_no_traceback(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_of(argv) == errors.USAGE
    err = capsys.readouterr().err
    assert err.startswith("autopack-hooks: error: ") and err.count("\n") == 1 and "--help" in err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "--repo" in out and len(out.splitlines()) > 8


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (errors.FatalError("x"), 2, "x"),
        (errors.UsageError("two\nlines  and\tmore"), 2, "two lines and more"),
        (errors.ConfigError("x"), 2, "x"),
        (errors.InputError("x"), 1, "x"),
        (errors.DeadlineExceeded("x"), 3, "x"),
        (errors.TargetError("x"), 4, "x"),
        (errors.LockTimeout("x"), 5, "x"),
        (errors.Refused("x"), 6, "x"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(28, "No space left on device", "a.db"), 2, "a.db: No space left on device"),
        (OSError("odd"), 2, "odd"),
        (RecursionError(), 2, "nested too deeply"),
        (MemoryError(), 2, "not enough memory"),
        (ZeroDivisionError("oh"), 2, "internal error: ZeroDivisionError: oh"),
    ],
)
def test_every_error_is_one_line_and_its_exit_code(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(args: object) -> int:
        raise error

    monkeypatch.setattr(program, "load", lambda name: SimpleNamespace(run=fail, configure=lambda p: None))
    assert main(["check"]) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("autopack-hooks: error: ") and said in err
    assert main(["check", "--verbose"]) == code
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("argument", ["--ref=--", "--repo=--", "--config=--"])
def test_two_hyphens_are_not_a_value(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["status", argument])
    assert "expected one argument" in capsys.readouterr().err


def test_the_name_of_a_command_may_be_a_value(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.root)
    repo.write("check/x", "")
    assert main(["explain", "--repo", "check", "LED001"]) == 0
    assert main(["check", "--repo", "check"]) == 0


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("chekc", "did you mean check?"),
        ("fixlinks", "did you mean fix-links?"),
        ("lock stats", "did you mean status?"),
        ("check --formt json", "did you mean --format?"),
        ("check --format=jsn", "did you mean json?"),
        ("lock run docs --timout 3", "did you mean --timeout?"),
        ("--colour never check", "did you mean --color?"),
        ("frobnicate", "see `autopack-hooks --help`"),
        ("check --frobnicate", "see `autopack-hooks check --help`"),
    ],
)
def test_what_was_meant_is_named(line: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_of(line.split()) == 2
    assert capsys.readouterr().err.endswith(f"{hint}\n")


@pytest.mark.parametrize(
    "line",
    [
        "-v -q --color never --repo R --config C probe",
        "probe -v -q --color never --repo R --config C",
        "-qv --repo=R probe --config=C --color=never",
        "--repo other probe -q --repo R -v --config C --color never",
    ],
)
def test_the_options_of_every_command_stand_before_or_after_it(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {}

    def run(args: argparse.Namespace) -> int:
        found.update(vars(args))
        return 0

    monkeypatch.setattr(program, "load", lambda name: SimpleNamespace(run=run, configure=lambda p: None))
    monkeypatch.setitem(COMMANDS, "probe", COMMANDS["check"])
    assert main(line.split()) == 0
    assert found == {
        "command": "probe",
        "repo": "R",
        "config": "C",
        "color": "never",
        "verbose": True,
        "quiet": True,
    }
    assert main(["probe"]) == 0
    assert found == {
        "command": "probe",
        "repo": None,
        "config": None,
        "color": "auto",
        "verbose": False,
        "quiet": False,
    }


def test_an_action_keeps_what_stands_before_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for line in (f"--repo {tmp_path} lock status", f"lock --repo {tmp_path} status", f"lock status --repo {tmp_path}"):
        assert main([*line.split(), "-v"]) == 0, line
    assert main(["lock", "run", "docs", "--repo", str(tmp_path), "--", "true", "--repo", "x", "-V"]) == 0


@pytest.mark.parametrize("argv", [["-V"], ["--version"], ["check", "-V"], ["lock", "status", "-V"]])
def test_the_version_can_be_asked_for_anywhere(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(argv)
    assert capsys.readouterr().out == f"autopack-hooks {__version__}\n"


def run(*args: str, cwd: Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    argv = (sys.executable, "-m", "autopack_hooks", *args)
    return subprocess.run(argv, cwd=cwd, capture_output=True, check=False, **options)  # type: ignore[call-overload]  # passed on


def test_a_reader_that_leaves_is_no_traceback(ledger_repo: GitRepo) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    argv = (sys.executable, "-m", "autopack_hooks", "explain")
    done = subprocess.run(argv, cwd=ledger_repo.root, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.stderr == b""


def test_an_output_that_is_not_utf8_is_no_traceback(repo: GitRepo) -> None:
    repo.write("docs/BUILD_HISTORY.md", "### Überschrift ✅\n")
    done = run("check", "-q", cwd=repo.root, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\xdcberschrift" in done.stdout


def test_nothing_heavy_is_imported_by_the_start() -> None:
    code = "import sys, autopack_hooks.main; print(*sys.modules)"
    modules = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True).stdout.split()
    assert not {m.split(".")[0] for m in modules} & {
        "yaml",
        "markdown_it",
        "sqlalchemy",
        "difflib",
        "tempfile",
        "subprocess",
    }
    assert not [m for m in modules if re.match(r"autopack_hooks\.(commands\.(?!cli)|checks|sync|links)", m)]


def test_the_program_says_all_and_gives_its_exit_code(tmp_path: Path) -> None:
    def program(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "autopack_hooks", *args]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert program("explain", "LED004").stdout.startswith("## LED004")
    assert (program("explain", "LED999").returncode, program("--version").returncode) == (2, 0)
    assert "LED999" in program("explain", "LED999").stderr
    assert program("nonsense").returncode == 2


def test_an_error_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check", "--repo", str(tmp_path / "a\x1b[2J")]) == 2
    assert "a\\x1b[2J: no such folder" in capsys.readouterr().err
