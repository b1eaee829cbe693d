"""``report``: one page that anybody can look at, from any repository."""

from __future__ import annotations

import builtins
import re
import shutil
import socket
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autopack_hooks.main import main
from tests.support import LEDGER

PATH = "docs/BUILD_HISTORY.md"
DECISIONS = """\
# Decisions

## INDEX

| Timestamp | DEC-ID | Decision | Status | Impact |
|---|---|---|---|---|
| 2026-01-02 | DEC-002 | Use <script>alert(2)</script> | Accepted | all |
| 2026-01-01 | DEC-001 | Use nothing | Superseded | all |

## DECISIONS

### DEC-002 | 2026-01-02 | Use <script>alert(2)</script>

**Status**: Accepted
**Supersedes**: DEC-001

**Decision**: "quoted" & <img src=x onerror=alert(3)> after BUILD-001.

### DEC-001 | 2026-01-01 | Use nothing

**Status**: Superseded by DEC-002
"""
PROBLEMS = """\
# Debug Log

## INDEX

| Timestamp | DBG-ID | Severity | Summary | Status |
|---|---|---|---|---|
| 2026-01-02 | DBG-001 | HIGH | The queue stalls | Open |

## ENTRIES

### DBG-001 | 2026-01-02 | The queue stalls

**Status**: Open
**Severity**: HIGH
"""
VOID = {"meta", "br", "wbr"}


class Outline(HTMLParser):
    """The tags of a page, whether each is closed, and its texts by heading."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data.strip())


@pytest.fixture
def page(repo, monkeypatch, tmp_path, capsys):
    pytest.importorskip("jinja2")
    monkeypatch.chdir(repo.root)

    def make(*args: str) -> str:
        name = tmp_path / "page.html"
        assert main(["report", "--html", str(name), *args]) == 0, capsys.readouterr()
        return name.read_text("utf-8")

    return make


def visible(text: str) -> str:
    """What is between the tags."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL).split())


def fill(repo) -> None:
    repo.write(PATH, LEDGER)
    repo.write("docs/ARCHITECTURE_DECISIONS.md", DECISIONS)
    repo.write("docs/DEBUG_LOG.md", PROBLEMS)
    repo.write("README.md", "# Demo\n\n[one](docs/lost.md) [two](docs/lost.md) [moved](DEBUG_LOG.md)\n")
    repo.commit("start")


def test_it_says_what_the_ledgers_and_links_say(repo, page):
    fill(repo)
    told = visible(page())
    assert "Open problems 1 " in told and "The queue stalls" in told
    assert "Decisions in force 1 " in told and "Superseded 1 " in told and "Superseded by DEC-002" in told
    assert (
        "4 broken links in 2 documents: 0 certain fixes, 1 likely one" in told
        and "autopack-hooks fix-links --deep" in told
    )
    assert "README.md 3" in told and "docs/ lost.md 2" in told
    assert "cited by 1" in told and "never synced" in told
    assert str(repo.root) not in told


def test_where_no_fix_is_known_the_faults_are_listed(repo, page):
    repo.write("README.md", "[gone](docs/nowhere-at-all.md)\n")
    repo.commit()
    told = visible(page())
    assert "1 broken link in 1 document: 0 certain fixes, 0 likely ones. List them: autopack-hooks links --deep" in told


def test_nothing_of_a_file_becomes_markup(repo, page):
    fill(repo)
    repo.write("docs/a<script>.md", '[x](<lost"<img src=x>.md>)\n')
    repo.commit()
    text = page()
    tags = Outline(text).tags
    assert {tag for tag, _ in tags}.isdisjoint({"script", "img", "iframe", "link", "object", "base", "form"})
    assert not [name for _, attrs in tags for name in attrs if name.startswith("on")]
    assert "&lt;script&gt;alert(2)" in text


def test_what_steers_a_text_is_shown_as_such(repo, page):
    repo.write(PATH, LEDGER.replace("| Third\n", "| Thi\u202erd \x07\x1b[2J" + "x" * 5000 + "\n"))
    repo.commit()
    text = page()
    assert not re.search("[\u202e\x07\x1b]", text) and "x" * 400 not in text


def test_it_asks_for_nothing(repo, page):
    fill(repo)
    text = page()
    tags = Outline(text).tags
    assert not [attrs for _, attrs in tags if {"src", "srcset", "style"} & attrs.keys()]
    assert all(str(attrs["href"]).startswith("#") for _, attrs in tags if "href" in attrs)
    assert "url(" not in text and "@import" not in text and "default-src 'none'" in text


def test_it_can_be_read_by_all(repo, page):
    fill(repo)
    text = page()
    outline = Outline(text)
    assert outline.open == []
    ids = {attrs["id"] for _, attrs in outline.tags if "id" in attrs}
    assert {str(attrs["href"])[1:] for _, attrs in outline.tags if "href" in attrs} <= ids
    assert next(attrs for tag, attrs in outline.tags if tag == "a")["class"] == "skip"
    assert all("scope" in attrs for tag, attrs in outline.tags if tag == "th")
    assert text.count("<table") == text.count("<caption")
    assert [tag for tag, _ in outline.tags if tag == "h1"] == ["h1"] and "Broken links" in outline.headings
    assert "prefers-color-scheme: dark" in text and "@media print" in text and ":focus-visible" in text


