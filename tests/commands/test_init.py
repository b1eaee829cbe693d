"""init: what it writes, that a second run changes nothing, and that nothing of the user's is overwritten."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from autopack_hooks.config.model import parse_config
from autopack_hooks.install import precommit, shims
from autopack_hooks.main import main
from tests.support import GitRepo

NewRepo = Callable[..., GitRepo]
RUNNERS = ("pre-commit", "prek")


@pytest.fixture
def bare_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with git and a shell and nothing else; and a Python with no programs beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "sh", "env"):
        (folder / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(folder))
    return folder


@pytest.fixture
def tool(request: pytest.FixtureRequest, bare_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Only the runner of this name is there, for real."""
    (bare_path / request.param).symlink_to(programs / request.param)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(bare_path / "cache"))
    monkeypatch.setenv("PREK_HOME", str(bare_path / "cache"))
    return str(request.param)


def snapshot(repo: GitRepo) -> dict[str, tuple[bytes, int]]:
    files = [path for path in repo.root.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mode) for path in files}


def init(repo: GitRepo, *args: str, folder: Path | None = None) -> int:
    return main(["init", "--repo", str(folder or repo.root), *args])


def hook_names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".sample"}


@pytest.mark.parametrize("hooks", ["pre-commit", "git", "none"])
@pytest.mark.parametrize("tool", RUNNERS, indirect=True)
def test_a_second_run_changes_nothing_and_says_so(
    repo: GitRepo, tool: str, hooks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(repo, "--hooks", hooks, "--yes") == 0
    first = snapshot(repo)
    assert "Done" in capsys.readouterr().out
    assert init(repo, "--hooks", hooks, "--yes") == 0
    assert snapshot(repo) == first
    out = capsys.readouterr().out
    assert "Nothing to do" in out
    assert all(line.startswith(("kept", "Nothing")) for line in out.splitlines()), out


@pytest.mark.parametrize("tool", RUNNERS, indirect=True)
def test_with_a_runner(repo: GitRepo, tool: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(repo) == 0
    assert f"installed with {tool}" in capsys.readouterr().out
    assert precommit.has_hooks(yaml.safe_load(repo.read(".pre-commit-config.yaml")))
    assert hook_names(repo.root / ".git/hooks") == set(precommit.HOOK_TYPES)


def test_without_a_runner_the_plain_hooks_are_installed(repo: GitRepo, bare_path: Path) -> None:
    assert init(repo) == 0
    folder = repo.root / ".git/hooks"
    assert hook_names(folder) == set(shims.files())
    assert all(os.access(folder / name, os.X_OK) for name in shims.files())
    assert not (repo.root / ".pre-commit-config.yaml").exists()


@pytest.mark.parametrize("tool", ["prek"], indirect=True)
def test_plain_hooks_once_installed_stay_the_default(repo: GitRepo, tool: str) -> None:
    assert init(repo, "--hooks", "git") == 0
    assert init(repo) == 0
    assert not (repo.root / ".pre-commit-config.yaml").exists()


@pytest.mark.parametrize("tool", ["prek"], indirect=True)
def test_a_runner_takes_the_place_of_the_plain_hooks(
    repo: GitRepo, tool: str, capsys: pytest.CaptureFixture[str]
) -> None:
    init(repo, "--hooks", "git")
    capsys.readouterr()
    assert init(repo, "--hooks", "pre-commit") == 0
    assert "removed" in capsys.readouterr().out
    assert hook_names(repo.root / ".git/hooks") == set(precommit.HOOK_TYPES), "no .legacy hook runs ours a second time"


def test_a_runner_that_is_not_there_is_named(
    repo: GitRepo, bare_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write(".pre-commit-config.yaml", "repos: []\n")
    assert init(repo) == 1
    out = capsys.readouterr().out
    assert "extended  .pre-commit-config.yaml" in out
    assert "neither pre-commit nor prek" in out
    assert precommit.hook_types_line() in out, "the file does not say which hooks to install"


@pytest.mark.parametrize("tool", ["pre-commit"], indirect=True)
def test_a_runner_that_refuses_is_quoted(repo: GitRepo, tool: str, capsys: pytest.CaptureFixture[str]) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    for _turn in ("first", "second"):
        assert init(repo, "--hooks", "pre-commit") == 1
        out = capsys.readouterr().out
        assert "core.hooksPath" in next(line for line in out.splitlines() if line.startswith("failed"))
        assert "hooks" in out.splitlines()[-1]


@pytest.mark.parametrize("tool", ["pre-commit"], indirect=True)
def test_a_runner_that_refuses_leaves_the_plain_hooks(repo: GitRepo, tool: str) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    assert init(repo, "--hooks", "git") == 0
    assert init(repo, "--hooks", "pre-commit") == 1
    assert hook_names(repo.root / ".githooks") == set(shims.files())


def test_a_precommit_config_that_names_our_hooks_is_kept(repo: GitRepo, bare_path: Path) -> None:
    text = "repos:  # mine\n- {repo: 'https://x/fork', rev: v9, hooks: [{id: ledger-check}]}\n"
    repo.write(".pre-commit-config.yaml", text)
    assert init(repo) == 1, "there is no runner that would call them"
    assert repo.read(".pre-commit-config.yaml") == text


@pytest.mark.parametrize("text", ["repos: [{repo: meta, hooks: [{id: identity}]}]\n", "repos: [\n", b"\xff\xfe"])
def test_a_precommit_config_that_cannot_be_extended_is_kept(
    repo: GitRepo, bare_path: Path, text: str | bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = repo.write(".pre-commit-config.yaml", text)
    before = path.read_bytes()
    assert init(repo) == 1
    assert path.read_bytes() == before
    assert "- id: ledger-check" in capsys.readouterr().out, "what to paste is shown"


def test_the_configuration_is_read_back(repo: GitRepo) -> None:
    init(repo, "--hooks", "none")
    config = parse_config((repo.root / ".autopack-hooks.yaml").read_bytes(), "x")
    assert config.sync.qdrant.path == ".autopack/qdrant"
    assert config.sync.database_url == "sqlite:///autopack.db"


def test_a_configuration_that_is_there_is_kept(repo: GitRepo) -> None:
    repo.write(".autopack-hooks.yaml", "version: 1\nproject: mine\n")
    init(repo, "--hooks", "none")
    assert repo.read(".autopack-hooks.yaml") == "version: 1\nproject: mine\n"


def test_a_faulty_configuration_stops_before_anything_is_written(
    repo: GitRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write(".autopack-hooks.yaml", "sinc: {}\n")
    before = snapshot(repo)
    assert init(repo, "--hooks", "git") == 2
    assert "sinc" in capsys.readouterr().err
    assert snapshot(repo) == before


@pytest.mark.parametrize(
    ("old", "new", "findings", "mended"),
    [
        ("Total_Builds: 3", "Total_Builds: 7", "1 finding", ", of which `autopack-hooks fix` mends 1"),
        (
            "| 2026-01-01 | BUILD-001 |",
            "| 2026-01-02 | BUILD-001 |",
            "1 finding",
            ", of which `autopack-hooks fix` mends 1",
        ),
        ("Total_Builds: 3", "Total_Builds: 3", "no findings", ""),
        ("### BUILD-001 | 2026-01-01", "### BUILD-001 | 2026-01-41", "1 finding", ""),
    ],
)
def test_how_many_findings_of_a_ledger_fix_mends(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], old: str, new: str, findings: str, mended: str
) -> None:
    ledger_repo.write("docs/BUILD_HISTORY.md", ledger_repo.read("docs/BUILD_HISTORY.md").replace(old, new))
    assert init(ledger_repo, "--hooks", "none") == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "docs/BUILD_HISTORY.md" in line)
    assert line == f"found     docs/BUILD_HISTORY.md: 3 entries in the dialect build-history, {findings}{mended}"


@pytest.mark.parametrize(
    ("statuses", "own"),
    [
        (["Implemented"] * 3 + ["Accepted"], "[Implemented]"),
        (["**implemented** (by us)", "Implemented.", "Implemented", "On hold", "On hold"], "[Implemented]"),
        (["On hold"] * 3, '["On hold"]'),
        (["Implemented"] * 2, ""),
        (["Accepted"] * 4, ""),
        (["We all think that it is so"] * 3, ""),
    ],
)
def test_a_status_that_several_decisions_have_is_one_of_the_ledger(
    repo: GitRepo, capsys: pytest.CaptureFixture[str], statuses: list[str], own: str
) -> None:
    for number, status in enumerate(statuses, 1):
        repo.write(f"docs/adr/{number:04}-a.md", f"# {number}. A\n\nDate: 2026-01-01\n\n## Status\n\n{status}\n")
    repo.commit()
    assert init(repo, "--hooks", "none") == 0
    also = f", statuses_also: {own}" if own else ""
    assert f'{{path: "docs/adr/*.md", dialect: nygard{also}}}\n' in repo.read(".autopack-hooks.yaml")
    assert ("with the statuses_also" in capsys.readouterr().out) is bool(own)


def test_local_stores_are_ignored_in_every_clone(repo: GitRepo) -> None:
    repo.write(".gitignore", "# mine\n*.log")
    init(repo, "--hooks", "none")
    block = "# autopack-hooks: local stores\n/autopack.db*\n/.autopack/\n# end of autopack-hooks\n"
    assert repo.read(".gitignore") == f"# mine\n*.log\n{block}"
    repo.write(".autopack/qdrant/x", "")
    repo.write("autopack.db-wal", "")
    assert repo.git("status", "--porcelain", "-uall") == "?? .autopack-hooks.yaml\n?? .gitignore\n"


def test_what_git_ignores_already_is_not_ignored_again(repo: GitRepo) -> None:
    repo.write(".gitignore", "autopack.db*\n.autopack/\n")
    init(repo, "--hooks", "none")
    assert repo.read(".gitignore") == "autopack.db*\n.autopack/\n"


def test_what_this_clone_alone_ignores_does_not_count(repo: GitRepo) -> None:
    repo.write(".git/info/exclude", "/autopack.db*\n/.autopack/\n")
    init(repo, "--hooks", "none")
    assert "/.autopack/" in repo.read(".gitignore")


def test_files_that_git_tracks_beside_a_store_are_not_hidden(repo: GitRepo) -> None:
    repo.write(".autopack/notes.md", "x\n")
    repo.commit("notes")
    init(repo, "--hooks", "none")
    assert "/.autopack/qdrant*\n" in repo.read(".gitignore")


def test_a_hook_of_the_users_own_is_left_with_the_line_to_add(
    repo: GitRepo, bare_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = repo.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n")
    assert init(repo, "--hooks", "git") == 1
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    assert hook_names(hook.parent) == set(shims.files())
    line = next(line.strip() for line in capsys.readouterr().out.splitlines() if shims.RUNNER_NAME in line)
    hook.write_text(f"#!/bin/sh\n{line}\n")
    init(repo, "--hooks", "git")
    assert "Nothing to do" in capsys.readouterr().out, "a hook that calls ours is left in peace"


def test_a_broken_link_in_the_place_of_a_hook_is_left(repo: GitRepo, bare_path: Path) -> None:
    hook = repo.root / ".git/hooks/post-merge"
    hook.parent.mkdir()
    hook.symlink_to("nowhere")
    init(repo, "--hooks", "git")
    assert os.readlink(hook) == "nowhere"


def test_an_older_shim_is_brought_up_to_date(repo: GitRepo, bare_path: Path) -> None:
    hook = repo.write(".git/hooks/post-merge", "#!/bin/sh\n# autopack-hooks: an older text.\n")
    init(repo, "--hooks", "git")
    assert hook.read_text() == shims.shim("post-merge")


def test_a_shim_that_git_would_not_run_is_mended(repo: GitRepo, bare_path: Path) -> None:
    init(repo, "--hooks", "git")
    hook = repo.root / ".git/hooks/post-merge"
    hook.chmod(0o644)
    init(repo, "--hooks", "git")
    assert os.access(hook, os.X_OK)


def test_hooks_path_inside_the_repository_is_used(repo: GitRepo, bare_path: Path) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    init(repo, "--hooks", "git")
    assert hook_names(repo.root / ".githooks") == set(shims.files())
    assert not (repo.root / ".git/hooks").exists()


def test_hooks_path_outside_the_repository_is_not_touched(
    repo: GitRepo, bare_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = tmp_path / "shared-hooks"
    shared.mkdir()
    repo.git("config", "core.hooksPath", shared)
    assert init(repo, "--hooks", "git") == 1
    assert not hook_names(shared)
    out = capsys.readouterr().out
    assert "core.hooksPath" in out
    lines = [line.strip().partition(": ") for line in out.splitlines() if line.startswith("    ")]
    assert [event for event, _, _ in lines] == list(shims.EVENTS)
    for event, _, line in lines:
        (shared / event).write_text(f"#!/bin/sh\n{line}\n")
    assert init(repo, "--hooks", "git") == 0, "its hooks call this program"


def test_in_a_linked_worktree_the_shared_folder_gets_the_hooks(
    ledger_repo: GitRepo, tmp_path: Path, bare_path: Path
) -> None:
    ledger_repo.git("worktree", "add", "-q", tmp_path / "linked", "-b", "other")
    assert init(ledger_repo, "--hooks", "git", folder=tmp_path / "linked") == 0
    assert (tmp_path / "linked/.autopack-hooks.yaml").exists()
    assert hook_names(ledger_repo.root / ".git/hooks") == set(shims.files())
    assert "/.autopack/" in (tmp_path / "linked/.gitignore").read_text()


def test_from_a_subfolder(ledger_repo: GitRepo, monkeypatch: pytest.MonkeyPatch, bare_path: Path) -> None:
    monkeypatch.chdir(ledger_repo.root / "docs")
    assert main(["init", "--hooks", "git"]) == 0
    assert (ledger_repo.root / ".autopack-hooks.yaml").exists()
    assert (ledger_repo.root / ".git/hooks/post-merge").exists()


def test_in_a_submodule(ledger_repo: GitRepo, new_repo: NewRepo) -> None:
    outer = new_repo("outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", ledger_repo.root, "inner")
    assert init(outer, "--hooks", "git", folder=outer.root / "inner") == 0
    assert (outer.root / "inner/.autopack-hooks.yaml").exists()
    assert set(shims.files()) <= hook_names(outer.root / ".git/modules/inner/hooks")
    assert not (outer.root / ".git/hooks/post-merge").exists()


def test_the_program_is_noted_for_hooks_that_run_without_its_environment(repo: GitRepo, bare_path: Path) -> None:
    program = bare_path / "autopack-hooks"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    init(repo, "--hooks", "git")
    assert repo.git("config", "--local", shims.PROGRAM_KEY).strip() == str(program)


def test_outside_a_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--repo", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "git init" in err
    assert not list(tmp_path.iterdir())


def test_config_makes_no_sense_here(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(repo, "--config", "x.yaml") == 2
    assert "--config" in capsys.readouterr().err


def answering(answer: str | None) -> Callable[[str], str]:
    """What stands in for ``input``: None is a closed terminal."""

    def reply(_question: str) -> str:
        if answer is None:
            raise EOFError
        return answer

    return reply


@pytest.mark.parametrize(("answer", "installed"), [("n", False), (None, False), ("", True), ("Y", True)])
def test_on_a_terminal_it_asks(
    repo: GitRepo, bare_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str | None, installed: bool
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answering(answer))
    assert init(repo, "--hooks", "git") == 0
    assert (repo.root / ".git/hooks/post-merge").exists() is installed
    assert (repo.root / ".autopack-hooks.yaml").exists()


def fake(folder: Path, log: Path, code: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "autopack-hooks"
    program.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(log))}\nexit {code}\n')
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("event", "args", "calls", "ok_when_failing"),
    [
        ("pre-commit", (), "check --staged\nlinks --staged\n", False),
        ("pre-merge-commit", (), "check --staged\nlinks --staged\n", False),
        ("post-merge", ("0",), "sync --hook\n", True),
        ("post-rewrite", ("rebase",), "sync --hook\n", True),
        ("post-commit", (), "sync --hook\n", True),
        ("post-checkout", ("a", "b", "1"), "sync --hook\n", True),
        ("post-checkout", ("a", "a", "0"), "", True),
    ],
)
@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize("found", ["on PATH", "noted by init"])
def test_what_a_shim_runs(
    repo: GitRepo,
    tmp_path: Path,
    bare_path: Path,
    event: str,
    args: tuple[str, ...],
    calls: str,
    ok_when_failing: bool,
    code: int,
    found: str,
) -> None:
    log = tmp_path / "log"
    program = fake(tmp_path / "a folder" / "bin", log, code)
    path = os.environ["PATH"]
    if found == "on PATH":
        path = f"{program.parent}:{path}"
    else:
        repo.git("config", shims.PROGRAM_KEY, program)
    for name, text in shims.files().items():
        (repo.write(f".git/hooks/{name}", text)).chmod(0o755)
    repo.run(repo.root / ".git/hooks" / event, *args, ok=code == 0 or ok_when_failing, PATH=path)
    assert (log.read_text() if log.exists() else "") == calls


@pytest.mark.parametrize("event", shims.EVENTS)
def test_a_shim_that_finds_no_program(repo: GitRepo, bare_path: Path, event: str) -> None:
    for name, text in shims.files().items():
        (repo.write(f".git/hooks/{name}", text)).chmod(0o755)
    before = event.startswith("pre-")
    out = repo.run(repo.root / ".git/hooks" / event, ok=not before)
    assert out.count("\n") == (1 if before else 0), out
    assert ("install it" in out) is before
