"""dev.py: only the standard library, readable by old Pythons, one environment a purpose, clear errors.

The environments that it builds are real ones, of a project that needs nothing from any registry.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = (ROOT / "dev.py").read_text()


class Copy:
    """dev.py in a folder of its own, whose "pip" is a module that notes how it was called."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "log"
        (root / "dev.py").write_text(SOURCE)
        (root / "pyproject.toml").write_text("")
        (root / "venv.py").write_text(FAKE_VENV)

    def run(self, *args: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(self.root / "dev.py"), *args]
        full = {**os.environ, "FAKE_LOG": str(self.log), **env}
        return subprocess.run(command, cwd=cwd or self.root, env=full, capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def environments(self) -> list[Path]:
        return sorted(path for path in (self.root / ".venv").iterdir() if path.is_dir())


# `python -m venv FOLDER`, without the seconds that a real one costs: its programs only note their arguments.
FAKE_VENV = """\
import os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
(folder / "bin").mkdir(parents=True)
for name in ("python", "autopack-hooks", "ruff", "mypy", "lint-imports", "pre-commit"):
    program = folder / "bin" / name
    says = 'echo "' + name + ' $*" >> "$FAKE_LOG"'
    fails = 'case "$*" in *"$FAKE_FAIL"*) exit ${FAKE_CODE:-0} ;; esac'
    program.write_text("#!/bin/sh\\n" + says + "\\n" + fails + "\\n")
    program.chmod(0o755)
print("made", file=open(os.environ["FAKE_LOG"], "a"))
"""

posix_only = pytest.mark.skipif(os.name == "nt", reason="the stand-in programs are shell scripts")


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    root = tmp_path / "a project"
    root.mkdir()
    return Copy(root)


def test_it_parses_on_python_3_6() -> None:
    ast.parse(SOURCE, feature_version=(3, 6))
    assert "from __future__ import annotations" not in SOURCE, "3.6 does not know it"


def test_it_imports_the_standard_library_only() -> None:
    imported = {
        name.name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.Import)
        for name in node.names
    }
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("version", ["3.6", "3.7", "3.8", "3.9"])
def test_an_old_python_is_told_so(version: str) -> None:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = [shutil.which(f"python{version}"), *map(str, pyenv.glob(f"{version}.*/bin/python"))]
    for python in filter(None, found):
        done = subprocess.run([python, str(ROOT / "dev.py"), "test"], capture_output=True, text=True, check=False)
        if done.returncode == 2:
            assert done.stderr.startswith("dev.py: error: Python 3.11 or newer is needed")
            return
    pytest.skip(f"there is no Python {version} here")


