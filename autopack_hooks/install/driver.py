"""The merge driver: which files git gives to it, and how git calls it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from autopack_hooks.core.git import Repo
from autopack_hooks.install.setup import Setup, Step

ATTRIBUTES = ".gitattributes"
NAME = "autopack-ledger"
KEY = f"merge.{NAME}.driver"
_ARGUMENTS = "merge-driver %O %A %B %P --marker-size=%L --ours-label=%X --theirs-label=%Y"


def command(program: str | None) -> str:
    """Return the command that git runs in a shell. Git before 2.44 passes ``%X`` and ``%Y`` on as they are."""
    quoted = '"' + program.replace("\\", "/") + '"' if program else "python3 -P -m autopack_hooks"
    return f"{quoted} {_ARGUMENTS}"


def attribute_line(path: str) -> str:
    """Return the line of ``.gitattributes`` that gives the ledger at ``path`` to the driver."""
    plain = path.replace("\\", "\\\\").replace('"', '\\"')
    return (f'"{plain}"' if " " in path or '"' in path else path) + f" merge={NAME}"


def extended(old: str, paths: Iterable[str]) -> str:
    """Return ``.gitattributes`` with a line for each of ``paths`` added."""
    newline = "\r\n" if "\r\n" in old else "\n"
    start = old if not old or old.endswith("\n") else old + newline
    return start + "".join(attribute_line(path) + newline for path in paths)


def reduced(text: str) -> str:
    """Return ``.gitattributes`` without the lines that ``extended`` adds."""
    return "".join(line for line in text.splitlines(keepends=True) if not _is_ours(line.rstrip("\r\n")))


def _is_ours(line: str) -> bool:
    path, _, attribute = line.rpartition(" ")
    return attribute == f"merge={NAME}" and bool(path.strip()) and not path.startswith("#")


def set_up(setup: Setup, paths: Sequence[str]) -> Iterator[Step]:
    """Have git merge these ledgers entry by entry. Attributes are committed, the driver is this clone's."""
    if not paths:
        return
    drivers = {path: merge_attribute(setup.repo, path) for path in paths}
    missing = [path for path, value in drivers.items() if value == "unspecified"]
    for path, value in drivers.items():
        if value not in ("unspecified", NAME):
            yield Step("left", f"{path} to merge={value}; with merge={NAME} it merges entry by entry")
    if missing:
        setup.write(ATTRIBUTES, extended(setup.text(ATTRIBUTES), missing))
        merge = "merges" if len(missing) == 1 else "merge"
        names = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        yield Step("wrote", f"{ATTRIBUTES}: {names} {merge} entry by entry", True)
    wanted = command(setup.find_program("autopack-hooks"))
    if setup.repo.config(KEY) != wanted:
        setup.repo.run("config", "--local", f"merge.{NAME}.name", "ledgers, entry by entry")
        setup.repo.run("config", "--local", KEY, wanted)
        yield Step("noted", f"{KEY} in git's local configuration", True)
    elif not missing:
        yield Step("kept", "the merge driver of the ledgers (it was set up)")


def merge_attribute(repo: Repo, path: str) -> str:
    """Return the attribute ``merge`` of a path; ``unspecified`` where nothing sets it."""
    out = repo.run("check-attr", "-z", "merge", "--", path)
    return os.fsdecode(out).split("\0")[2]


def remove(setup: Setup) -> Iterator[Step]:
    """Take the lines of ``.gitattributes`` and the driver of this clone away again."""
    old = setup.text(ATTRIBUTES)
    text = reduced(old)
    if text != old:
        if text.strip():
            setup.write(ATTRIBUTES, text)
        else:
            (setup.repo.root / ATTRIBUTES).unlink()
        yield Step("removed", f"our lines from {ATTRIBUTES}", True)
    if setup.repo.try_run("config", "--local", "--get-regexp", rf"^merge\.{NAME}\.")[0] == 0:
        setup.repo.run("config", "--local", "--remove-section", f"merge.{NAME}")
        yield Step("removed", f"merge.{NAME} from git's local configuration", True)
