"""The hooks through the real pre-commit, the real prek and plain git: every way in which git changes a ledger.

The runners take our hooks from a ``repo: local`` block made from our manifest, so that nothing is downloaded.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from autopack_hooks.install import precommit
from autopack_hooks.main import main
from tests.support import GitRepo

MANIFEST = Path(__file__).parent.parent.parent / ".pre-commit-hooks.yaml"
BUILDS = "docs/BUILD_HISTORY.md"
KEPT = ("id", "name", "entry", "pass_filenames", "always_run", "require_serial", "stages", "verbose")


def local_config() -> str:
    """A configuration of the runners with the hooks of our manifest, run by this Python from these sources."""
    hooks = []
    for hook in yaml.safe_load(MANIFEST.read_text()):
        if hook["id"] in precommit.HOOKS:
            entry = hook["entry"].replace("autopack-hooks", f"{shlex.quote(sys.executable)} -m autopack_hooks", 1)
            hooks.append({**{key: hook[key] for key in KEPT if key in hook}, "entry": entry, "language": "system"})
    data = {
        "default_install_hook_types": list(precommit.HOOK_TYPES),
        "repos": [{"repo": "local", "hooks": hooks}],
    }
    return yaml.safe_dump(data)


class Installer:
    """Installs the hooks into a repository, in one of three ways."""

    def __init__(self, way: str, programs: Path) -> None:
        self.way = way
        self.program = shutil.which(way, path=f"{programs}{os.pathsep}{os.environ['PATH']}")

    def __call__(self, repo: GitRepo) -> GitRepo:
        if self.way == "git":
            assert main(["init", "--hooks", "git", "--yes", "--repo", str(repo.root)]) == 0
        else:
            assert self.program, f"{self.way} belongs to the environment of the tests"
            repo.run(self.program, "install")
        return repo


every_way = pytest.mark.parametrize("install", ["pre-commit", "prek", "git"], indirect=True)
"""For what a runner itself could get wrong. pre-commit costs the most time, so the rest is left to the other two."""


plain_way = pytest.mark.parametrize("install", ["git"], indirect=True)
"""For what depends on git alone."""


@pytest.fixture(params=["prek", "git"])
def install(
    request: pytest.FixtureRequest, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Installer:
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    monkeypatch.setenv("PREK_HOME", str(tmp_path / "prek"))
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return Installer(request.param, programs)


@pytest.fixture
def origin(ledger_repo: GitRepo) -> GitRepo:
    """Where colleagues commit: a repository with the hooks in its configuration and none installed."""
    ledger_repo.write(".pre-commit-config.yaml", local_config())
    ledger_repo.write(".autopack-hooks.yaml", "version: 1\nproject: demo\n")
    ledger_repo.write(".gitignore", "autopack.db*\n")
    ledger_repo.commit("hooks")
    return ledger_repo


@pytest.fixture
def work(origin: GitRepo, install: Installer, tmp_path: Path) -> GitRepo:
    """A clone of ``origin`` with the hooks installed."""
    return install(clone(origin, tmp_path / "work"))


def clone(origin: GitRepo, target: Path, *options: str) -> GitRepo:
    origin.git("clone", "-q", "--template=", *options, origin.root.as_uri(), target)
    return GitRepo(target)


def change(repo: GitRepo, word: str, number: int = 1) -> None:
    """Change one entry's text."""
    names = {1: "first", 2: "second", 3: "third"}
    text = repo.read(BUILDS)
    old = f"\nAdds the {names[number]} thing"
    assert text.count(old) == 1
    repo.write(BUILDS, text.replace(old, f"\n{word}: adds the {names[number]} thing"))


def break_it(repo: GitRepo) -> None:
    """Give one id to two sections."""
    repo.write(BUILDS, repo.read(BUILDS).replace("### BUILD-001", "### BUILD-002"))


