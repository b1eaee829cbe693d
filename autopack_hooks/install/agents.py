"""What coding agents read: a marked block in ``AGENTS.md``, and the hooks in ``.claude/settings.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from autopack_hooks.core.errors import UsageError
from autopack_hooks.install.json_edit import append, delete
from autopack_hooks.install.setup import Setup, Step

AGENTS = "AGENTS.md"
SETTINGS = ".claude/settings.json"
_VERSION = 1
_START = re.compile(r"^<!-- autopack-hooks agents v\d+\b.*-->[ \t]*\r?$", re.MULTILINE)
_END = "<!-- end of autopack-hooks agents -->"
_BLOCK = f"""\
<!-- autopack-hooks agents v{_VERSION}: written by `autopack-hooks init --agents`, which replaces what is changed here -->
## What this repository remembers

Its ledgers hold what was decided, what went wrong and what was built. Ask them before you decide; write down what you decide.

- `autopack-hooks prime`: at the start: decisions in force, open problems, the newest entries
- `autopack-hooks recall PATH`: before you change a file: what the ledgers say of it
- `autopack-hooks search "QUERY"`: when something fails, or before you choose: the entries that answer
- `autopack-hooks get ID`: a whole entry, what it cites and what cites it
- `autopack-hooks new LEDGER "TITLE"`: after a decision, a bug or a build: an entry with the next free id
- `autopack-hooks check`: after you changed a ledger; `autopack-hooks fix` mends INDEX and META
{_END}"""

_HOOKS = {
    "PreToolUse": "Edit|Write|MultiEdit|NotebookEdit",
    "PostToolUse": "Edit|Write|MultiEdit",
    "SessionStart": "startup|clear|compact",
}
"""Event -> the tools (at the start of a session: its kinds) for which the harness calls us."""
_SECONDS = 15


def install(setup: Setup) -> Iterator[Step]:
    """Write the block and the hooks, each where it is not there yet."""
    yield from _write_block(setup)
    yield from _write_hooks(setup)


def remove(setup: Setup) -> Iterator[Step]:
    """Take the block and the hooks out again; a file that holds nothing else goes with them."""
    yield from _remove_block(setup)
    yield from _remove_hooks(setup)


def written(setup: Setup) -> list[str]:
    """Return the files that hold something of ours."""
    there = {AGENTS: _START.search(setup.text(AGENTS)) is not None, SETTINGS: "agent-hook" in setup.text(SETTINGS)}
    return [name for name, ours in there.items() if ours]


def _write_block(setup: Setup) -> Iterator[Step]:
    old = setup.present(AGENTS)
    text = setup.text(AGENTS)
    try:
        new = with_block(text, exists=old is not None)
    except UsageError as error:
        yield Step("left", str(error), failed=True)
        return
    if new == text:
        yield Step("kept", f"the block in {AGENTS} (it was there)")
        return
    setup.write(AGENTS, new)
    yield Step("wrote", f"{AGENTS}: how an agent asks the ledgers", True)


def _remove_block(setup: Setup) -> Iterator[Step]:
    text = setup.text(AGENTS)
    try:
        new = without_block(text)
    except UsageError as error:
        yield Step("left", str(error), failed=True)
        return
    if new == text:
        return
    if new is None:
        (setup.repo.root / AGENTS).unlink()
    else:
        setup.write(AGENTS, new)
    yield Step("removed", f"our block from {AGENTS}", True)


def with_block(text: str, *, exists: bool = True) -> str:
    """Return ``text`` with the block as it is today, in its place or at the end. Raises UsageError for half a block.

    A text that has no newline at its end gets none, by which ``without_block`` knows that it had none.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    block = _BLOCK.replace("\n", newline)
    place = _block_of(text)
    if place:
        return text[: place[0]] + block + text[place[1] :]
    if not exists:
        return block + newline
    if not text or text.endswith("\n"):
        return f"{text}{newline}{block}{newline}" if text else block
    return f"{text}{newline}{newline}{block}"


def without_block(text: str) -> str | None:
    """Return ``text`` without the block, None where ``with_block`` made the whole file. Raises UsageError."""
    place = _block_of(text)
    if place is None:
        return text
    before, after = text[: place[0]], text[place[1] :]
    if not after:
        return re.sub(r"\r?\n\r?\n\Z", "", before)
    rest = re.sub(r"\A\r?\n", "", after)
    return re.sub(r"(?<=\n)\r?\n\Z", "", before) + rest if before or rest else None


