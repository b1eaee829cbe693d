"""doctor and uninstall: what is wrong is named with the command that mends it; what init put in is taken out again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack_hooks.install import precommit, shims
from autopack_hooks.install.ignored import START
from autopack_hooks.main import main
from tests.support import GitRepo


@pytest.fixture
def installed(ledger_repo: GitRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> GitRepo:
    """A repository with the plain hooks, and a PATH with git, a shell and this program."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "sh", "env"):
        (folder / name).symlink_to(shutil.which(name) or name)
    (folder / "autopack-hooks").write_text("#!/bin/sh\n")
    (folder / "autopack-hooks").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(folder))
    assert run(ledger_repo, "init", "--hooks", "git", "--yes") == 0
    return ledger_repo


def run(repo: GitRepo, *args: str) -> int:
    return main([args[0], "--repo", str(repo.root), *args[1:]])


def drop_shim(repo: GitRepo) -> None:
    (repo.root / ".git/hooks/pre-commit").unlink()


def drop_bit(repo: GitRepo) -> None:
    (repo.root / ".git/hooks/post-merge").chmod(0o644)


def drop_runner(repo: GitRepo) -> None:
    (repo.root / ".git/hooks/autopack-hooks.sh").unlink()


def own_hook(repo: GitRepo) -> None:
    repo.write(".git/hooks/pre-commit", "#!/bin/sh\necho mine\n").chmod(0o755)


def lose_program(repo: GitRepo) -> None:
    repo.git("config", shims.PROGRAM_KEY, "/nowhere/autopack-hooks")


def lose_driver(repo: GitRepo) -> None:
    repo.git("config", "--unset", "merge.autopack-ledger.driver")


def lose_attributes(repo: GitRepo) -> None:
    (repo.root / ".gitattributes").unlink()


def lose_ignores(repo: GitRepo) -> None:
    (repo.root / ".gitignore").unlink()


def break_configuration(repo: GitRepo) -> None:
    repo.write(".autopack-hooks.yaml", "sinc: {}\n")


def lose_ledger(repo: GitRepo) -> None:
    repo.write(".autopack-hooks.yaml", "ledgers:\n  decisions: {path: docs/adr, dialect: madr}\n")


def hide_configuration(repo: GitRepo) -> None:
    repo.write(".gitignore", repo.read(".gitignore") + "*.yaml\n")


def leave_the_repository(repo: GitRepo) -> None:
    repo.write(".autopack-hooks.yaml", "sync: {database_url: 'sqlite:////nowhere/else.db'}\n")


FAULTS: list[tuple[Callable[[GitRepo], None], str, str]] = [
    (drop_shim, ".git/hooks/pre-commit is missing", "autopack-hooks init"),
    (drop_bit, "post-merge is not executable", "autopack-hooks init"),
    (drop_runner, "autopack-hooks.sh, which the hooks call, is missing", "autopack-hooks init"),
    (own_hook, "pre-commit does not call this program", "autopack-hooks init"),
    (lose_program, "/nowhere/autopack-hooks", "autopack-hooks init"),
    (lose_driver, "merge.autopack-ledger.driver is not set", "autopack-hooks init"),
    (lose_attributes, ".gitattributes does not give docs/BUILD_HISTORY.md", "autopack-hooks init"),
    (lose_ignores, "/autopack.db*", "autopack-hooks init"),
    (break_configuration, "sinc", "correct .autopack-hooks.yaml"),
    (lose_ledger, "decisions: there is no file docs/adr/*.md", "autopack-hooks new decisions"),
    (hide_configuration, ".autopack-hooks.yaml is ignored by git", "!/.autopack-hooks.yaml"),
    (leave_the_repository, "allowPath", "see above"),
]