def rows(repo: GitRepo) -> dict[str, str]:
    """Entry id -> content; nothing where there is no database."""
    path = repo.root / "autopack.db"
    if not path.exists():
        return {}
    connection = sqlite3.connect(path)
    try:
        return dict(connection.execute("select entry_id, content from sot_entries"))
    finally:
        connection.close()


def assert_synced(repo: GitRepo, *words: str) -> None:
    """The database holds all three entries, and each word in one of them."""
    stored = rows(repo)
    assert set(stored) == {"BUILD-001", "BUILD-002", "BUILD-003"}
    for word in words:
        assert any(word in content for content in stored.values()), f"{word} was not synced: {stored}"


@every_way
def test_a_bad_commit_is_refused_with_its_finding(work: GitRepo) -> None:
    before = work.git("rev-parse", "HEAD")
    break_it(work)
    out = work.git("commit", "-a", "-m", "bad", ok=False)
    assert f"{BUILDS}:" in out and "LED004" in out and "BUILD-002" in out
    assert "Traceback" not in out
    assert work.git("rev-parse", "HEAD") == before
    assert rows(work) == {}


@plain_way
def test_a_good_commit_is_made_and_synced(work: GitRepo) -> None:
    change(work, "alpha")
    out = work.git("commit", "-a", "-m", "good")
    assert "inserted" in out, "the sync tells what it did"
    assert_synced(work, "alpha")


@every_way
def test_the_deletion_of_a_link_target_is_seen(work: GitRepo) -> None:
    work.write("README.md", "# Demo\n\n[Index](docs/INDEX.md)\n[History](docs/BUILD_HISTORY.md)\n")
    work.commit("link")
    work.git("rm", "-q", "docs/INDEX.md")
    out = work.git("commit", "-m", "deletes a target", ok=False)
    assert "README.md:3:" in out and "docs/INDEX.md" in out


@plain_way
def test_the_deletion_of_a_ledger_is_seen(work: GitRepo) -> None:
    work.git("rm", "-q", BUILDS)
    work.write("README.md", "# Demo\n")
    work.write("docs/INDEX.md", "# Index\n")
    work.git("add", "-A")
    assert BUILDS in work.git("commit", "-m", "deletes a ledger", ok=False)


@pytest.mark.parametrize("how", [("commit", "-m", "x"), ("commit", "-m", "x", "--only", "README.md")])
def test_only_what_is_committed_is_checked(work: GitRepo, how: tuple[str, ...]) -> None:
    work.write("README.md", "# Demo\n\nMore.\n")
    work.git("add", "README.md")
    break_it(work)
    broken = work.read(BUILDS)
    work.git(*how)
    assert work.read(BUILDS) == broken, "unstaged edits are still there"
    assert_synced(work)


def test_what_is_staged_is_checked_though_the_file_was_mended(work: GitRepo) -> None:
    good = work.read(BUILDS)
    break_it(work)
    work.git("add", "-A")
    work.write(BUILDS, good)
    assert "LED004" in work.git("commit", "-m", "bad", ok=False)


@every_way
def test_a_merge_commit_is_synced(work: GitRepo) -> None:
    work.git("checkout", "-q", "-b", "feature")
    change(work, "alpha")
    work.commit()
    work.git("checkout", "-q", "main")
    work.git("merge", "--no-ff", "-m", "merge", "feature")
    assert_synced(work, "alpha")


@every_way
def test_a_bad_merge_is_refused(work: GitRepo) -> None:
    """Two branches that are right by themselves, and take the same id in different places of the file."""
    text = work.read(BUILDS)
    meta = ("Total_Builds: 3", "Total_Builds: 4")
    row = "| 2026-01-04 | BUILD-004 | {0} | {0} | 1 |\n"
    section = "### BUILD-004 | 2026-01-04 | {0}\n\n**Status**: Complete\n\n{0}.\n\n"
    for branch, before_row, before_section in (
        ("ours", "| 2026-01-03 |", "### BUILD-003 |"),
        ("theirs", "| 2026-01-01 |", "### BUILD-001 |"),
    ):
        work.git("checkout", "-q", "-b", branch, "main")
        new = text.replace(*meta).replace(before_row, row.format(branch) + before_row)
        work.write(BUILDS, new.replace(before_section, section.format(branch) + before_section))
        work.commit(branch)
    out = work.git("merge", "--no-ff", "-m", "merge", "ours", ok=False)
    assert "BUILD-004" in out and "CONFLICT" not in out, out


