"""Edits of a text and changes of files as values: applied, shown as a diff, written so that nobody else's work is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.core.errors import Refused
from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.terminal import escape
from autopack_hooks.core.text import SourceText


class Edit(NamedTuple):
    """Replace ``text[start:end]`` (character offsets) by ``replacement``."""

    start: int
    end: int
    replacement: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return ``text`` with all ``edits`` made, bottom-up, so that offsets refer to the original.

    Raises ValueError where two edits overlap or one lies outside the text.
    """
    chunks: list[str] = []
    end = len(text)
    for edit in sorted(set(edits), reverse=True):
        if not 0 <= edit.start <= edit.end <= end:
            raise ValueError(f"edit {edit.start}-{edit.end} overlaps another or leaves the text")
        chunks += (text[edit.end : end], edit.replacement)
        end = edit.start
    chunks.append(text[:end])
    return "".join(reversed(chunks))


class FileChange(NamedTuple):
    """A file as it was read, and its new text; ``before`` is empty for a file that is to be ``created``."""

    before: SourceText
    after: str
    created: bool = False

    @classmethod
    def new(cls, path: str, text: str) -> FileChange:
        """Return the creation of a file that does not exist."""
        return cls(SourceText.from_text(path, ""), text, created=True)

    @property
    def path(self) -> str:
        """The repository-relative path of the file."""
        return self.before.path

    @property
    def old_bytes(self) -> bytes:
        """The content of the file as it was read."""
        return self.before.encode(self.before.text)

    @property
    def new_bytes(self) -> bytes:
        """The content that the file is to have."""
        return self.before.encode(self.after)


def diff(changes: Iterable[FileChange]) -> str:
    """Return ``changes`` as a unified diff."""
    import difflib  # only where a change is shown

    out: list[str] = []
    for change in changes:
        after = SourceText.from_text(change.path, change.after)
        path = escape(change.path)
        old = "/dev/null" if change.created else f"a/{path}"
        out += difflib.unified_diff(_lines(change.before), _lines(after), old, f"b/{path}", lineterm="")
    return "".join(f"{line}\n" for line in out)


def _lines(source: SourceText) -> list[str]:
    """Return the lines as a diff has them, in which the last one says that no newline follows."""
    *lines, last = source.lines
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines


def check_unchanged(root: Path, changes: Iterable[FileChange]) -> None:
    """Raise Refused where a file below ``root`` is not as it was read, or one that is to be created exists."""
    for change in changes:
        path = root / change.path
        if path.exists() and (change.created or path.read_bytes() != change.old_bytes):
            raise Refused(f"{change.path} is being changed by somebody else; run again")


def write_changes(root: Path, changes: Sequence[FileChange]) -> None:
    """Write ``changes`` to the files below ``root``. Raises Refused, with nothing written, as ``check_unchanged`` does."""
    check_unchanged(root, changes)
    for change in changes:
        path = root / change.path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, change.new_bytes)
