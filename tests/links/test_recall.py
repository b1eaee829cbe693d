"""What was said is said again, as long as it is true."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autopack_hooks.main import main
from tests.support import LEDGER, GitRepo

Capture = pytest.CaptureFixture[str]
WAYS: list[tuple[str, ...]] = [
    (), ("--deep",), ("--deep", "--no-mentions"), ("--deep", "--format", "json"), ("--staged",), ("--verbose",),
    ("--staged", "--deep", "--format", "sarif"), ("--format", "github"), ("FILES",),
]  # fmt: skip


def said(root: Path, capsys: Capture, *args: str) -> tuple[int, str, str]:
    files = [str(root / "docs/INDEX.md")] if args == ("FILES",) else args
    code = main(["links", "--repo", str(root), *files])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def cache(repo: GitRepo) -> Path:
    return repo.root / ".git/autopack-hooks"


def entries(repo: GitRepo) -> list[Path]:
    return sorted(cache(repo).glob("cache/links-said-*.json"))


def world(repo: GitRepo) -> GitRepo:
    repo.write("docs/BUILD_HISTORY.md", LEDGER)
    repo.write(
        "README.md", "# R\n\n[i](docs/INDEX.md#index) [g](docs/gone.md) [o](https://github.com/me/mine/blob/main/x)\n"
    )
    repo.write("docs/INDEX.md", "# Index\n\n[a](a.md#one) [s](../src/x.py#L3) `docs/b.md` [b](docs/a.md) [r][none]\n")
    repo.write("docs/a.md", "# One\n\n[c](A.md) [d](sub/b.md#two) <!-- autopack: ignore LNK004 why -->\n")
    repo.write("src/x.py", "1\n2\n3\n")
    repo.commit("start")
    return repo


ACTS: dict[str, Any] = {
    "edit": lambda repo: repo.write("docs/INDEX.md", "# Index\n\n[a](a.md#two) [u](new.md)\n"),
    "heading": lambda repo: repo.write("docs/a.md", "# Two\n"),
    "short": lambda repo: repo.write("src/x.py", "1\n"),
    "long": lambda repo: repo.write("src/x.py", "1\n" * 9),
    "delete": lambda repo: (repo.root / "docs/a.md").unlink(missing_ok=True),
    "no index": lambda repo: (repo.root / "docs/INDEX.md").unlink(missing_ok=True),
    "untracked": lambda repo: repo.write("docs/gone.md", "# Gone\n"),
    "mentioned": lambda repo: repo.write("docs/b.md", "# B\n"),
    "unreadable": lambda repo: repo.write("docs/a.md", b"\xff\xfe"),
    "rename": lambda repo: repo.git("mv", "-f", "docs/a.md", "docs/moved.md", ok=None),
    "case": lambda repo: repo.git("mv", "-f", "docs/INDEX.md", "docs/Index.md", ok=None),
    "symlink": lambda repo: (repo.root / "docs/sub").exists() or (repo.root / "docs/sub").symlink_to("."),
    "add": lambda repo: repo.git("add", "-A"),
    "unstage": lambda repo: repo.git("reset", "-q"),
    "commit": lambda repo: repo.commit("next"),
    "back": lambda repo: repo.git("checkout", "-qf", "HEAD~1", ok=None),
    "ledger": lambda repo: repo.write("docs/DEBUG_LOG.md", "[x](nowhere.md)\n"),
    "policy": lambda repo: repo.write(
        "config/doc_link_check_ignore.yaml", "runtime_endpoints: [{pattern: docs/gone.md}]\n"
    ),
    "config": lambda repo: repo.write(".autopack-hooks.yaml", "links: {nav: [docs/a.md, none.md], history: 0}\n"),
    "severity": lambda repo: repo.write(".autopack-hooks.yaml", "check: {severity: {LNK001: warning}}\n"),
    "bad config": lambda repo: repo.write(".autopack-hooks.yaml", "nonsense: 1\n"),
    "no config": lambda repo: (repo.root / ".autopack-hooks.yaml").unlink(missing_ok=True),
    "baseline": lambda repo: main(["links", "--repo", str(repo.root), "--write-baseline"]),
    "remote": lambda repo: repo.git("config", "remote.origin.url", "https://github.com/me/mine"),
    "other remote": lambda repo: repo.git("config", "remote.origin.url", "https://github.com/me/other"),
    "branch": lambda repo: repo.git("checkout", "-q", "-B", "main", ok=None),
}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(WAYS)), min_size=1, max_size=8))
def test_a_warm_run_equals_a_cold_one(
    repo: GitRepo, tmp_path: Path, capsys: Capture, steps: list[tuple[str, tuple[str, ...]]]
) -> None:
    shutil.rmtree(repo.root)
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main", "--template=")
    world(repo)
    for act, way in [("add", ()), ("add", ("--deep",)), *steps]:
        ACTS[act](repo)
        capsys.readouterr()
        warm = [said(repo.root, capsys, *way) for _ in range(2)]
        kept = cache(repo).rename(tmp_path / "kept") if cache(repo).exists() else None
        cold = said(repo.root, capsys, *way)
        assert warm == [cold, cold], (act, way)
        shutil.rmtree(cache(repo), ignore_errors=True)
        if kept:
            kept.rename(cache(repo))


SCRIPT = """\
import sys
from autopack_hooks.main import main
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
code = main(["links", *sys.argv[1:]])
print("OPENED", *opened, sep="\\n", file=sys.stderr)
print("LOADED", *sys.modules, sep="\\n", file=sys.stderr)
"""


def run(repo: GitRepo, *args: str, **env: str) -> tuple[set[str], set[str]]:
    """The files that a run opens, and the modules that it loads."""
    command = [sys.executable, "-c", SCRIPT, "--repo", str(repo.root), *args]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **env})
    opened, loaded = done.stderr.partition("OPENED\n")[2].split("LOADED\n")
    return set(opened.split("\n")), set(loaded.split())


@pytest.mark.parametrize("args", [(), ("--deep",), ("--deep", "--format", "json")])
def test_every_file_that_is_opened_is_a_question(repo: GitRepo, args: tuple[str, ...]) -> None:
    world(repo)
    ACTS["policy"](repo)
    ACTS["severity"](repo)
    repo.write(".autopack-hooks-baseline.json", '{"version": 1, "findings": []}\n')
    opened, _ = run(repo, *args)
    ours = f"{repo.root}{os.sep}"
    inside = {name.removeprefix(ours) for name in opened if name.startswith(ours)}
    (entry,) = entries(repo)
    questions = json.loads(entry.read_text().partition("\n")[2])["seen"]["files"]
    read = {name for name in inside if not name.startswith(".git/")}
    assert read == {name.removeprefix(ours) for name in questions}
    assert {"README.md", ".autopack-hooks.yaml", "config/doc_link_check_ignore.yaml", "src/x.py"} <= read


HEAVY = (
    "config.model",
    "links.resolve",
    "links.scan",
    "links.cache",
    "links.extract",
    "markdown.blocks",
    "core.findings",
    "core.text",
)


@pytest.mark.parametrize("args", [(), ("--deep",), ("--staged", "--format", "json")])
def test_nothing_is_judged_twice(repo: GitRepo, args: tuple[str, ...]) -> None:
    world(repo)
    ACTS["policy"](repo)
    heavy = {*(f"autopack_hooks.{name}" for name in HEAVY), "yaml", "markdown_it", "dataclasses"}
    assert run(repo, *args)[1] >= heavy - {"autopack_hooks.markdown.blocks"}
    assert not run(repo, *args)[1] & heavy


@pytest.mark.skipif(os.name == "nt", reason="the counting git is a shell script")
@pytest.mark.parametrize(
    ("args", "commands"),
    [
        ((), ["rev-parse", "ls-files"]),
        (("--staged",), ["rev-parse", "ls-files"]),
        (("--deep",), ["rev-parse", "ls-files", "rev-parse", "config"]),
    ],
)
def test_git_is_asked_as_little_as_can_be(
    repo: GitRepo, tmp_path: Path, args: tuple[str, ...], commands: list[str]
) -> None:
    world(repo)
    repo.write("README.md", "[a](docs/gone.md)\n")
    repo.commit()
    log = tmp_path / "log"
    script = tmp_path / "bin/git"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\necho "$1" >> "{log}"\nexec "{shutil.which("git")}" "$@"\n')
    script.chmod(0o755)
    run(repo, *args)
    run(repo, *args, PATH=f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    assert log.read_text().split() == commands


def test_contents_that_no_link_asks_for_do_not_matter(repo: GitRepo, capsys: Capture) -> None:
    repo.write("src/y.py", "")
    world(repo)
    said(repo.root, capsys)
    (entry,) = entries(repo)
    written = [entry.stat().st_mtime_ns]
    for name, text in (("src/y.py", "more\n"), ("src/x.py", "4 lines\n" * 4), ("src/z.py", "")):
        repo.write(name, text)
        repo.commit("next")
        said(repo.root, capsys)
        written.append(entry.stat().st_mtime_ns)
    # x.py has its lines counted; with z.py the paths are others.
    assert [after > before for before, after in pairwise(written)] == [False, True, True]


DAMAGE = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "one letter": lambda data: data.replace(b"does not exist", b"does now exist"),
    "no digest": lambda data: data.partition(b"\n")[2],
    "other": lambda data: b"[]",
    "deep": lambda data: b"x\n" + b"[" * 100_000,
    "binary": lambda data: b"\xff\x00" * 99,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_thrown_away(repo: GitRepo, capsys: Capture, damage: str) -> None:
    world(repo)
    truth = said(repo.root, capsys)
    (entry,) = entries(repo)
    data = entry.read_bytes()
    entry.write_bytes(DAMAGE[damage](data))
    assert said(repo.root, capsys) == truth
    assert entry.read_bytes() == data


@pytest.mark.parametrize("key", ["made", "seen", "said"])
@pytest.mark.parametrize("value", [None, [], {}, {"git": {"unheard of": 1}}, ["a", "b"]])
def test_an_entry_of_another_make_is_thrown_away(repo: GitRepo, capsys: Capture, key: str, value: object) -> None:
    from autopack_hooks.links.recall import _checked, _sealed

    world(repo)
    truth = said(repo.root, capsys)
    (entry,) = entries(repo)
    foreign = {**_checked(entry.read_bytes()), key: value}
    entry.write_bytes(_sealed(foreign))
    assert said(repo.root, capsys) == truth


def test_each_way_of_asking_has_its_entry(repo: GitRepo, capsys: Capture) -> None:
    world(repo)
    for way in WAYS:
        said(repo.root, capsys, *way)
    assert len(entries(repo)) == len(WAYS) - 1


@pytest.mark.parametrize("option", ["--export-json", "--export-md"])
def test_what_is_more_than_an_answer_is_done_every_time(
    repo: GitRepo, capsys: Capture, tmp_path: Path, option: str
) -> None:
    world(repo)
    for _ in range(2):
        said(repo.root, capsys, "--deep", option, str(tmp_path / "plan"))
        (tmp_path / "plan").unlink()
        said(repo.root, capsys, "--write-baseline")
        (repo.root / ".autopack-hooks-baseline.json").unlink()
    assert entries(repo) == []


def test_a_configuration_given_by_hand(repo: GitRepo, capsys: Capture, tmp_path: Path) -> None:
    world(repo)
    given = tmp_path / "given.yaml"
    given.write_text("check: {ignore: [LNK]}\n")
    assert said(repo.root, capsys, "--config", str(given))[0] == 0
    assert said(repo.root, capsys)[0] == 1
    assert said(repo.root, capsys, "--config", str(given))[0] == 0
    given.write_text("check: {}\n")
    assert said(repo.root, capsys, "--config", str(given))[0] == 1
    given.unlink()
    assert said(repo.root, capsys, "--config", str(given))[0] == 2


def test_work_trees_answer_for_themselves(repo: GitRepo, capsys: Capture, tmp_path: Path) -> None:
    world(repo)
    other = tmp_path / "other"
    repo.git("worktree", "add", "-q", other)
    (other / "README.md").write_text("all is well\n")
    (other / "docs/INDEX.md").write_text("all is well\n")
    for _ in range(2):
        assert [said(root, capsys)[0] for root in (repo.root, other)] == [1, 0]
    assert len(entries(repo)) == 2


def test_a_folder_that_cannot_be_written_is_done_without(repo: GitRepo, capsys: Capture) -> None:
    world(repo)
    truth = said(repo.root, capsys)
    shutil.rmtree(cache(repo))
    cache(repo).write_text("no folder")
    assert said(repo.root, capsys) == said(repo.root, capsys) == truth


def test_runs_at_the_same_time(repo: GitRepo, capsys: Capture) -> None:
    world(repo)
    command = [sys.executable, "-m", "autopack_hooks", "links", "--deep", "--repo", str(repo.root)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    outputs = {one.communicate()[0] for one in runs}
    assert outputs == {said(repo.root, capsys, "--deep")[1]}
    assert not [path for path in cache(repo).rglob("*") if re.search(r"\.tmp$", path.name)]
