"""fix-links: what it changes, what it refuses, and that it can be taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.main import main
from tests.support import GitRepo

Capture = pytest.CaptureFixture[str]
TEXT = "# Old\n\n## Part\n\nthe same text stays with the file when it moves\n"


def fix(repo: GitRepo, capsys: Capture, *args: str) -> tuple[int, str, str]:
    code = main(["fix-links", "--repo", str(repo.root), *args])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def links(repo: GitRepo, *args: str) -> int:
    return main(["links", "--repo", str(repo.root), *args])


@pytest.fixture
def moved(repo: GitRepo) -> GitRepo:
    """docs/old.md is docs/deep/new.md now; README and docs/INDEX.md still link to the old place."""
    repo.write("docs/old.md", TEXT)
    repo.write(
        "README.md",
        b"\xef\xbb\xbf# R\r\n\r\n[a](docs/old.md#part 'T') and `docs/old.md`, [b][r]\r\n\r\n[r]: <docs/old.md>\r\n",
    )
    repo.write("docs/INDEX.md", "[a](old.md) [b](docs/old.md) [c](nothing-like-it.md)\n")
    repo.git("config", "core.autocrlf", "false")
    repo.commit()
    (repo.root / "docs/deep").mkdir()
    repo.git("mv", "docs/old.md", "docs/deep/new.md")
    repo.commit()
    return repo


def test_a_dry_run_shows_and_writes_nothing(moved: GitRepo, capsys: Capture) -> None:
    before = moved.read("README.md")
    code, out, _ = fix(moved, capsys)
    assert code == 1
    assert "--- a/README.md\n+++ b/README.md\n@@ -1,5 +1,5 @@\n # R\n \n-[a](docs/old.md#part 'T') and" in out
    assert "+[a](docs/deep/new.md#part 'T') and `docs/old.md`, [b][r]" in out
    assert moved.read("README.md") == before
    assert moved.git("status", "--porcelain") == ""


def test_execute_changes_destinations_only(moved: GitRepo, capsys: Capture) -> None:
    before = {name: moved.read(name) for name in ("README.md", "docs/INDEX.md")}
    code, out, _ = fix(moved, capsys, "--execute")
    assert code == 1 and "fixed 3 links in 2 documents" in out and "2 broken links are left" in out
    after = (
        before["README.md"].replace("(docs/old.md", "(docs/deep/new.md").replace("<docs/old.md", "<docs/deep/new.md")
    )
    assert moved.read("README.md") == after
    assert moved.read("docs/INDEX.md") == before["docs/INDEX.md"].replace("(old.md", "(deep/new.md")
    assert fix(moved, capsys, "--execute")[:1] == (0,)
    assert moved.read("README.md") == after
    assert fix(moved, capsys, "--restore")[0] == 0
    assert {name: moved.read(name) for name in before} == before
    assert fix(moved, capsys, "--restore")[0] == 2


def test_restore_refuses_to_lose_later_work(moved: GitRepo, capsys: Capture) -> None:
    fix(moved, capsys, "--execute")
    moved.write("README.md", "my own work\n")
    code, _, err = fix(moved, capsys, "--restore")
    assert code == 6 and "README.md" in err
    assert moved.read("README.md") == "my own work\n"


def test_writes_only_under_the_docs_lock(moved: GitRepo, capsys: Capture) -> None:
    before = moved.read("README.md")
    with MultiLock(moved.root, ["docs"]):
        assert fix(moved, capsys)[0] == 1  # a dry run writes nothing, so it waits for nobody
        code, _, err = fix(moved, capsys, "--execute")
        assert code == 2 and "docs" in err and "lock" in err
        assert moved.read("README.md") == before
    assert fix(moved, capsys, "--execute")[0] == 1
    after = moved.read("README.md")
    assert after != before
    with MultiLock(moved.root, ["docs"]):
        assert fix(moved, capsys, "--restore")[0] == 2
    assert moved.read("README.md") == after


def test_no_backup(moved: GitRepo, capsys: Capture) -> None:
    fix(moved, capsys, "--execute", "--no-backup")
    assert fix(moved, capsys, "--restore")[0] == 2
    assert not (moved.root / ".git/autopack-hooks/backups").exists()


def test_medium_only_when_asked(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](docs/instalation.md)\n")
    repo.write("docs/installation.md", "x\n")
    repo.commit()
    assert fix(repo, capsys, "--execute")[0] == 0
    assert fix(repo, capsys, "--execute", "--apply-medium")[0] == 1
    assert repo.read("README.md") == "[a](docs/installation.md)\n"


def test_low_never(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](docs/x.md)\n")
    repo.write("a/b/e/x.md", "x\n")
    repo.write("c/d/e/x.md", "x\n")
    repo.commit()
    code, out, _ = fix(repo, capsys, "--execute", "--apply-medium")
    assert code == 0 and "nothing to fix" in out


def test_deep(repo: GitRepo, capsys: Capture) -> None:
    repo.write("docs/a.md", "[x](src/a.py#L1) `docs/gone.md` [y](../src/a.py:1)\n")
    repo.write("src/a.py", "a\n")
    repo.commit()
    assert fix(repo, capsys, "--execute")[0] == 0
    assert fix(repo, capsys, "--execute", "--deep")[0] == 1
    assert repo.read("docs/a.md") == "[x](../src/a.py#L1) `docs/gone.md` [y](../src/a.py#L1)\n"
    assert fix(repo, capsys, "--execute", "--deep")[0] == 0


def test_too_many_at_once(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[x](Src/a.py) [y](Src/a.py)\n")
    repo.write("src/a.py", "a\n")
    repo.write(".autopack-hooks.yaml", "version: 1\nlinks:\n  max_fixes: 1\n")
    repo.commit()
    assert fix(repo, capsys)[0] == 1
    code, _, err = fix(repo, capsys, "--execute")
    assert code == 6 and "links.max_fixes (1)" in err
    assert repo.read("README.md") == "[x](Src/a.py) [y](Src/a.py)\n"


def test_an_approved_plan_may_be_large(repo: GitRepo, capsys: Capture, tmp_path: Path) -> None:
    repo.write("README.md", "[x](Src/a.py) [y](Src/a.py)\n")
    repo.write("src/a.py", "a\n")
    repo.write(".autopack-hooks.yaml", "version: 1\nlinks:\n  max_fixes: 1\n")
    repo.commit()
    plan, other, ok = (str(tmp_path / name) for name in ("plan.json", "other.json", "ok.json"))
    links(repo, "--export-json", plan)
    Path(other).write_text(Path(plan).read_text().replace('"generated_at": "', '"generated_at": "later than '))
    assert main(["approve", plan, "--repo", str(repo.root), "--output", ok]) == 0
    assert fix(repo, capsys, "--execute", "--approval", ok)[0] == 2
    assert fix(repo, capsys, "--execute", "--fix-plan", plan)[0] == 6
    assert fix(repo, capsys, "--execute", "--fix-plan", other, "--approval", ok)[0] == 6
    assert repo.read("README.md") == "[x](Src/a.py) [y](Src/a.py)\n"
    assert fix(repo, capsys, "--execute", "--fix-plan", plan, "--approval", ok)[0] == 1
    assert repo.read("README.md") == "[x](src/a.py) [y](src/a.py)\n"
    assert main(["audit", "show", "--repo", str(repo.root), "--action", "fix-links"]) == 0
    told = capsys.readouterr().out
    assert told.count("refused") == 2 and "documents 1 changed 2 fixed; approved" in told


def test_a_plan_is_applied(moved: GitRepo, capsys: Capture, tmp_path: Path) -> None:
    plan = tmp_path / "p.json"
    assert links(moved, "--deep", "--export-json", str(plan)) == 0
    assert fix(moved, capsys, "--fix-plan", str(plan), "--execute")[0] == 1
    assert "docs/deep/new.md" in moved.read("README.md")


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_a_stale_plan_is_refused(moved: GitRepo, capsys: Capture, tmp_path: Path, change: str) -> None:
    plan = tmp_path / "p.json"
    links(moved, "--export-json", str(plan))
    index = moved.read("docs/INDEX.md")
    if change == "edited":
        moved.write("README.md", moved.read("README.md") + "more\n")
    else:
        moved.git("rm", "-q", "README.md")
    code, _, err = fix(moved, capsys, "--fix-plan", str(plan), "--execute")
    assert code == 6 and "README.md" in err
    assert moved.read("docs/INDEX.md") == index


def test_a_plan_that_would_do_harm_is_left_alone(repo: GitRepo, capsys: Capture, tmp_path: Path) -> None:
    repo.write("README.md", "[a](Src/a.py)\n")
    repo.write("src/a.py", "a\n")
    repo.commit()
    plan = tmp_path / "p.json"
    links(repo, "--export-json", str(plan))
    for harm in ("gone.md", "src/a.py) [b](src/a.py", "src/a.py\n# New"):
        data = json.loads(plan.read_text())
        data["broken_links"][0]["suggested_fix"] = harm
        (tmp_path / "bad.json").write_text(json.dumps(data))
        code, _, err = fix(repo, capsys, "--fix-plan", str(tmp_path / "bad.json"), "--execute")
        assert repo.read("README.md") == "[a](Src/a.py)\n"
        assert code in (0, 6) and "README.md" in err


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"broken_links": [{}]}'])
def test_what_is_no_plan(repo: GitRepo, capsys: Capture, tmp_path: Path, content: str) -> None:
    (tmp_path / "p.json").write_text(content)
    code, _, err = fix(repo, capsys, "--fix-plan", str(tmp_path / "p.json"))
    assert code == 2 and "p.json" in err


def test_redirect_stubs(repo: GitRepo, capsys: Capture) -> None:
    repo.write("docs/old.md", TEXT)
    repo.write("docs/rare.md", TEXT + "rare\n")
    for name in "abc":
        repo.write(f"docs/{name}.md", "[x](old.md)\n")
    repo.write("docs/d.md", "[x](rare.md)\n")
    repo.commit()
    repo.git("mv", "docs/old.md", "docs/with space.md")
    repo.git("mv", "docs/rare.md", "docs/seldom.md")
    repo.commit()
    code, out, _ = fix(repo, capsys, "--deep", "--redirect-stubs")
    assert code == 1 and "+++ b/docs/old.md" in out and not (repo.root / "docs/old.md").exists()
    assert fix(repo, capsys, "--deep", "--redirect-stubs", "--execute")[0] == 1
    assert repo.read("docs/old.md") == "# Moved\n\nThis document is now [docs/with space.md](<with space.md>).\n"
    assert not (repo.root / "docs/rare.md").exists()
    repo.git("add", "-A")
    assert links(repo, "--deep", "--format", "json") == 0
    assert "LNK" not in capsys.readouterr().out
    assert fix(repo, capsys, "--deep", "--redirect-stubs", "--execute")[0] == 0


def test_a_document_behind_a_symbolic_link_stays_one(repo: GitRepo, capsys: Capture) -> None:
    repo.write("docs/real.md", "[a](Src/a.py)\n")
    repo.write("Src2/x", "x\n")
    repo.write("src/a.py", "a\n")
    (repo.root / "README.md").symlink_to("docs/real.md")
    repo.commit()
    fix(repo, capsys, "--execute")
    assert (repo.root / "README.md").is_symlink()


def test_a_staged_rename_and_its_links_are_one_commit(repo: GitRepo, capsys: Capture) -> None:
    repo.write("docs/old.md", TEXT + "\n[up](../README.md) [net](https://x.example/a.md)\n")
    repo.write("README.md", "# R\n\n[a](docs/old.md#part)\n")
    repo.commit()
    (repo.root / "docs/deep").mkdir()
    repo.git("mv", "docs/old.md", "docs/deep/new.md")
    assert links(repo, "--staged") == 1
    assert "did you mean docs/deep/new.md#part?" in capsys.readouterr().out
    assert fix(repo, capsys, "--deep", "--staged", "--execute")[0] == 1
    assert repo.git("diff", "--name-only") == "" and links(repo, "--deep", "--staged") == 0
    assert "[up](../../README.md)" in repo.git("show", ":docs/deep/new.md")
    assert "(docs/deep/new.md#part)" in repo.git("show", ":README.md")


def test_what_is_not_staged_is_not_swept_along(repo: GitRepo, capsys: Capture) -> None:
    repo.write("docs/old.md", TEXT)
    repo.write("README.md", "# R\n\n[a](docs/old.md)\n")
    repo.commit()
    repo.git("mv", "docs/old.md", "docs/new.md")
    repo.write("README.md", "# R\n\n[a](docs/old.md) half a thought\n")
    code, _, err = fix(repo, capsys, "--deep", "--staged", "--execute")
    assert code == 6 and "README.md" in err and repo.git("diff", "--cached", "--name-only", "--", "README.md") == ""