def _block_of(text: str) -> tuple[int, int] | None:
    """Return where the block begins and ends. Raises UsageError for one whose end is missing."""
    start = _START.search(text)
    if start is None:
        return None
    end = text.find(_END, start.end())
    if end < 0 or _START.search(text, start.end(), end):
        line = text.count("\n", 0, start.start()) + 1
        raise UsageError(f"{AGENTS}:{line}: the block of autopack-hooks has no end; delete what is left of it by hand")
    return start.start(), end + len(_END)


def _write_hooks(setup: Setup) -> Iterator[Step]:
    text = setup.text(SETTINGS)
    try:
        new = with_hooks(text if text.strip() else "{}\n")
    except UsageError as error:
        yield Step("left", str(error), failed=True)
        return
    if new == text:
        yield Step("kept", f"the hooks in {SETTINGS} (they were there)")
        return
    setup.write(SETTINGS, new)
    yield Step("wrote", f"{SETTINGS}: {', '.join(_HOOKS)} call `autopack-hooks agent-hook`", True)


def _remove_hooks(setup: Setup) -> Iterator[Step]:
    text = setup.text(SETTINGS)
    try:
        new = without_hooks(text) if text.strip() else text
    except UsageError as error:
        yield Step("left", str(error), failed=True)
        return
    if new == text:
        return
    if json.loads(new.removeprefix("\ufeff")):
        setup.write(SETTINGS, new)
    else:
        path = setup.repo.root / SETTINGS
        path.unlink()
        with suppress(OSError):
            path.parent.rmdir()
    yield Step("removed", f"our hooks from {SETTINGS}", True)


def with_hooks(text: str) -> str:
    """Return the settings with a hook for each event that has none of ours. Raises UsageError."""
    for event, matcher in _HOOKS.items():
        settings = _settings(text)
        if _own_hook(settings, event):
            continue
        hook = {"type": "command", "command": f"autopack-hooks agent-hook {event}", "timeout": _SECONDS}
        group = {"matcher": matcher, "hooks": [hook]}
        if "hooks" not in settings:
            text = append(text, [], "hooks", {event: [group]})
        elif event not in settings["hooks"]:
            text = append(text, ["hooks"], event, [group])
        else:
            text = append(text, ["hooks", event], None, group)
    return text


def without_hooks(text: str) -> str:
    """Return the settings without our hooks, and without what held nothing else. Raises UsageError."""
    for event in _HOOKS:
        while path := _own_hook(settings := _settings(text), event):
            text = delete(text, _with_what_is_emptied(settings, path))
    return text


def _with_what_is_emptied(settings: dict[str, Any], path: list[str | int]) -> list[str | int]:
    """Return the path of the outermost value that holds nothing but the one at ``path``; a matcher alone is nothing."""
    while len(path) > 1 and (path[-1] == "hooks" or len(_value(settings, path[:-1])) == 1):
        path = path[:-1]
    return path


def _settings(text: str) -> dict[str, Any]:
    """Return the settings, whose hooks have the form that we edit. Raises UsageError."""
    try:
        settings = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        reason = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise UsageError(f"{SETTINGS}: not valid JSON ({reason}); mend it and run this again") from error
    hooks = settings.get("hooks", {}) if isinstance(settings, dict) else None
    lists = [hooks[event] for event in _HOOKS if event in hooks] if isinstance(hooks, dict) else [None]
    if not all(isinstance(groups, list) for groups in lists):
        raise UsageError(f"{SETTINGS}: `hooks` is not an object of lists; mend it and run this again")
    assert isinstance(settings, dict)
    return settings


def _own_hook(settings: dict[str, Any], event: str) -> list[str | int] | None:
    """Return the path of the first hook of ``event`` that calls us."""
    ours = re.compile(rf"\bautopack[-_]hooks\b.*\bagent-hook\s+{event}\b")
    for number, group in enumerate(settings.get("hooks", {}).get(event, [])):
        hooks = group.get("hooks") if isinstance(group, dict) else None
        for inner, hook in enumerate(hooks if isinstance(hooks, list) else []):
            command = hook.get("command") if isinstance(hook, dict) else None
            if isinstance(command, str) and ours.search(command):
                return ["hooks", event, number, "hooks", inner]
    return None


def _value(settings: Any, path: list[str | int]) -> Any:
    for key in path:
        settings = settings[key]
    return settings