@every_way
def test_a_fast_forward_pull_is_synced(work: GitRepo, origin: GitRepo) -> None:
    change(origin, "alpha")
    origin.commit()
    work.git("pull", "-q", "--ff-only")
    assert_synced(work, "alpha")


@every_way
def test_a_pull_with_rebase_is_synced(work: GitRepo, origin: GitRepo) -> None:
    change(origin, "theirs", 1)
    origin.commit()
    for number, word in ((3, "ours"), (2, "later")):
        change(work, word, number)
        work.commit()
    out = work.git("pull", "-q", "--rebase")
    assert out.count(" synced: ") == 1, "once, at its end, and not for every commit that is picked"
    assert_synced(work, "theirs", "ours", "later")


@plain_way
def test_a_rebase_that_only_moves_forward_is_synced(work: GitRepo, origin: GitRepo) -> None:
    change(origin, "theirs", 1)
    origin.commit()
    work.git("fetch", "-q")
    work.git("rebase", "-q", "--autostash", "origin/main")  # init may have left files to be committed
    assert_synced(work, "theirs")


@every_way
def test_a_squash_merge_is_synced_once_it_is_committed(work: GitRepo) -> None:
    work.git("checkout", "-q", "-b", "feature")
    change(work, "alpha")
    work.commit()
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--squash", "feature")
    assert not any("alpha" in content for content in rows(work).values())
    work.git("commit", "-q", "-m", "squashed")
    assert_synced(work, "alpha")


@every_way
def test_a_conflicted_merge_is_synced_once_it_is_committed(work: GitRepo) -> None:
    for branch, word in (("ours", "alpha"), ("theirs", "beta")):
        work.git("checkout", "-q", "-b", branch, "main")
        change(work, word)
        work.commit(branch)
    work.git("merge", "ours", ok=False)
    work.git("add", "-A")
    assert "LED002" in work.git("commit", "-m", "markers and all", ok=False)
    work.git("checkout", "-q", "ours", "--", BUILDS)
    work.git("commit", "-q", "-m", "solved")
    assert_synced(work, "alpha")


@plain_way
def test_an_amended_commit_is_synced(work: GitRepo) -> None:
    change(work, "alpha")
    work.git("commit", "-q", "-a", "--amend", "-m", "amended")
    assert_synced(work, "alpha")


@every_way
def test_unstaged_edits_are_not_synced_and_not_lost(work: GitRepo, origin: GitRepo) -> None:
    origin.write("other.txt", "x")
    origin.commit()
    change(work, "draft")
    draft = work.read(BUILDS)
    work.git("pull", "-q", "--ff-only")
    assert work.read(BUILDS) == draft
    assert_synced(work)
    assert not any("draft" in content for content in rows(work).values())


@plain_way
def test_a_database_that_cannot_be_used_does_not_fail_a_merge(work: GitRepo, origin: GitRepo) -> None:
    (work.root / "autopack.db").mkdir()
    change(origin, "alpha")
    origin.commit()
    out = work.git("pull", "--ff-only")
    assert "warning" in out and "Traceback" not in out
    assert "alpha" in work.read(BUILDS)


