"""mv: every link to a document and in it is taken along, and what would lose something is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autopack_hooks.main import main
from tests.support import GitRepo

Capture = pytest.CaptureFixture[str]

GUIDE = """\
# Guide

![logo](img/logo.png) [up](../README.md#r) [here](#part) [net](https://example.com/guide.md)

<a href="INDEX.md">index</a> [by reference][r] `../README.md` [gone](gone.md) [draft](draft.md)

## Part

[r]: INDEX.md "Index"
"""
README = (
    "# R\n\n[a](docs/guide.md#part) [b](/docs/guide.md) [c](<docs/guide.md> 'T') [d](docs/) [e](docs/guide.md#none)\n"
)
INDEX = (
    "# Index\r\n\r\n[g][g] <a href='guide.md'>g</a> ![l](img/logo.png)\r\n\r\n```\r\n[a](guide.md)\r\n```\r\n\r\n"
    "[g]: ./guide.md\r\n"
)


@pytest.fixture
def docs(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    repo.write("README.md", README)
    repo.write("docs/guide.md", GUIDE)
    repo.write("docs/INDEX.md", INDEX.encode())
    repo.write("docs/img/logo.png", b"\x89PNG")
    repo.git("config", "core.autocrlf", "false")
    repo.commit()
    repo.write("docs/draft.md", "# not tracked\n")
    monkeypatch.chdir(repo.root)
    return repo


def texts(repo: GitRepo) -> dict[str, str]:
    names = repo.git("ls-files", "-co", "--exclude-standard").split()
    return {name: (repo.root / name).read_bytes().decode("latin-1") for name in names if (repo.root / name).is_file()}


def test_a_document_moves_with_its_links(docs: GitRepo, capsys: Capture) -> None:
    before = texts(docs)
    assert main(["mv", "docs/guide.md", "manual/start/intro.md"]) == 0
    assert capsys.readouterr().out == "moved docs/guide.md to manual/start/intro.md, with 11 links in 3 documents\n"
    after = texts(docs)
    assert after["manual/start/intro.md"] == (
        GUIDE.replace("(img/", "(../../docs/img/").replace("(../README", "(../../README")
        .replace('"INDEX.md"', '"../../docs/INDEX.md"').replace("]: INDEX", "]: ../../docs/INDEX")
        .replace("(draft.md", "(../../docs/draft.md")
    )  # fmt: skip
    assert after["README.md"] == README.replace("docs/guide.md", "manual/start/intro.md")
    assert after["docs/INDEX.md"] == (
        INDEX.replace("'guide.md'", "'../manual/start/intro.md'").replace("./guide.md", "../manual/start/intro.md")
    )
    tracked = docs.git("ls-files").split()
    assert "manual/start/intro.md" in tracked and "docs/guide.md" not in tracked and "docs/draft.md" not in tracked
    assert main(["mv", "manual/start/intro.md", "docs/guide.md"]) == 0
    assert texts(docs) == {**before, "docs/INDEX.md": INDEX.replace("./guide.md", "guide.md")}


def test_a_folder_moves_with_everything_in_it(docs: GitRepo) -> None:
    assert main(["mv", "docs", "handbook"]) == 0
    after = texts(docs)
    assert after["README.md"] == README.replace("docs/", "handbook/")
    assert (after["handbook/guide.md"], after["handbook/INDEX.md"]) == (GUIDE, INDEX)
    assert set(after) == {
        "README.md",
        "handbook/guide.md",
        "handbook/INDEX.md",
        "handbook/img/logo.png",
        "handbook/draft.md",
    }
    assert "handbook/img/logo.png" in docs.git("ls-files") and "docs/" not in docs.git("ls-files")


def test_an_image_moves_and_a_folder_that_exists_takes_it_in(docs: GitRepo) -> None:
    (docs.root / "assets").mkdir()
    assert main(["mv", "docs/img/logo.png", "assets"]) == 0
    after = texts(docs)
    assert "assets/logo.png" in after and "(../assets/logo.png)" in after["docs/guide.md"] + after["docs/INDEX.md"]


def test_a_preview_changes_nothing(docs: GitRepo, capsys: Capture) -> None:
    before = texts(docs), docs.git("status", "--porcelain")
    assert main(["mv", "docs/guide.md", "guide.md", "--diff"]) == 0
    out = capsys.readouterr().out
    assert "+[a](guide.md#part)" in out and "would move docs/guide.md to guide.md" in out
    assert (texts(docs), docs.git("status", "--porcelain")) == before


def test_a_stub_stays_at_the_old_place(docs: GitRepo) -> None:
    assert main(["mv", "docs/guide.md", "guide.md", "--stub"]) == 0
    assert docs.read("docs/guide.md") == "# Moved\n\nThis document is now [guide.md](<../guide.md>).\n"
    assert docs.read("README.md").count("](guide.md") == 2


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("docs/guide.md", "README.md", "there is something already"),
        ("docs/guide.md", "docs/guide.md", "itself"),
        ("docs", "docs/inner", "inside of it"),
        ("docs/none.md", "x.md", "git does not track it"),
        ("docs/draft.md", "x.md", "git does not track it"),
        ("docs/guide.md", "../out.md", "not in the work tree"),
        ("../out.md", "x.md", "not in the work tree"),
        ("docs/guide.md", ".git/x.md", "not in the work tree"),
        ("docs/guide.md", "README.md/x.md", "README.md is a file"),
        ("docs/guide.md", "out/x.md", "not in the work tree"),
        ("docs", "elsewhere --stub", "a folder"),
    ],
)
def test_what_would_lose_something_is_refused(docs: GitRepo, capsys: Capture, old: str, new: str, words: str) -> None:
    (docs.root / "out").symlink_to(docs.root.parent)
    before = texts(docs), docs.git("status", "--porcelain")
    assert main(["mv", old, *new.split()]) == 2
    assert words in capsys.readouterr().err
    assert (texts(docs), docs.git("status", "--porcelain")) == before


def test_symbolic_links_and_settings_that_name_it_are_reported(docs: GitRepo, capsys: Capture) -> None:
    (docs.root / "latest.md").symlink_to("docs/guide.md")
    docs.write(".autopack-hooks.yaml", "version: 1\nlinks: {nav: [README.md, docs/guide.md]}\n")
    docs.commit()
    assert main(["mv", "docs/guide.md", "guide.md"]) == 1
    err = capsys.readouterr().err
    assert "latest.md: this symbolic link leads nowhere now" in err
    assert ".autopack-hooks.yaml: it names docs/guide.md, which is guide.md now" in err


def test_from_a_folder_names_are_as_seen_from_there(docs: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(docs.root / "docs")
    assert main(["mv", "guide.md", "../guide.md"]) == 0
    assert "](guide.md#part)" in docs.read("README.md")


KILLER = """
import os, signal, sys
count = int(sys.argv[1])
def hook(event, args):
    global count
    if event == "os.rename":
        count -= 1
        if not count:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
from autopack_hooks.main import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_at_any_step_it_is_finished_by_the_same_command(docs: GitRepo, tmp_path: Path) -> None:
    whole = Path(shutil.copytree(docs.root, tmp_path / "whole"))
    command = ["mv", "docs/guide.md", "manual/intro.md", "--stub"]
    assert subprocess.run([sys.executable, "-m", "autopack_hooks", *command], cwd=whole, check=False).returncode == 0
    for step in range(1, 30):
        repo = GitRepo(Path(shutil.copytree(docs.root, tmp_path / f"killed{step}")))
        done = subprocess.run([sys.executable, "-c", KILLER, str(step), *command], cwd=repo.root, check=False)
        left = {line[3:] for line in repo.git("status", "--porcelain", "-uall").splitlines() if line[:2] == "??"}
        assert left <= {"docs/draft.md", "manual/intro.md", "docs/guide.md"}, "temporary files in the work tree"
        again = subprocess.run([sys.executable, "-m", "autopack_hooks", *command], cwd=repo.root, check=False)
        if done.returncode == 0:
            assert step > 5
            return
        assert (again.returncode, texts(repo)) == (0, texts(GitRepo(whole))), step
        assert repo.git("ls-files") == GitRepo(whole).git("ls-files")
        assert not list((repo.root / ".git/autopack-hooks/unfinished").iterdir())
    pytest.fail("the command never came to its end")


def test_what_was_moved_already_is_done(docs: GitRepo, capsys: Capture) -> None:
    command = ["mv", "docs/guide.md", "guide.md"]
    assert main(command) == 0
    before = texts(docs)
    assert main(command) == 0 and "is guide.md already" in capsys.readouterr().out
    assert texts(docs) == before
    docs.commit()
    assert main(command) == 2, "an old move is history, and the name is wrong today"


def test_outside_of_git_there_is_nothing_to_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").touch()
    assert main(["mv", "a.md", "b.md"]) == 2 and "git" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["a.md"]
