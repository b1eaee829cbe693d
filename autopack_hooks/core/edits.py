"""Edits of a text and changes of files as values: applied, shown as a diff, checked against what is there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.core.errors import Refused
from autopack_hooks.core.files import RepositoryFiles, destination
from autopack_hooks.core.terminal import escape
from autopack_hooks.core.text import SourceText

_CONTEXT = 3
_MOST_WORK = 20_000_000
_RANGE = re.compile(r"([-+])(\d+)(?=[, ])")


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
    """Return ``changes`` as a unified diff; where comparing line by line would take long, as one large hunk."""
    out: list[str] = []
    for change in changes:
        after = SourceText.from_text(change.path, change.after)
        path = escape(change.path)
        old = "/dev/null" if change.created else f"a/{path}"
        hunks = list(_hunks(_lines(change.before), _lines(after)))
        out += [f"--- {old}", f"+++ b/{path}", *hunks] if hunks else []
    return "".join(f"{line}\n" for line in out)


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield the hunks of a unified diff; what is equal at both ends is left out before lines are compared."""
    most = min(len(before), len(after))
    head = next((i for i in range(most) if before[i] != after[i]), most)
    tail = next((i for i in range(most - head) if before[-1 - i] != after[-1 - i]), most - head)
    start, after_tail = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    old, new = before[start : len(before) - after_tail], after[start : len(after) - after_tail]
    if _work(old, new) > _MOST_WORK:
        head, tail = head - start, tail - after_tail
        yield f"@@ -{start + 1},{len(old)} +{start + 1},{len(new)} @@"
        yield from (f" {line}" for line in old[:head])
        yield from (f"-{line}" for line in old[head : len(old) - tail])
        yield from (f"+{line}" for line in new[head : len(new) - tail])
        yield from (f" {line}" for line in old[len(old) - tail :])
        return
    import difflib  # only where a change is shown

    for line in list(difflib.unified_diff(old, new, n=_CONTEXT, lineterm=""))[2:]:
        yield _RANGE.sub(lambda found: f"{found[1]}{int(found[2]) + start}", line) if line[0] == "@" else line


def _work(old: Sequence[str], new: Sequence[str]) -> int:
    """Return a measure of difflib's work: pairs of equal lines, which it looks at anew for each change.

    It passes over the pairs of the commonest lines.
    """
    ours, theirs = Counter(old), Counter(new)
    common = len(new) // 100 + 1 if len(new) >= 200 else len(new)
    pairs = sum(count * theirs[line] for line, count in ours.items() if theirs[line] <= common)
    return pairs * (1 + max((ours - theirs).total(), (theirs - ours).total()))


def _lines(source: SourceText) -> list[str]:
    """Return the lines as a diff has them, in which the last one says that no newline follows."""
    *lines, last = source.lines
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines


def check_unchanged(root: Path, changes: Iterable[FileChange], moves: Mapping[str, str] | None = None) -> None:
    """Check that the files are as they were read.

    Args:
        root: the root of the work tree.
        changes: the changes, none of which is made.
        moves: old path -> new path of what is moved before they are made.

    Raises:
        Refused: a file is not as it was read, or one that is to be created exists.
        UsageError: a file leads out of the repository.
    """
    sources = {new: old for old, new in (moves or {}).items()}
    files = RepositoryFiles(root)
    for change in changes:
        destination(root, change.path)
        path = next(
            (old + change.path[len(new) :] for new, old in sources.items() if _below(change.path, new)), change.path
        )
        if change.created and path in sources.values():
            continue
        try:
            present: bytes | None = files.read(path)
        except (FileNotFoundError, NotADirectoryError):
            present = None
        if present is not None and (change.created or present != change.old_bytes):
            raise Refused(f"{change.path} is being changed by somebody else; run again")


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