@every_way
def test_in_a_linked_worktree(work: GitRepo, tmp_path: Path) -> None:
    linked = GitRepo(tmp_path / "linked")
    work.git("worktree", "add", "-q", "-b", "side", linked.root)
    break_it(linked)
    assert "LED004" in linked.git("commit", "-a", "-m", "bad", ok=False)
    linked.git("checkout", "-q", BUILDS)
    change(linked, "alpha")
    linked.git("commit", "-q", "-a", "-m", "good")
    assert_synced(linked, "alpha")
    assert not any("alpha" in content for content in rows(work).values()), "each worktree has its own database"


def test_in_a_shallow_clone(origin: GitRepo, install: Installer, tmp_path: Path) -> None:
    change(origin, "alpha")
    origin.commit()
    shallow = install(clone(origin, tmp_path / "shallow", "--depth", "1"))
    change(origin, "beta", 2)
    origin.commit()
    shallow.git("pull", "-q", "--ff-only")
    assert shallow.git("rev-parse", "--is-shallow-repository").strip() == "true"
    assert_synced(shallow, "alpha", "beta")
    break_it(shallow)
    assert "LED004" in shallow.git("commit", "-a", "-m", "bad", ok=False)


def test_with_a_submodule(work: GitRepo, new_repo: Callable[..., GitRepo]) -> None:
    inner = new_repo("inner")
    inner.write("docs/BUILD_HISTORY.md", "### BUILD-1 broken\n")
    inner.commit()
    work.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", inner.root, "vendor/inner")
    change(work, "alpha")
    work.git("commit", "-q", "-a", "-m", "with a submodule")
    assert_synced(work, "alpha")


@plain_way
def test_from_a_subfolder(work: GitRepo) -> None:
    docs = work.root / "docs"
    break_it(work)
    assert f"{BUILDS}:" in work.git("commit", "-a", "-m", "bad", ok=False, cwd=docs)
    work.git("checkout", "-q", ".", cwd=docs)
    change(work, "alpha")
    work.git("commit", "-q", "-a", "-m", "good", cwd=docs)
    assert_synced(work, "alpha")
    assert not (docs / "autopack.db").exists()


def test_before_the_first_commit(origin: GitRepo, new_repo: Callable[..., GitRepo], install: Installer) -> None:
    fresh = new_repo("fresh")
    for name in origin.git("ls-files").split():
        fresh.write(name, origin.read(name))
    install(fresh)
    good = fresh.read(BUILDS)
    break_it(fresh)
    fresh.git("add", "-A")
    assert "LED004" in fresh.git("commit", "-m", "bad", ok=False)
    fresh.write(BUILDS, good)
    fresh.git("add", "-A")
    fresh.git("commit", "-q", "-m", "first")
    assert_synced(fresh)


@plain_way
def test_with_both_stores(work: GitRepo, origin: GitRepo) -> None:
    origin.write(".autopack-hooks.yaml", "version: 1\nsync:\n  qdrant:\n    path: .autopack/qdrant\n")
    change(origin, "alpha")
    origin.commit()
    out = work.git("pull", "--ff-only")
    assert "qdrant 3 inserted" in out
    assert (work.root / ".autopack/qdrant").is_dir()
    assert_synced(work, "alpha")


@plain_way
def test_a_second_event_is_silent(work: GitRepo, install: Installer) -> None:
    work.git("commit", "-q", "--allow-empty", "-m", "one")
    assert_synced(work)
    out = work.git("commit", "--allow-empty", "-m", "two")
    assert "synced" not in out, "no ledger changed, so there is nothing to tell"


@pytest.mark.parametrize("install", ["pre-commit", "prek"], indirect=True)
def test_the_manual_stage(origin: GitRepo, install: Installer) -> None:
    assert install.program
    config: dict[str, Any] = yaml.safe_load(origin.read(".pre-commit-config.yaml"))
    for hook in config["repos"][0]["hooks"]:
        assert "manual" in hook["stages"]
    out = origin.run(install.program, "run", "--all-files", "--hook-stage", "manual")
    assert out.count("Passed") == 3
    assert_synced(origin)
