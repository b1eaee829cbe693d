"""``dialects``: every dialect with an example, which passes the checks."""

from __future__ import annotations

import pytest

from autopack_hooks.ledger.dialect import DIALECTS
from autopack_hooks.ledger.example import example
from autopack_hooks.main import main
from tests.support import GitRepo

OWN = "dialects: {rfc: {like: decision-log, prefix: RFC, headings: ['{id} ({date}): {title}'], statuses: [draft]}}\n"


def run(repo: GitRepo, *args: str) -> int:
    return main(["dialects", "--repo", str(repo.root), *args])


def test_all_are_listed(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write(".autopack-hooks.yaml", OWN)
    assert run(repo, "--short") == 0
    names = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [*DIALECTS, "rfc"]
    assert run(repo) == 0
    out = capsys.readouterr().out
    assert all(f"\n{name}: " in f"\n{out}" for name in names)
    assert "    ### RFC-001 (2026-01-02): Keep the ledgers in Markdown\n" in out


def test_one_is_shown(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(repo, "nygard") == 0
    out = capsys.readouterr().out
    assert out.startswith("nygard: ids such as ADR-0001; one file per entry, with the title `# NUMBER. TITLE`\n")
    assert "    # 1. Keep the ledgers in Markdown\n" in out and "madr" not in out


def test_an_unknown_one_names_the_nearest(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(repo, "mard") == 2
    assert "mard is not a dialect; did you mean madr?" in capsys.readouterr().err
    assert run(repo, "xyz") == 2
    assert "known: build-history" in capsys.readouterr().err


@pytest.mark.parametrize("name", [*DIALECTS, "rfc"])
def test_each_example_is_a_valid_ledger(name: str, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    from autopack_hooks.config.model import parse_config

    path, text = example(parse_config(OWN.encode(), "c").dialects[name])
    repo.write(path, text)
    repo.write(".autopack-hooks.yaml", f"{OWN}ledgers: {{it: {{path: {path}, dialect: {name}}}}}\n")
    assert main(["check", "--repo", str(repo.root)]) == 0
    assert capsys.readouterr().out == ""
