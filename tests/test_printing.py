"""Nothing that a repository says steers the terminal or the runner that reads the output, whatever the command."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import autopack_hooks
from autopack_hooks.main import main
from tests.support import LEDGER, GitRepo

EVIL = "a\n::error file=app.py,line=1::F\n::stop-commands::x\x1b[31m\x9b2J\r\u2028\u202e##[add-mask]q##vso[task]"
"""Newlines, a terminal's sequences, a line separator, a mark of direction, commands of two runners."""

CONFIG = ".autopack-hooks.yaml"
BOOK = "docs/BUILD_HISTORY.md"
FORMATS = ("text", "json", "github", "sarif")
COMMANDS = [
    *(f"{command} --format {form}" for command in ("check", "links", "links --deep --verbose") for form in FORMATS),
    "links --deep --export-json links.json --export-md links.md",
    "fix --diff",
    "fix --check",
    "fix --unsafe --diff",
    "fix-links --deep",
    "fix-links --fix-plan links.json",
    "sync",
    "sync --format json",
    "sync --db-only --plan p.json",
    "approve p.json --operator Ann<a@b.org>",
    "sync --db-only --execute --approval p.approval.json",
    "sync --db-only --execute",
    "sync --db-only --execute --worktree",
    "sync --hook",
    "sync --hook --strict",
    "verify --db-only",
    "verify --db-only --format json",
    "status",
    "status --format json",
    "audit show",
    "audit show --format json",
    "audit verify",
    "audit verify --format json",
    "renumber BUILD-001 BUILD-901",
    "lock status",
    "lock status --format json",
    "lock break docs",
    "dialects",
    "dialects --short",
    "explain",
    "new build_history {evil}",
    "fix-links --deep --apply-medium --redirect-stubs --execute",
    "fix-links --restore",
    "check --write-baseline",
    "links --deep --write-baseline",
    "fix",
    "mv README.md docs/moved.md",
    "renumber BUILD-002 BUILD-902 --execute",
    "init --hooks git --yes",
]
"""Each in turn, in one repository: what a command writes, the next ones read."""

WITH_NAMES = [
    "{evil}",
    "check {evil}",
    "check --against {evil}",
    "check --repo {evil}",
    "check --config {evil}",
    "check --{evil}",
    "links {evil}",
    "fix {evil}",
    "fix-links {evil}",
    "fix-links --fix-plan {evil}",
    "sync --ref {evil}",
    "sync --db-only --execute --approval {evil}",
    "sync --db-only --execute --database-url {evil}",
    "sync --db-only --execute --database-url sqlite:///x/{evil}",
    "sync --qdrant-only --execute --qdrant-host http://127.0.0.1:1/{evil}",
    "sync --max-seconds {evil}",
    "approve {evil}",
    "new {evil} x",
    "new build_history {evil}",
    "new build_history x --status {evil}",
    "new build_history x --date {evil}",
    "approve x --note {evil} --operator {evil}",
    "lock run docs --purpose {evil} -- true",
    "renumber {evil} {evil}",
    "mv {evil} x.md",
    "mv README.md {evil}.md",
    "lock break {evil}",
    "lock run {evil} -- true",
    "lock run docs -- ./{evil}",
    "audit show --since {evil}",
    "audit show --action {evil}",
    "explain {evil}",
    "dialects {evil}",
    "merge-driver a b c {evil}",
    "merge-driver {evil} {evil} {evil} {evil}",
    "init --config {evil}",
]


def clean(text: str, where: str) -> None:
    """Assert that no character and no line of ``text`` is more than text."""
    bad = sorted({c for c in text if c != "\n" and not c.isprintable()})
    assert not bad, f"{where} prints {bad}: {text!r}"
    lines = [
        line
        for line in text.split("\n")
        if re.match(r"\s*::(?!(error|warning|notice) file=)|\s*::error file=app", line)
    ]
    inside = [
        mark for mark in ("##[", "##vso[") if mark in text and "--format github" not in where
    ]  # `::` is read first
    assert not lines and not inside, f"{where} gives a runner a command: {text!r}"


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """Run a command; return what it printed, which is clean."""
    code: int | str | None = 0
    try:
        code = main(args)
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    where = " ".join(args)
    clean(out, where), clean(err, where)
    assert "internal error" not in err and code in (0, 1, 2, 3, 4, 5, 6, 127), f"{where}: {code} {err}"
    if ("json" in args or "sarif" in args) and "--plan" not in args and out:
        json.loads(out)
    return out + err


