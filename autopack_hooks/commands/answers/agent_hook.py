"""Answer the hooks of a coding agent: what the ledgers say of a file before it is edited, what is wrong with a ledger after.

The harness writes the call to stdin as JSON, in the form of Claude Code, which Cursor and Codex share. Before an edit, the
answer is what `recall` finds, as context for the model. After a ledger was written, its errors are on stderr with exit code
2, which shows them to the model. At the start of a session it is what `prime` prints. Everything else, and whatever cannot
be read, is exit code 0 and silence: an agent is never kept from its work.

Examples:
    autopack-hooks agent-hook PreToolUse
    autopack-hooks agent-hook SessionStart --verbose
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autopack_hooks.core.errors import OK, USAGE
from autopack_hooks.core.git import locate
from autopack_hooks.core.terminal import write_line, write_text
from autopack_hooks.search.recall import recall_lines, relative_path, within_budget

if TYPE_CHECKING:
    from autopack_hooks.core.findings import Finding

_INPUT_LIMIT = 64 * 2**20
_BUDGET = 800
"""Bytes of context before an edit."""
_PRIME_BUDGET = 6000
_MOST_FINDINGS = 20
_MOST_PATHS = 20
_PATH_KEYS = ("file_path", "notebook_path", "path")
_PATCHED = re.compile(r"^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$", re.MULTILINE)
"""The files of a patch, as Codex sends one."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``agent-hook``."""
    parser.add_argument(
        "event",
        nargs="?",
        metavar="EVENT",
        help=f"{', '.join(_ANSWERS)}; others are ignored (default: what the input names)",
    )


def run(args: argparse.Namespace) -> int:
    """Answer one call; 2 where a ledger that was written has errors, else 0."""
    try:
        call = _read_call()
        event = args.event or call.get("hook_event_name")
        answer = _ANSWERS.get(event) if isinstance(event, str) else None
        return answer(call, args) if answer else OK
    except Exception as error:  # exit code 2 would forbid the agent its edit, and every other is shown as a failed hook
        if args.verbose:
            write_line(f"autopack-hooks: agent-hook: {type(error).__name__}: {error}", error=True)
        return OK


def _read_call() -> dict[str, Any]:
    """Return what the harness wrote; {} for nothing. Raises ValueError, RecursionError."""
    if sys.stdin is None or sys.stdin.isatty():
        return {}
    data = sys.stdin.buffer.read(_INPUT_LIMIT + 1)
    if not data.strip():
        return {}
    call = json.loads(data) if len(data) <= _INPUT_LIMIT else None
    if not isinstance(call, dict):
        raise ValueError("the input is not a JSON object of at most 64 MB")
    return call


def _before_edit(call: Mapping[str, Any], args: argparse.Namespace) -> int:
    """Print what the ledgers say of the files, those of the repository that each file is in."""
    lines: dict[str, None] = {}
    shown: list[str] = []
    for path in _paths(call):
        repo = locate(os.environ, args.repo or _folder(path))[1]
        names = {relative_path(repo.root, name) for name in (path, os.path.realpath(path))} - {None, ""} if repo else ()
        wanted = sorted(filter(None, names))
        if repo and wanted:
            lines |= dict.fromkeys(recall_lines(repo, wanted, os.environ, args.config))
            shown.append(wanted[0])
    if lines:
        more = f"{{count}} more: autopack-hooks recall {' '.join(map(shlex.quote, shown[:3]))} --budget 4000"
        _give_context("PreToolUse", f"The ledgers of this repository say:\n{within_budget(list(lines), _BUDGET, more)}")
    return OK


def _after_edit(call: Mapping[str, Any], args: argparse.Namespace) -> int:
    """Print the errors of ledgers that were written."""
    found = [finding for path in _paths(call) for finding in _findings(path, args)]
    if not found:
        return OK
    from autopack_hooks.report.text import render

    write_text(render(found[:_MOST_FINDINGS]), error=True)
    if len(found) > _MOST_FINDINGS:
        write_line(f"{len(found) - _MOST_FINDINGS} more: autopack-hooks check", error=True)
    if any(finding.fixable for finding in found):
        write_line("autopack-hooks fix mends what can be mended", error=True)
    return USAGE


def _findings(path: str, args: argparse.Namespace) -> list[Finding]:
    """Return what `check` reports of the ledger ``path``, where that is one and has errors."""
    from autopack_hooks.project.workspace import Workspace

    workspace = Workspace.open(os.environ, args.repo or _folder(path), args.config)
    for name in dict.fromkeys((path, os.path.realpath(path))):
        shown = relative_path(workspace.root, name)
        if shown and workspace.has_ledger_file(shown):
            from autopack_hooks.checks.runner import check_file  # not for every file that an agent writes
            from autopack_hooks.core.findings import failed

            found = check_file(workspace, shown)
            return found if failed(found) else []
    return []


def _at_start(call: Mapping[str, Any], args: argparse.Namespace) -> int:
    """Print what a newcomer should know, where there are ledgers."""
    from autopack_hooks.project.workspace import Workspace
    from autopack_hooks.search.prime import primed

    folder = args.repo or _string(call.get("cwd")) or None
    workspace = Workspace.open(os.environ, folder, args.config)
    if workspace.ledgers(workspace.worktree):
        _give_context("SessionStart", primed(workspace, _PRIME_BUDGET))
    return OK


_ANSWERS = {"PreToolUse": _before_edit, "PostToolUse": _after_edit, "SessionStart": _at_start}


def _give_context(event: str, text: str) -> None:
    """Print ``text`` in the form in which the harness hands it to the model."""
    answer = {"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}}
    write_text(json.dumps(answer) + "\n")


def _paths(call: Mapping[str, Any]) -> list[str]:
    """Return the absolute paths of the files that a call is about, each once."""
    folder = _string(call.get("cwd"))
    names = [os.path.abspath(os.path.join(folder, name)) for name in _names(call.get("tool_input"))]
    return list(dict.fromkeys(names))[:_MOST_PATHS]


def _names(given: object) -> Iterator[str]:
    """Yield the names of files in the arguments of a tool."""
    if not isinstance(given, dict):
        return
    yield from filter(None, (_string(given.get(key)) for key in _PATH_KEYS))
    for patch in map(_string, given.values()):
        if patch.startswith("*** Begin Patch"):
            yield from (name.strip() for name in _PATCHED.findall(patch))


def _string(value: object) -> str:
    """Return a text that can be a path, "" for anything else."""
    return value if isinstance(value, str) and "\0" not in value else ""


def _folder(path: str) -> str:
    """Return the nearest folder above ``path`` that exists."""
    folder = os.path.dirname(path)
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return folder