def test_a_fresh_installation_has_no_problems(installed: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(installed, "doctor") == 0
    out = capsys.readouterr().out
    assert out.endswith("No problems.\n") and "wrong" not in out


@pytest.mark.parametrize(("fault", "message", "command"), FAULTS, ids=[fault[0].__name__ for fault in FAULTS])
def test_a_fault_is_named_with_what_mends_it(
    installed: GitRepo, capsys: pytest.CaptureFixture[str], fault: Callable[[GitRepo], None], message: str, command: str
) -> None:
    fault(installed)
    capsys.readouterr()
    assert run(installed, "doctor", "--format", "json") == 1
    report = json.loads(capsys.readouterr().out)
    wrong = [check for check in report["checks"] if check["state"] == "wrong"]
    assert not report["ok"]
    assert any(message in check["message"] and command in check["command"] for check in wrong), wrong


@pytest.mark.parametrize(
    "fault", [drop_shim, drop_bit, drop_runner, lose_program, lose_driver, lose_attributes, lose_ignores]
)
def test_init_mends_what_it_is_said_to_mend(installed: GitRepo, fault: Callable[[GitRepo], None]) -> None:
    fault(installed)
    run(installed, "init", "--hooks", "git", "--yes")
    assert run(installed, "doctor") == 0


def test_without_hooks_nothing_is_checked(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ledger_repo, "doctor") == 1
    assert "not installed" in capsys.readouterr().out


def test_a_store_behind_head(installed: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    installed.commit("set up")
    assert run(installed, "sync", "--db-only", "--execute") == 0
    assert run(installed, "doctor") == 0
    text = installed.read("docs/BUILD_HISTORY.md")
    installed.write("docs/BUILD_HISTORY.md", text.replace("Adds the first thing.", "Adds it."))
    installed.commit("more")
    capsys.readouterr()
    assert run(installed, "doctor") == 1
    out = capsys.readouterr().out
    assert "behind HEAD, 1 entry differs" in out and "autopack-hooks sync --execute" in out


def test_uninstall_takes_out_what_init_put_in_and_init_works_again(
    installed: GitRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = installed.read("docs/BUILD_HISTORY.md")
    settings = installed.read(".autopack-hooks.yaml")
    assert run(installed, "uninstall") == 0
    assert not [path for path in (installed.root / ".git/hooks").iterdir() if b"autopack" in path.read_bytes()]
    assert "autopack" not in installed.git("config", "--local", "--list")
    assert not (installed.root / ".gitattributes").exists() and not (installed.root / ".gitignore").exists()
    assert (installed.read("docs/BUILD_HISTORY.md"), installed.read(".autopack-hooks.yaml")) == (ledger, settings)
    capsys.readouterr()
    assert run(installed, "uninstall") == 0
    assert capsys.readouterr().out.startswith("Nothing to do")
    assert run(installed, "init", "--hooks", "git", "--yes") == 0
    assert run(installed, "doctor") == 0


def test_what_is_the_users_own_stays(installed: GitRepo) -> None:
    hook = installed.write(
        ".git/hooks/pre-commit", f"#!/bin/sh\necho mine\n{shims.chained_line('pre-commit')}\necho end\n"
    )
    hook.chmod(0o755)
    installed.write(".gitattributes", "*.png binary\n" + installed.read(".gitattributes"))
    installed.write(".gitignore", "*.log\n" + installed.read(".gitignore") + "*.tmp\n")
    installed.git("config", "autopack-hooks.allowPath", "/data")
    assert run(installed, "uninstall") == 0
    assert hook.read_text() == "#!/bin/sh\necho mine\necho end\n"
    assert hook.stat().st_mode & 0o111
    assert installed.read(".gitattributes") == "*.png binary\n"
    assert installed.read(".gitignore") == "*.log\n*.tmp\n"
    assert installed.git("config", "autopack-hooks.allowPath").strip() == "/data", "a permission of the user's"


def test_a_hook_that_calls_ours_in_another_way_is_named(installed: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    installed.write(".git/hooks/pre-commit", "#!/bin/sh\nsh .git/hooks/autopack-hooks.sh pre-commit\n").chmod(0o755)
    assert run(installed, "uninstall") == 1
    assert "pre-commit still calls autopack-hooks.sh" in capsys.readouterr().out
    assert (installed.root / ".git/hooks/autopack-hooks.sh").exists()


def test_a_store_that_is_there_stays_hidden(installed: GitRepo) -> None:
    installed.write("autopack.db", "x")
    assert run(installed, "uninstall") == 0
    assert START not in installed.git("show", ":.gitignore", ok=False)
    assert "autopack.db" not in installed.git("status", "--porcelain")


OTHER = "  - repo: local\n    hooks:\n      - id: a\n        name: a\n        entry: a\n        language: system\n"


def test_our_block_leaves_a_configuration_of_pre_commit(installed: GitRepo) -> None:
    from autopack_hooks.install.origin import RELEASE

    ours = "".join(f"  {line}\n" for line in precommit.block(RELEASE))
    installed.write(".pre-commit-config.yaml", f"# mine\nrepos:\n{OTHER}{ours}ci: {{}}\n")
    assert run(installed, "uninstall") == 0
    assert installed.read(".pre-commit-config.yaml") == f"# mine\nrepos:\n{OTHER}ci: {{}}\n"
    installed.write(".pre-commit-config.yaml", precommit.new_file(RELEASE))
    assert run(installed, "uninstall") == 0
    assert not (installed.root / ".pre-commit-config.yaml").exists()
