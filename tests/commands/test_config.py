"""``config show``: every setting, its value, and who gave it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from autopack_hooks.config.model import SECTIONS
from autopack_hooks.main import main
from tests.support import GitRepo

SETTINGS = """\
links:
  history: 7
  exclude: [archive/**]
sync: {database_url: "sqlite:///own.db", qdrant: {url: "http://localhost:6333"}, approvals: null}
check:
ledgers: {notes: {path: docs/notes.md, dialect: rfc}}
dialects: {rfc: {like: decision-log, prefix: RFC}}
"""


def show(repo: GitRepo, capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, tuple[Any, str]]:
    assert main(["config", "show", *args, "--format", "json", "--repo", str(repo.root)]) == 0
    return {row["key"]: (row["value"], row["source"]) for row in json.loads(capsys.readouterr().out)}


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "QDRANT_HOST", "AUTOPACK_HOOKS_ALLOW_HOSTS", "AUTOPACK_HOOKS_ALLOW_PATHS"):
        monkeypatch.delenv(name, raising=False)


def test_every_option_is_shown(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    shown = show(repo, capsys)
    for name, kind in SECTIONS.items():
        assert all(any(f"{key}.".startswith(f"{name}.{f.name}.") for key in shown) for f in dataclasses.fields(kind))
    assert {source for _, source in shown.values()} == {"default"}
    assert (shown["project"][0], shown["sync.qdrant.path"][0]) == ("repo", None)


@pytest.mark.parametrize(
    ("key", "value", "source"),
    [
        ("links.history", 7, ".autopack-hooks.yaml"),
        ("links.exclude", ["archive/**"], ".autopack-hooks.yaml"),
        ("links.max_fixes", 200, "default"),
        ("check.select", ["LED", "CFG", "RUL"], "default"),
        ("sync.database_url", "sqlite:///own.db", ".autopack-hooks.yaml"),
        ("sync.qdrant.url", "http://localhost:6333", ".autopack-hooks.yaml"),
        ("sync.qdrant.path", None, "default"),
        ("sync.approvals.require_signature", False, "default"),
        ("sync.max_seconds", 120, "default"),
        ("ledgers.notes.path", "docs/notes.md", ".autopack-hooks.yaml"),
        ("dialects.rfc.prefix", "RFC", ".autopack-hooks.yaml"),
        ("project", "repo", "default"),
    ],
)
def test_the_source_is_who_gave_the_value(
    key: str, value: object, source: str, repo: GitRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write(".autopack-hooks.yaml", SETTINGS)
    assert show(repo, capsys)[key] == (value, source)


def test_the_environment_precedes_the_file(
    repo: GitRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write(".autopack-hooks.yaml", SETTINGS)
    monkeypatch.setenv("DATABASE_URL", "postgresql://bob:hunter2@127.0.0.1/x?sslpassword=hunter3")
    monkeypatch.setenv("QDRANT_HOST", "http://hunter4@127.0.0.1:6333")
    monkeypatch.setenv("AUTOPACK_HOOKS_ALLOW_HOSTS", "db.example.org")
    shown = show(repo, capsys)
    assert shown["sync.database_url"][1] == "environment variable DATABASE_URL"
    assert shown["sync.qdrant.url"][1] == "environment variable QDRANT_HOST"
    assert shown["autopack-hooks.allowHost"] == (
        ["db.example.org"],
        "environment variable AUTOPACK_HOOKS_ALLOW_HOSTS",
    )
    assert main(["config", "show", "--repo", str(repo.root)]) == 0
    assert "hunter" not in f"{shown}{capsys.readouterr().out}"


def test_the_users_git_configuration_is_a_source(
    repo: GitRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text("[autopack-hooks]\n\tallowHost = db.example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert show(repo, capsys)["autopack-hooks.allowHost"] == (["db.example.org"], "git config")


def test_a_file_of_the_command_line_is_the_source(
    repo: GitRepo, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("links: {history: 9}\n")
    assert show(repo, capsys, "--config", str(own))["links.history"] == (9, str(own))


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (["links.history"], ["links.history"]),
        (["sync.qdrant.url", "project"], ["sync.qdrant.url", "project"]),
        (["locks."], ["locks.names", "locks.ttl", "locks.grace", "locks.allow_network_fs"]),
    ],
)
def test_keys_choose(keys: list[str], shown: list[str], repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(show(repo, capsys, *keys)) == shown
    assert main(["config", "show", *keys, "--repo", str(repo.root)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == shown


@pytest.mark.parametrize(
    ("key", "hint"), [("link", "did you mean links?"), ("links.histry", "links.history?"), ("qq", "all")]
)
def test_an_unknown_key_names_the_nearest(
    key: str, hint: str, repo: GitRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "show", key, "--repo", str(repo.root)]) == 2
    assert hint in capsys.readouterr().err


def test_nothing_of_a_file_steers_the_terminal(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write(".autopack-hooks.yaml", 'project: "a\\e[2Jb\\n::error::x"\n')
    for color in ("always", "never"):
        assert main(["config", "show", "project", "--repo", str(repo.root), "--color", color]) == 0
        out = capsys.readouterr().out
        assert "\x1b[2J" not in out and out.count("\n") == 1