@posix_only
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo git version 2.29.1", "git 2.30 or newer is needed; this is 2.29.1"),
        ("exit 1", "git is not installed"),
        (None, "git is not installed"),
    ],
)
def test_an_old_or_missing_git_is_told(copy: Copy, tmp_path: Path, script: str | None, said: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    if script:
        (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "git").chmod(0o755)
    done = copy.run("test", PATH=str(folder))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr


@posix_only
@pytest.mark.parametrize("version", ["2.30.0", "2.39.5 (Apple Git-154)", "3.0.0.windows.1", "unknown"])
def test_a_new_git_of_any_kind_is_taken(copy: Copy, tmp_path: Path, version: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\necho 'git version {version}'\n")
    (folder / "git").chmod(0o755)
    assert copy.run("run", PATH=f"{folder}{os.pathsep}/usr/bin:/bin").returncode == 0


@pytest.mark.parametrize("args", [(), ("-h",), ("--help",), ("nonsense",)])
def test_usage(copy: Copy, args: tuple[str, ...]) -> None:
    done = copy.run(*args)
    assert done.returncode == (0 if args in (("-h",), ("--help",)) else 2)
    assert "demo" in done.stdout + done.stderr
    assert not (copy.root / ".venv").exists()


@posix_only
def test_an_environment_is_made_once_and_used_from_any_folder(copy: Copy, tmp_path: Path) -> None:
    assert copy.run("run", "check", "a b").returncode == 0
    assert copy.run("run", "links", cwd=tmp_path).returncode == 0
    made, install, *rest = copy.calls()
    assert made == "made"
    assert install.endswith(f"--editable {copy.root}[sync]")
    assert rest == ["autopack-hooks check a b", "autopack-hooks links"]


@posix_only
def test_the_demo_needs_less_than_the_tests(copy: Copy) -> None:
    copy.run("demo")
    copy.run("test", "-k", "x")
    installs = [call for call in copy.calls() if "--editable" in call]
    assert [call.rpartition("[")[2] for call in installs] == ["sync]", "dev]"]
    assert copy.calls()[-1].endswith("-k x")


@posix_only
def test_an_interrupted_build_is_made_anew(copy: Copy) -> None:
    failed = copy.run("run", FAKE_FAIL="--editable", FAKE_CODE="1")
    assert failed.returncode == 2
    assert "registry" in failed.stderr and "Traceback" not in failed.stderr
    assert copy.run("run", "check").returncode == 0
    assert copy.calls().count("made") == 2
    assert copy.run("run", "check").returncode == 0
    assert copy.calls().count("made") == 2


@posix_only
def test_a_changed_project_file_replaces_the_environment(copy: Copy) -> None:
    copy.run("run")
    copy.run("test")
    before = copy.environments()
    (copy.root / "pyproject.toml").write_text("# new\n")
    copy.run("run")
    after = copy.environments()
    assert len(after) == 2, "the stale one is gone"
    assert len(set(before) & set(after)) == 1, "the one of another purpose is kept"


@posix_only
def test_two_at_once_build_one_environment(copy: Copy) -> None:
    command = [sys.executable, str(copy.root / "dev.py"), "run"]
    running = [
        subprocess.Popen(command, cwd=copy.root, env={**os.environ, "FAKE_LOG": str(copy.log)}) for _ in range(3)
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert copy.calls().count("made") == 1


@posix_only
@pytest.mark.parametrize("command", ["test", "run", "lint", "demo"])
def test_the_exit_code_is_passed_on(copy: Copy, command: str) -> None:
    failing = {"test": "pytest", "run": "check", "lint": "format", "demo": "demo.py"}[command]
    args = ("check",) if command == "run" else ()
    assert copy.run(command, *args).returncode == 0
    assert copy.run(command, *args, FAKE_FAIL=failing, FAKE_CODE="5").returncode == 5


@posix_only
def test_lint_runs_everything_though_the_first_fails(copy: Copy) -> None:
    copy.run("lint", FAKE_FAIL="check .", FAKE_CODE="1")
    assert copy.calls()[2:] == ["ruff check .", "ruff format --check .", "mypy ", "lint-imports "]


@posix_only
def test_bench_runs_one_or_all(copy: Copy) -> None:
    (copy.root / "bench").mkdir()
    for name in ("b.py", "a.py", "_common.py", "README.md"):
        (copy.root / "bench" / name).write_text("")
    copy.run("bench")
    copy.run("bench", "b", "--fast")
    scripts = [Path(call.partition(" ")[2].split(".py")[0]).name for call in copy.calls()[2:]]
    assert scripts == ["a", "b", "b"]
    assert copy.run("bench", "c").returncode == 2


def test_walk_needs_no_environment(copy: Copy) -> None:
    (copy.root / "examples").mkdir()
    (copy.root / "examples" / "walk.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(3)\n")
    done = copy.run("walk", "git")
    assert (done.returncode, done.stdout.strip()) == (3, "['git']")
    assert copy.calls() == []


def test_an_unknown_way_of_walking_is_named() -> None:
    command = [sys.executable, str(ROOT / "examples/walk.py"), "husky"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (2, "known: git, prek, pre-commit")


def test_generated_files_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "docs/generate.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
