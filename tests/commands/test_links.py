"""links: on real repositories, through the command line."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from autopack_hooks.main import main
from tests.support import GitRepo

Capture = pytest.CaptureFixture[str]


def links(repo: GitRepo, capsys: Capture, *args: str) -> tuple[int, str, str]:
    code = main(["links", "--repo", str(repo.root), *args])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def found(repo: GitRepo, capsys: Capture, *args: str) -> list[Any]:
    out = links(repo, capsys, *args, "--format", "json")[1]
    return [(f["path"], f["line"], f["column"], f["code"], f["severity"]) for f in json.loads(out)]


def config(repo: GitRepo, text: str) -> None:
    repo.write(".autopack-hooks.yaml", f"version: 1\nlinks:\n{text}")


def test_silent_when_all_is_well(ledger_repo: GitRepo, capsys: Capture) -> None:
    assert links(ledger_repo, capsys) == (0, "", "")


def test_a_fault_is_told_where_its_destination_stands(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "# R\n\nsee [a](docs/gone.md)\n")
    repo.commit()
    code, out, err = links(repo, capsys)
    assert (code, out) == (1, "README.md:3:9: LNK001 docs/gone.md does not exist\n")
    assert err == "1 error\n"


@pytest.mark.parametrize("form", ["json", "github", "sarif"])
def test_the_other_formats(repo: GitRepo, capsys: Capture, form: str) -> None:
    repo.write("README.md", "[a](docs/gone.md)\n")
    repo.commit()
    assert "LNK001" in links(repo, capsys, "--format", form)[1]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (("rm", "-q", "docs/BUILD_HISTORY.md"), "LNK001"),
        (("mv", "docs/BUILD_HISTORY.md", "docs/HISTORY.md"), "LNK001"),
        (("mv", "docs/BUILD_HISTORY.md", "docs/build_history.md"), "LNK004"),
        (("rm", "-q", "--cached", "docs/BUILD_HISTORY.md"), "LNK005"),
    ],
)
@pytest.mark.parametrize("staged", [False, True])
def test_a_target_that_this_commit_takes_away(
    ledger_repo: GitRepo, capsys: Capture, act: tuple[str, ...], code: str, staged: bool
) -> None:
    ledger_repo.git(*act)
    told = found(ledger_repo, capsys, *(["--staged"] if staged else []))
    assert ("README.md", 3, 11, code, "error") in told


def test_a_heading_that_this_commit_renames(ledger_repo: GitRepo, capsys: Capture) -> None:
    ledger_repo.write("README.md", "[a](docs/x.md#one)\n")
    ledger_repo.write("docs/x.md", "# One\n")
    ledger_repo.commit()
    assert links(ledger_repo, capsys)[0] == 0
    ledger_repo.write("docs/x.md", "# Two\n")
    assert links(ledger_repo, capsys, "--staged")[0] == 0
    ledger_repo.git("add", "-A")
    assert found(ledger_repo, capsys, "--staged") == [("README.md", 1, 5, "LNK003", "error")]


def test_staged_reads_the_index_and_nothing_else(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](x.md)\n")
    repo.write("x.md", "# X\n")
    repo.git("add", "-A")
    repo.write("README.md", "[a](gone.md)\n")
    assert links(repo, capsys, "--staged")[0] == 0
    assert links(repo, capsys)[0] == 1


def test_a_nav_doc_that_is_missing(ledger_repo: GitRepo, capsys: Capture) -> None:
    ledger_repo.git("rm", "-q", "docs/INDEX.md")
    assert links(ledger_repo, capsys)[0] == 0
    config(ledger_repo, "  nav: [README.md, docs/INDEX.md]\n")
    code, out, _ = links(ledger_repo, capsys)
    assert code == 1 and "LNK013 the navigation document docs/INDEX.md" in out


@pytest.mark.parametrize("data", [b"\xff\xfe[a](x.md)", b"a\0b", b"ok\n\xe9\n"])
def test_a_nav_doc_that_is_no_text(repo: GitRepo, capsys: Capture, data: bytes) -> None:
    repo.write("README.md", data)
    repo.commit()
    assert found(repo, capsys) == [("README.md", 1, 1, "LNK014", "error")]


def test_a_nav_doc_that_is_a_folder(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md/x.md", "x\n")
    repo.commit()
    assert found(repo, capsys) == [("README.md", 1, 1, "LNK014", "error")]


NAMES = [
    "with space.md",
    'q"uote.md',
    "new\nline.md",
    "per%cent.md",
    "ha#sh.md",
    "日本語.md",
    "back`tick.md",
    "tab\t.md",
]


@pytest.mark.parametrize("name", [*NAMES, *(unicodedata.normalize(form, "Übé.md") for form in ("NFC", "NFD"))])
def test_file_names_of_any_kind(repo: GitRepo, capsys: Capture, name: str) -> None:
    from urllib.parse import quote

    repo.write("README.md", f"[a](docs/{quote(name)})\n")
    repo.write(f"docs/{name}", "# X\n")
    repo.commit()
    assert links(repo, capsys, "--deep")[0] == 0
    assert found(repo, capsys) == []
    assert found(repo, capsys, "--staged") == []


def test_the_other_unicode_form_is_another_name(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", f"[a]({unicodedata.normalize('NFC', 'ü.md')})\n")
    repo.write(unicodedata.normalize("NFD", "ü.md"), "# X\n")
    repo.commit()
    assert found(repo, capsys) == [("README.md", 1, 5, "LNK004", "error")]


def test_symbolic_links(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](good.md) [b](bad.md) [c](self.md) [d](dir/x.md)\n")
    repo.write("docs/x.md", "# X\n")
    for name, target in (("good.md", "docs/x.md"), ("bad.md", "docs/gone.md"), ("self.md", "self.md"), ("dir", "docs")):
        (repo.root / name).symlink_to(target)
    repo.commit()
    assert [row[2:4] for row in found(repo, capsys)] == [(18, "LNK012"), (30, "LNK012")]
    assert links(repo, capsys, "--deep")[0] == 0


def test_inline_ignores_and_their_faults(repo: GitRepo, capsys: Capture) -> None:
    repo.write(
        "README.md",
        "[a](gone.md) <!-- autopack: ignore LNK001 written later -->\n\n"
        "x <!-- autopack: ignore LNK003 nothing here -->\n\nx <!-- autopack: ignore -->\n",
    )
    repo.commit()
    assert [row[3] for row in found(repo, capsys)] == ["CFG002", "CFG003"]
    assert links(repo, capsys)[0] == 0


def test_the_baseline_takes_what_is_known(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](gone.md)\n")
    repo.commit()
    assert links(repo, capsys, "--write-baseline")[0] == 0
    repo.write("README.md", "more\n\n[a](gone.md) [b](gone2.md)\n")
    assert found(repo, capsys) == [("README.md", 3, 18, "LNK001", "error")]
    code, _, err = links(repo, capsys, "--write-baseline")
    assert code == 1 and "1 finding not accepted; to accept new ones too, add --accept-new" in err
    assert links(repo, capsys, "--write-baseline", "--accept-new")[0] == 0
    assert links(repo, capsys)[0] == 0
    repo.write("README.md", "all is well\n")
    assert [row[3:] for row in found(repo, capsys)] == [("CFG001", "warning")] * 2
    assert links(repo, capsys, "--prune-baseline")[0] == 0
    assert found(repo, capsys) == []


def test_codes_can_be_left_out_and_weighed(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](gone.md) [b](#gone)\n")
    repo.write(".autopack-hooks.yaml", "version: 1\ncheck:\n  ignore: [LNK003]\n  severity: {LNK001: warning}\n")
    repo.commit()
    assert [row[3:] for row in found(repo, capsys)] == [("LNK001", "warning")]
    assert links(repo, capsys)[0] == 0


def deep_repo(repo: GitRepo) -> GitRepo:
    repo.write("README.md", "[i](docs/INDEX.md)\n")
    repo.write("docs/INDEX.md", "[a](docs/a.md) [b](gone.md) `gone/x.md` `b.md`\n")
    repo.write("docs/a.md", "[b](sub/b.md#nope) [g](gone.md)\n")
    repo.write("docs/sub/b.md", "# B\n")
    repo.write("archive/old.md", "[x](gone.md)\n")
    repo.commit()
    return repo


def test_deep_reports_first(repo: GitRepo, capsys: Capture) -> None:
    deep_repo(repo)
    code, out, _ = links(repo, capsys, "--deep")
    assert code == 0
    assert "5 documents, 5 broken links: 1 certain fix, 0" in out
    assert "docs/gone.md" in out and "orphans (no document" in out and "archive/old.md" in out
    config(repo, "  exclude: [archive/**]\n  fail_on: [missing_anchor]\n")
    code, out, _ = links(repo, capsys, "--deep")
    assert code == 1 and out.startswith("docs/a.md:1:5: LNK003")
    assert "archive/" not in out


def test_mentions_are_information(repo: GitRepo, capsys: Capture) -> None:
    deep_repo(repo)
    told = [row[3:] for row in found(repo, capsys, "--deep", str(repo.root / "docs/INDEX.md"))]
    assert told.count(("LNK001", "info")) == 1 and ("LNK023", "info") in told
    assert all(row[4] != "info" for row in found(repo, capsys, "--deep", "--no-mentions"))
    config(repo, "  fail_on: [mention]\n")
    assert links(repo, capsys, "--deep")[0] == 1


def test_named_documents_are_checked_strictly(repo: GitRepo, capsys: Capture) -> None:
    deep_repo(repo)
    assert {row[0] for row in found(repo, capsys, str(repo.root / "archive/old.md"))} == {"archive/old.md"}
    code, _, err = links(repo, capsys, str(repo.root / "none.md"))
    assert code == 2 and "none.md: no such document" in err


def test_the_plan_is_the_same_but_for_its_time(repo: GitRepo, capsys: Capture, tmp_path: Path) -> None:
    deep_repo(repo)
    plans = []
    for number in (1, 2):
        path = tmp_path / f"{number}.json"
        links(repo, capsys, "--deep", "--export-json", str(path), "--export-md", str(tmp_path / f"{number}.md"))
        plans.append(json.loads(path.read_text()))
        plans[-1].pop("generated_at")
    assert plans[0] == plans[1]
    row = plans[0]["broken_links"][0]
    assert (row["source_file"], row["line_number"], row["column"], row["form"]) == ("archive/old.md", 1, 5, "link")
    assert plans[0]["summary"]["total_broken"] == len(plans[0]["broken_links"]) == 6
    assert plans[0]["orphans"] == ["archive/old.md"]
    text = (tmp_path / "1.md").read_text()
    assert "### docs/INDEX.md" in text and "| `docs/a.md` | wrong_base | `a.md` | high | 0.99 |" in text


def test_a_change_is_seen_at_once(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](#one)\n\n# One\n")
    repo.commit()
    assert links(repo, capsys)[0] == 0
    repo.write("README.md", "[a](#one)\n\n# Two\n")
    assert links(repo, capsys)[0] == 1
    repo.write("README.md", "[a](#two)\n\n# Two\n")
    assert links(repo, capsys)[0] == 0


def test_nothing_is_written_into_the_work_tree(repo: GitRepo, capsys: Capture) -> None:
    deep_repo(repo)
    links(repo, capsys, "--deep")
    assert repo.git("status", "--porcelain", "--ignored") == ""


POLICY = """\
version: 1
runtime_endpoints:
  - {pattern: "api/", reason: at run time}