@pytest.fixture
def evil_repo(ledger_repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """A repository in which all that has a name or a text is hostile."""
    text = (ledger_repo.root / BOOK).read_text()
    short = EVIL.replace("\n", " ")
    text = text.replace("| Second | Adds", f"| Sec{short} | Ad{short}").replace(
        "Total_Builds: 3", f"Total_Builds: {short}"
    )
    text = text.replace(
        "### BUILD-001 | 2026-01-01 | First",
        f"### BUILD-001 | 2026-13-01 | {short}\n\n**Status**: {short}\n\n### BUILD-1{short} | x",
    )
    text += f"\n::error::x BUILD-77 {short}\n ::stop-commands::y\n\t##[error]z\n[a]({short}) superseded by BUILD-88{short}\n"
    ledger_repo.write(BOOK, text)
    links = f"# x\n\n[a](no{short}pe.md) [b]: <{short}.md>\n\n[c](docs/BUILD_HISTOR\x1bY.md) [d](BULD_HISTORY.md)\n"
    links += f"[e][{short}] `docs/BULD_HISTORY.md`\n"
    ledger_repo.write("README.md", links)
    for name in (
        f"docs/{EVIL.replace('/', '')}.md",
        "::warning::x.md",
        " ::debug::x.md",
        "##[error]x.md",
        os.fsdecode(b"\xff\x9b.md"),
    ):
        ledger_repo.write(name, links)
    ledger_repo.git("remote", "add", "origin", "https://example.org/x/\x1b[31m\u2028.git")
    ledger_repo.git("checkout", "-q", "-b", "a\x9b\u2028\u202e")
    ledger_repo.git("add", "-A")
    ledger_repo.git("-c", "user.name=Ann\x1b[31m", "-c", "user.email=a@b.org", "commit", "-q", "-m", EVIL)
    locks = ledger_repo.root / ".autopack" / "locks"
    locks.mkdir(parents=True)
    label = {
        "pid": 1,
        "host": EVIL,
        "start": None,
        "since": "2026-01-01T00:00:00+00:00",
        "command": EVIL,
        "token": EVIL,
        "purpose": EVIL,
        "until": EVIL,
    }
    for name in ("docs", "sync"):
        (locks / f"{name}.json").write_text(json.dumps(label))
    monkeypatch.chdir(ledger_repo.root)
    return ledger_repo


def test_nothing_in_a_repository_steers_what_reads_the_output(
    evil_repo: GitRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Ann\x1b[31m")
    shown = ""
    for command in COMMANDS:
        shown += printed(capsys, *(word.replace("{evil}", EVIL) for word in command.split()))
    assert "stop-commands" in shown and "add-mask" in shown, "it is escaped, not hidden"
    assert "./::warning::x.md:" in shown and "./ ::debug::x.md:" in shown and "./##\\x5berror]x.md:" in shown
    for name in ("p.json", "links.json", "links.md", "p.approval.json"):
        path = evil_repo.root / name
        assert path.exists(), name
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]", path.read_text()), name


@pytest.mark.parametrize("evil", [EVIL, os.fsdecode(b"\xff\x1b")], ids=["controls", "bytes"])
@pytest.mark.parametrize("command", WITH_NAMES)
def test_no_argument_steers_the_terminal(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str, evil: str
) -> None:
    monkeypatch.chdir(ledger_repo.root)
    printed(capsys, *(word.replace("{evil}", evil) for word in command.split()))


@pytest.mark.parametrize(
    "name", ["p.json", "p.approval.json", CONFIG, "config/doc_link_check_ignore.yaml", ".autopack-hooks-baseline.json"]
)
@pytest.mark.parametrize(
    "text",
    [
        "{%s",
        "[%s]",
        "%s: 1",
        '{"%s": ["%s"], "targets": {"%s": "%s"}}',
        "version: 1\n%s: 2\n",
        "version: !!%s x",
        "\xff%s",
        "version: 1\ncheck: {ignore: [%s]}",
    ],
)
def test_no_file_that_is_read_steers_the_terminal(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.chdir(ledger_repo.root)
    for evil in (EVIL, json.dumps(EVIL)):
        ledger_repo.write(
            name, text.replace("%s", evil).encode("latin-1" if text.startswith("\xff") else "utf-8", "replace")
        )
        for command in (
            "check",
            "links --deep",
            "approve p.json",
            "sync --db-only --execute --approval p.approval.json",
            "fix-links --fix-plan p.json",
        ):
            printed(capsys, *command.split())


@pytest.mark.parametrize(
    "key",
    [
        "DATABASE_URL",
        "QDRANT_HOST",
        "AUTOPACK_HOOKS_ALLOW_HOSTS",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_CONFIG_GLOBAL",
        "GIT_AUTHOR_NAME",
        "GIT_COMMITTER_EMAIL",
    ],
)
def test_no_variable_steers_the_terminal(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.chdir(ledger_repo.root)
    for value in (
        EVIL,
        os.fsdecode(b"\xff\x1b"),
        f"http://127.0.0.1:1/{EVIL}",
        f"sqlite:///x/{EVIL}",
        f"postgresql://u:p@127.0.0.1:1/{EVIL}",
    ):
        monkeypatch.setenv(key, value)
        for command in (
            "check",
            "status --max-seconds 5",
            "sync --full --execute --max-seconds 5",
            "verify --max-seconds 5",
        ):
            printed(capsys, *command.split())


@pytest.mark.parametrize("name", [EVIL.replace("/", ""), os.fsdecode(b"\xff\x1b")], ids=["controls", "bytes"])
def test_the_folder_of_a_repository_does_not_steer_the_terminal(
    new_repo: Callable[..., GitRepo], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    repo = new_repo(name)
    repo.write(BOOK, LEDGER)
    repo.write("README.md", "[x](y.md)\n")
    repo.commit("start")
    monkeypatch.chdir(repo.root)
    for command in COMMANDS:
        printed(capsys, *(word.replace("{evil}", "x") for word in command.split()))


def test_a_traceback_is_text_too(
    ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ledger_repo.root)
    assert "Traceback" in printed(capsys, "check", "--verbose", "--config", EVIL)


def test_all_output_goes_through_one_door() -> None:
    package = Path(autopack_hooks.__file__).parent
    found = []
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and path.name != "terminal.py":
                name = ast.unparse(node.func)
                if name == "print" or re.fullmatch(r"sys\.std(out|err)(\.buffer)?\.write(lines)?", name):
                    found.append(f"{path.relative_to(package)}:{node.lineno}: {name}")
    assert not found, f"printed past core/terminal.py: {found}"
