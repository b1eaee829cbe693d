"""After a merge on the main branch: the later of two entries with one id gets another one, and the fixers run.

What the branch had before counts as earlier. Only lines that came with the merge are changed, so that what the older text
means by the id stays.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from autopack_hooks.commands.ci.merging import identity, push, run_command
from autopack_hooks.core.edits import apply_edits
from autopack_hooks.core.errors import FINDINGS, OK, UsageError
from autopack_hooks.core.files import write_inside
from autopack_hooks.core.git import Repo
from autopack_hooks.core.terminal import escaped_path, write_line
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import FILES, VERSIONS
from autopack_hooks.ledger.ids import next_id
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.ledger.references import renumber_edits
from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.taken_ids import ids_elsewhere
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import Workspace

_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def tidy_branch(workspace: Workspace, repo: Repo, branch: str, before: str) -> int:
    """Renumber, fix, commit and push; exit 1 where something is left for people.

    Args:
        workspace: the clone, whose work tree has the branch checked out and no changes.
        repo: its repository.
        branch: the branch to push to.
        before: the commit that it had before, "" for the first parent of HEAD.

    Raises:
        UsageError: there are changes that nobody committed.
        FatalError: the branch cannot be pushed to.
    """
    if repo.run("status", "--porcelain", "--untracked-files=no"):
        raise UsageError(f"{workspace.root}: there are changes that are not committed; run this in a clone without")
    earlier = next(filter(None, map(repo.resolve, ("HEAD^1", before) if before.strip("0") else ("HEAD^1",))), None)
    left = _renumber(workspace, repo, earlier) if earlier else []
    for line in left:
        write_line(line, error=True)
    run_command(workspace, "fix")
    changed = [os.fsdecode(row[3:]) for row in repo.run("status", "--porcelain", "-z").split(b"\0") if row]
    if changed:
        repo.run("add", "--all", "--", *changed)
        message = "Ledgers after the merge\n\nIds that two branches had taken, and the generated parts.\n"
        repo.run(*identity(repo), "commit", "--quiet", "--no-verify", "--file=-", data=message.encode())
        push(repo, "HEAD", branch)
        write_line(f"committed and pushed to {branch}: {', '.join(map(escaped_path, changed))}")
    code = run_command(workspace, "check")
    return FINDINGS if left or code else OK


def _renumber(workspace: Workspace, repo: Repo, earlier: str) -> list[str]:
    """Give every entry that came later than another one of its id the next free id; return what could not be decided."""
    left: list[str] = []
    known = {ledger.name: ledger for ledger in load_ledgers(workspace, GitView(repo, earlier, strict=False)).ledgers}
    for ledger in load_ledgers(workspace, workspace.worktree).ledgers:
        before = known.get(ledger.name)
        if before is None or ledger.dialect.ids == VERSIONS or ledger.faulty:
            continue
        for entry_id in _doubled(ledger, before):
            first = before.entries.get(entry_id)
            if first is None or len(first.sections) != 1:
                left.append(
                    f"{entry_id} of {ledger.name}: it is not known which entry came first; renumber one by hand"
                )
                continue
            new = next_id(_taken(workspace, repo, ledger), ledger.dialect)
            if ledger.dialect.entries == FILES:
                _renumber_file(workspace, ledger, first.sections[0].path, entry_id, new)
            else:
                _renumber_lines(workspace, repo, entry_id, new, earlier)
            write_line(f"{entry_id} of {ledger.name}, the later one, is {new} now")
    return left


def _doubled(ledger: Ledger, before: Ledger) -> list[str]:
    """Return the ids under which there are more sections than there were."""
    return [
        entry_id
        for entry_id, entry in ledger.entries.items()
        if len(entry.sections) > 1
        and len(entry.sections) > len(before.entries[entry_id].sections if entry_id in before.entries else ())
    ]


def _taken(workspace: Workspace, repo: Repo, ledger: Ledger) -> set[str]:
    file = next(file for file in workspace.ledgers(workspace.worktree) if file.name == ledger.name)
    return {*ids_elsewhere(repo, file, []), *ledger.entries, *ledger.quoted}


def _renumber_file(workspace: Workspace, ledger: Ledger, kept: str, entry_id: str, new: str) -> None:
    """Rename the file of the later entry, as `renumber` does."""
    later = next(section.path for section in ledger.entries[entry_id].sections if section.path != kept)
    run_command(workspace, "renumber", str(workspace.root / later), new, "--execute")


def _renumber_lines(workspace: Workspace, repo: Repo, entry_id: str, new: str, earlier: str) -> None:
    """Write the new id where lines name the old one that were not there before."""
    out = repo.run("diff", "--name-only", "-z", "--diff-filter=AM", earlier, "--", "*.md", "*.markdown")
    for path in (os.fsdecode(name) for name in out.split(b"\0") if name):
        data = workspace.worktree.read([path])[path]
        source = SourceText.from_bytes(path, data or b"")
        if data is None or source.fault:
            continue
        added = set(_added_lines(repo, earlier, path))
        edits = [e for e in renumber_edits(source.text, entry_id, new) if source.position(e.start).line in added]
        if edits:
            text = apply_edits(source.text, edits)
            write_inside(workspace.root, path, source.encode(text), scratch=workspace.scratch)


def _added_lines(repo: Repo, earlier: str, path: str) -> Iterator[int]:
    """Yield the numbers of the lines of a file that a commit does not have."""
    out = repo.run("diff", "--unified=0", "--no-color", "--no-ext-diff", earlier, "--", f":(literal){path}")
    for match in _HUNK.finditer(out):
        first, count = int(match[1]), int(match[2] or 1)
        yield from range(first, first + count)