pattern_ignores:
  - {pattern: "*.tmp"}
"""


def test_policy_entries_are_looked_at(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](/api/x) [b](c.tmp)\n")
    repo.write("config/doc_link_check_ignore.yaml", POLICY)
    repo.commit()
    told = found(repo, capsys)
    assert ("README.md", 1, 5, "LNK020", "info") in told
    assert ("config/doc_link_check_ignore.yaml", 5, 1, "LNK030", "warning") in told
    repo.write("README.md", "[b](c.tmp)\n")
    told = found(repo, capsys, "--deep")
    assert ("config/doc_link_check_ignore.yaml", 3, 1, "LNK031", "warning") in told
    assert "LNK031" not in str(found(repo, capsys))


def test_the_policy_in_our_own_configuration(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](/api/x) [b](#gone)\n")
    config(repo, "  allow_missing_anchors: true\n  runtime_endpoints:\n    - {pattern: api/, reason: at run time}\n")
    repo.commit()
    assert [row[3:] for row in found(repo, capsys)] == [("LNK020", "info"), ("LNK003", "warning")]
    config(repo, "  fail_on: [missing_flie]\n")
    code, _, err = links(repo, capsys)
    assert code == 2 and "did you mean 'missing_file'" in err


@pytest.mark.parametrize("text", ["version: 1\nruntime_endpoints: [\n", "unknown: 1\n", "\x00"])
def test_a_broken_policy_is_an_error(repo: GitRepo, capsys: Capture, text: str) -> None:
    repo.write("README.md", "x\n")
    repo.write("config/doc_link_check_ignore.yaml", text)
    repo.commit()
    code, _, err = links(repo, capsys)
    assert code == 2 and "config/doc_link_check_ignore.yaml" in err


def test_outside_git_the_files_are_what_is_there(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/x.md").write_text("# X\n")
    (tmp_path / "README.md").write_text("[a](docs/x.md#x) [b](docs/gone.md)\n")
    (tmp_path / "loop.md").symlink_to("loop.md")
    repo = GitRepo(tmp_path)
    assert found(repo, capsys) == [("README.md", 1, 22, "LNK001", "error")]
    assert links(repo, capsys, "--deep")[0] == 0
    assert links(repo, capsys, "--staged")[0] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "docs", "loop.md"]


def test_before_the_first_commit(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](x.md)\n")
    repo.git("add", "-A")
    assert found(repo, capsys) == [("README.md", 1, 5, "LNK001", "error")]


def test_a_submodule_is_not_looked_into(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](vendor/lib/README.md#x)\n")
    repo.git("add", "-A")
    repo.git("update-index", "--add", "--cacheinfo", "160000,1111111111111111111111111111111111111111,vendor/lib")
    assert links(repo, capsys)[0] == 0


def test_a_file_that_is_not_checked_out_is_read_from_git(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "[a](docs/x.md#x) [b](docs/x.md#y)\n")
    repo.write("docs/x.md", "# X\n")
    repo.commit()
    repo.git("update-index", "--skip-worktree", "docs/x.md")
    (repo.root / "docs/x.md").unlink()
    assert found(repo, capsys) == [("README.md", 1, 22, "LNK003", "error")]


def test_documents_that_a_sparse_checkout_leaves_out_are_read_from_the_index(repo: GitRepo, capsys: Capture) -> None:
    repo.write(".autopack-hooks.yaml", "version: 1\nlinks: {nav: [README.md, docs/INDEX.md]}\n")
    repo.write("README.md", "# R\n")
    repo.write("docs/INDEX.md", "[x](none.md)\n")
    repo.commit()
    repo.git("sparse-checkout", "set", "--no-cone", "/README.md", "/.autopack-hooks.yaml")
    assert main(["links", "--repo", str(repo.root)]) == 1
    out = capsys.readouterr().out
    assert "docs/INDEX.md:1:" in out and "LNK013" not in out


@pytest.mark.parametrize("staged", [False, True])
def test_a_navigation_document_that_is_a_link(repo: GitRepo, capsys: Capture, *, staged: bool) -> None:
    repo.write("kept/README.md", "[x](none.md)\n")
    (repo.root / "README.md").symlink_to("kept/README.md")
    (repo.root / "docs").mkdir()
    (repo.root / "docs/INDEX.md").symlink_to("/etc/hostname")
    repo.commit()
    assert main(["links", "--repo", str(repo.root), *(["--staged"] if staged else [])]) == 1
    out = capsys.readouterr().out
    assert "none.md" in out and "docs/INDEX.md:1:1: LNK014" in out


@pytest.mark.parametrize(
    ("args", "paths"),
    [
        (["--include-glob", "docs/**/*.md", "--exclude-glob", "docs/old/**"], ["docs/a.md"]),
        (["--include-glob", "docs/a.md", "--include-glob", "other/*.md"], ["docs/a.md", "other/c.md"]),
        (["--exclude-glob", "docs/old/**"], ["docs/a.md", "other/c.md"]),
    ],
)
def test_globs_choose_the_documents_of_a_deep_scan(
    repo: GitRepo, capsys: Capture, args: list[str], paths: list[str]
) -> None:
    for name in ("docs/a.md", "docs/old/b.md", "other/c.md"):
        repo.write(name, "[x](gone.md)\n")
    repo.commit()
    assert [path for path, *_ in found(repo, capsys, "--deep", *args)] == paths
    code, out, err = links(repo, capsys, *args)
    assert (code, out) == (2, "") and "add --deep" in err


def test_paths_in_backticks_count_in_navigation_docs_on_request(repo: GitRepo, capsys: Capture) -> None:
    repo.write("README.md", "see `docs/gone.md`\n")
    repo.commit()
    assert found(repo, capsys) == []
    assert [code for *_, code, _ in found(repo, capsys, "--include-backticks")] == ["LNK001"]


def test_a_missing_object_takes_hints_away_and_nothing_else(repo: GitRepo, capsys: Capture) -> None:
    text = "".join(f"line {n}\n" for n in range(60))
    repo.write("docs/old.md", text)
    repo.write("docs/same.md", text.upper())
    repo.write("README.md", "[x](docs/old.md) [y](docs/same.md)\n")
    repo.commit()
    blob = repo.git("rev-parse", "HEAD:docs/old.md").strip()
    repo.git("mv", "docs/old.md", "docs/new.md")
    repo.git("mv", "docs/same.md", "docs/equal.md")
    repo.write("docs/new.md", text + "one more\n")
    repo.commit()
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    code, out, err = links(repo, capsys, "--format", "json")
    assert [(f["code"], f["fixable"]) for f in json.loads(out)] == [("LNK001", False), ("LNK001", True)]
    assert code == 1 and "git's history cannot be read in full" in err and "`git fsck`" in err


def test_overrides_of_the_older_tool_lie_beside_the_policy(repo: GitRepo, capsys: Capture) -> None:
    repo.write("src/store/a.py", "x\n")
    repo.write("docs/a.md", "[x](gone.md) [y](store/a.py)\n")
    repo.write(
        "config/doc_link_triage_overrides.yaml",
        "- {broken_target: gone.md, action: ignore, note: n}\n"
        "- {broken_target: store/a.py, action: fix, fix_target: src/store/a.py}\n",
    )
    repo.commit()
    out = links(repo, capsys, "--deep", "--format", "json")[1]
    assert [(f["message"], f["fixable"]) for f in json.loads(out)] == [
        ("docs/store/a.py does not exist; write ../src/store/a.py", True)
    ]
    assert main(["fix-links", "--repo", str(repo.root), "--deep"]) == 1
    assert "+[x](gone.md) [y](../src/store/a.py)" in capsys.readouterr().out