def test_the_same_commit_gives_the_same_page(repo, page):
    fill(repo)
    assert page() == page()


def test_findings_of_earlier_commits_are_counted_by_the_rules_of_today(repo, page):
    repo.write(
        PATH, LEDGER.replace("Total_Builds: 3", "Total_Builds: 4").replace("BUILD-002 | Second", "BUILD-009 | Second")
    )
    repo.commit()
    repo.write(PATH, LEDGER)
    repo.commit()
    told = visible(page())
    found = re.search(r"Debt (\d+) to (\d+) in 2 sampled commits", told)
    assert found and int(found[1]) > 1 and found[2] == "0"


def test_a_long_history_is_sampled(repo, page):
    for number in range(30):
        repo.write(PATH, LEDGER + "\n" * number)
        repo.commit()
    assert "in 12 sampled commits" in visible(page())


def test_an_old_commit_that_cannot_be_read_is_left_out(repo, page):
    repo.write("docs/x", "x")
    (repo.root / PATH).symlink_to("../../elsewhere")
    repo.commit()
    (repo.root / PATH).unlink()
    repo.write(PATH, LEDGER)
    repo.commit()
    assert "Debt" in visible(page())


@pytest.mark.parametrize("commit", [False, True])
def test_an_empty_repository(repo, page, commit):
    if commit:
        repo.commit()
    told = visible(page())
    assert "There is no entry yet" in told and "No broken link in 0 documents" in told


def test_after_a_sync_a_target_is_fresh_until_something_changes(repo, page):
    fill(repo)
    main(["sync", "--db-only", "--execute"])
    assert "fresh database equal (6 entries)" in visible(page())
    repo.write(PATH, LEDGER.replace("the second thing.", "the second thing, better."))
    repo.commit()
    told = visible(page())
    assert "behind database 1 stale" in told and "1 commit behind this one" in told


def test_a_server_that_does_not_answer_is_shown_so(repo, page):
    fill(repo)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = visible(page("--qdrant-host", f"http://127.0.0.1:{silent.getsockname()[1]}", "--max-seconds", "0.3"))
    assert "unknown qdrant not compared" in told


def test_a_target_that_the_user_has_not_allowed_is_shown_so(repo, page):
    fill(repo)
    repo.write(".autopack-hooks.yaml", "version: 1\nsync: {database_url: 'postgresql://x@db.example.invalid/y'}\n")
    assert "unknown targets not compared" in visible(page())


def test_a_policy_that_cannot_be_used_hides_only_the_links(repo, page):
    fill(repo)
    repo.write("config/doc_link_check_ignore.yaml", "[")
    told = visible(page())
    assert "The links could not be checked" in told and "The queue stalls" in told


def test_ten_thousand_entries_fit_into_a_small_page(repo, page):
    titles = "long " * 60
    rows = "".join(f"| 2026-01-01 | BUILD-{i:05} | A | {titles} | 1 |\n" for i in range(10_000, 0, -1))
    head = "| Timestamp | BUILD-ID | Phase | Summary | Files Changed |\n|---|---|---|---|---|\n"
    repo.write(PATH, f"# Builds\n\n## INDEX\n\n{head}{rows}")
    repo.commit()
    text = page()
    assert len(text.encode()) < 300_000 and "10000" in text


def test_without_the_extra(repo, monkeypatch, capsys):
    monkeypatch.chdir(repo.root)
    real = builtins.__import__

    def fake(name, *args):
        if name.startswith(("jinja2", "svg", "autopack_hooks.report.html")):
            raise ModuleNotFoundError(f"No module named {name!r}", name="jinja2")
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", fake)
    assert main(["report", "--html", "x.html"]) == 4
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "pip install 'autopack-hooks[report]'" in told
    assert not Path("x.html").exists()


def test_without_a_file_or_a_repository(repo, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(repo.root)
    with pytest.raises(SystemExit, match="2"):
        main(["report"])
    assert main(["report", "--html", "no/such/folder.html"]) == 2
    (tmp_path / "folder").mkdir()
    assert main(["report", "--html", "x.html", "--repo", str(tmp_path / "folder")]) == 2


@pytest.mark.skipif(not (shutil.which("chromium") or shutil.which("chromium-browser")), reason="needs a browser")
@pytest.mark.parametrize("width", [500, 1440])
def test_a_browser_renders_it(repo, page, tmp_path, width):
    fill(repo)
    page()
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars")
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
    shot = tmp_path / "page.png"
    subprocess.run(
        [
            str(browser),
            *flags,
            *quiet,
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--screenshot={shot}",
            f"--window-size={width},900",
            (tmp_path / "page.html").as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    data = shot.read_bytes()
    assert data[:4] == b"\x89PNG" and int.from_bytes(data[16:20], "big") == width
    assert len(data) > 10_000, "an empty page compresses to nearly nothing"
