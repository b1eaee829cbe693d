"""Changed files as values: shown as a diff, and written so that nobody else's work is lost."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.core.errors import Refused
from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.text import SourceText


class FileChange(NamedTuple):
    """A file before, and its text after."""

    before: SourceText
    after: str


def diff(changes: Iterable[FileChange]) -> str:
    """``changes`` as a unified diff."""
    out: list[str] = []
    for before, after in changes:
        new = SourceText.from_text(before.path, after).lines
        out += difflib.unified_diff(before.lines, new, f"a/{before.path}", f"b/{before.path}", lineterm="")
    return "".join(f"{line}\n" for line in out)


def write(root: Path, changes: Sequence[FileChange]) -> None:
    """Write ``changes`` to the files below ``root``. Raises Refused, with nothing written, where one is not as it was read."""
    for before, _ in changes:
        path = root / before.path
        if path.exists() and path.read_bytes() != before.encode(before.text):
            raise Refused(f"{before.path} is being changed by somebody else; run again")
    for before, after in changes:
        write_atomic(root / before.path, before.encode(after))
