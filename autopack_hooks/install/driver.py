"""The merge driver: which files git gives to it, and how git calls it."""

from __future__ import annotations

from collections.abc import Iterable

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
