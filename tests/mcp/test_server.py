"""The server, driven by the SDK's own client: small definitions, bounded answers, errors that say what to do."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from autopack_hooks.commands.shared.targets import clocks, settings_of
from autopack_hooks.main import main
from autopack_hooks.mcp.answers import Desk
from autopack_hooks.mcp.server import make_server
from autopack_hooks.project.workspace import Workspace
from tests.support import LEDGER, GitRepo

BODY = "the second thing."
ROOT = Path(__file__).parents[2]


@pytest.fixture
def desk(ledger_repo: GitRepo) -> Desk:
    ledger_repo.write("src/a.py", "a = 1\n")
    ledger_repo.write("docs/BUILD_HISTORY.md", LEDGER.replace(BODY, f"{BODY} See `src/a.py`."))
    ledger_repo.commit("code")
    args = argparse.Namespace(database_url=None, qdrant_host=None, qdrant_path=None)
    open_workspace = partial(Workspace.open, os.environ, str(ledger_repo.root))
    return Desk(open_workspace, partial(settings_of, args), clocks(), None, threading.Lock())


def ask(server: Any, work: Callable[[Client], Awaitable[Any]]) -> Any:
    async def session() -> Any:
        async with Client(server) as client:
            return await work(client)

    return anyio.run(session)


def call(desk: Desk, name: str, **arguments: Any) -> Any:
    return ask(make_server(desk), lambda client: client.call_tool(name, arguments))


def answer(desk: Desk, name: str, **arguments: Any) -> dict[str, Any]:
    result = call(desk, name, **arguments)
    assert not result.is_error, result
    content: dict[str, Any] = result.structured_content
    return content


def error(desk: Desk, name: str, **arguments: Any) -> str:
    result = call(desk, name, **arguments)
    assert result.is_error, result
    (content,) = result.content
    assert "\n" not in content.text and "Traceback" not in content.text
    return str(content.text)


def test_definitions_are_small_and_only_read(desk: Desk) -> None:
    tools = ask(make_server(desk), lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["search", "get", "recall", "check"]
    assert sum(len(tool.model_dump_json(by_alias=True, exclude_none=True)) for tool in tools) < 4000
    for tool in tools:
        assert tool.annotations.read_only_hint and tool.annotations.destructive_hint is False
        assert tool.input_schema["additionalProperties"] is False and tool.output_schema["type"] == "object"
        assert tool.description


def test_get(desk: Desk) -> None:
    found = answer(desk, "get", ids=["build-002", "BUILD-002", "BUILD-909"])
    (entry,) = found["entries"]
    assert (entry["entry_id"], entry["path"], entry["cited_by"]) == (
        "BUILD-002",
        "docs/BUILD_HISTORY.md",
        ["BUILD-003"],
    )
    assert BODY in entry["text"] and len(found["notes"]) == 1 and "BUILD-909" in found["notes"][0]


def test_get_says_what_was_cut(desk: Desk, ledger_repo: GitRepo) -> None:
    long = "A line of text.\n" * 3000
    ledger_repo.write("docs/BUILD_HISTORY.md", LEDGER.replace(BODY, f"{BODY}\n\n{long}The end."))
    ledger_repo.commit("long")
    found = answer(desk, "get", ids=["BUILD-002", "BUILD-001"])
    assert [entry["entry_id"] for entry in found["entries"]] == ["BUILD-002"]
    cut, left = found["notes"]
    assert "BUILD-002 is cut" in cut and "left out" in left and "BUILD-001" in left
    line = int(cut.rsplit(" ", 1)[1])
    assert ledger_repo.read("docs/BUILD_HISTORY.md").splitlines()[line - 1] in (*long.splitlines(), "The end.")
    both = answer(desk, "get", ids=["BUILD-001", "BUILD-002"])
    assert [entry["entry_id"] for entry in both["entries"]] == ["BUILD-001"] and "BUILD-002" in both["notes"][0]


def test_recall(desk: Desk, ledger_repo: GitRepo) -> None:
    for path in ("src/a.py", "src", str(ledger_repo.root / "src/a.py")):
        (line,) = answer(desk, "recall", paths=[path])["lines"]
        assert line.startswith("BUILD-002 2026-01-02 (complete)")
    assert answer(desk, "recall", paths=["README.md"]) == {"lines": [], "notes": ["no entry names these files"]}
    assert "outside the repository" in error(desk, "recall", paths=["../x"])
    assert "empty" in error(desk, "recall", paths=[])


def test_check_reads_the_files_on_disk(desk: Desk, ledger_repo: GitRepo) -> None:
    assert answer(desk, "check") == {"errors": 0, "findings": [], "notes": []}
    ledger_repo.write("docs/BUILD_HISTORY.md", LEDGER.replace("### BUILD-001", "### BUILD-002"))
    found = answer(desk, "check", files=["docs/BUILD_HISTORY.md"])
    assert found["errors"] and found["findings"][0]["code"].startswith("LED")
    assert "README.md" in error(desk, "check", files=["README.md"])


def test_search(desk: Desk) -> None:
    assert "autopack-hooks sync" in error(desk, "search", query="thing")
    assert main(["sync", "--db-only", "--execute", "--repo", str(desk.open_workspace().root)]) == 0
    found = answer(desk, "search", query="second thing", limit=2)
    assert found["hits"][0]["entry_id"] == "BUILD-002" and len(found["hits"]) <= 2
    assert set(found["hits"][0]) == {"entry_id", "title", "date", "status", "path", "line", "snippet"}
    assert "no entry answers" in answer(desk, "search", query="zebra")["notes"][0]
    assert answer(desk, "search", query="second", since="2026-01-03")["hits"] == []


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("search", {"query": "x", "ledgerr": "y"}, ["'ledgerr'", "'ledger'", "query"]),
        ("search", {}, ["query", "required"]),
        ("search", {"query": " "}, ["query is empty"]),
        ("search", {"query": "x", "limit": 21}, ["limit", "20"]),
        ("search", {"query": "x", "ledger": ["none"]}, ["none", "build_history"]),
        ("search", {"query": "x", "since": "soon"}, ["since", "soon", "2026-01-31"]),
        ("get", {"ids": ["BUILD-02"]}, ["BUILD-02", "BUILD-002"]),
        ("get", {"ids": []}, ["ids is empty"]),
        ("get", {"ids": 3}, ["ids", "list"]),
        ("recall", {"paths": ["a"], "budget": 3}, ["'budget'", "paths"]),
        ("search", {"query": "x" * 4001}, ["query", "4000"]),
        ("fix", {}, ["fix"]),
    ],
)
def test_errors_say_what_is_wrong(desk: Desk, name: str, arguments: dict[str, Any], words: list[str]) -> None:
    said = error(desk, name, **arguments)
    assert all(word in said for word in words), said


def test_a_name_in_another_encoding(desk: Desk, ledger_repo: GitRepo) -> None:
    name = os.fsdecode(b"docs/adr/0001-\xff.md")
    ledger_repo.write(".autopack-hooks.yaml", "version: 1\nledgers:\n  adr: {path: docs/adr/*.md, dialect: madr}\n")
    try:
        ledger_repo.write(name, "# One\n\n## Status\n\nAccepted\n")
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    ledger_repo.commit("adr")
    (entry,) = answer(desk, "get", ids=["ADR-0001"])["entries"]
    assert entry["path"] == "docs/adr/0001-\\udcff.md"
    assert isinstance(answer(desk, "check")["findings"], list)


def test_a_fault_of_ours_gives_no_insight(desk: Desk) -> None:
    def fail() -> Workspace:
        raise RuntimeError("secret")

    said = error(desk._replace(open_workspace=fail), "get", ids=["BUILD-001"])
    assert "internal error: RuntimeError" in said and "secret" not in said


def test_over_stdio(desk: Desk, tmp_path: Any) -> None:
    root = str(desk.open_workspace().root)
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "autopack_hooks", "mcp", "--repo", root],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=str(tmp_path),
    )
    result = ask(server, lambda client: client.call_tool("get", {"ids": ["BUILD-001"]}))
    assert result.structured_content["entries"][0]["entry_id"] == "BUILD-001"
    assert json.loads(result.content[0].text) == result.structured_content


def test_without_the_sdk(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "autopack_hooks.mcp.server")
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    assert main(["mcp"]) == 2
    assert "pip install 'autopack-hooks[mcp]'" in capsys.readouterr().err
