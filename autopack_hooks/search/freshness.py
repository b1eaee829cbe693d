"""Whether a store is behind the ledgers: what a question is answered from may not be what the last commit says."""

from __future__ import annotations

from collections.abc import Sequence

from autopack_hooks.core.git import GitError, Repo
from autopack_hooks.core.globs import files_matching, fixed_folder
from autopack_hooks.project.workspace import LedgerFile
from autopack_hooks.search.answer import Answer

_NAMES = {"database": "the database", "qdrant": "the Qdrant store"}
_REMEDY = "run `autopack-hooks sync --execute` to bring it in line"


def notes(repo: Repo | None, head: str | None, files: Sequence[LedgerFile], answers: Sequence[Answer]) -> list[str]:
    """Return a line for each store whose answer may differ from what the ledgers of the commit ``head`` say."""
    lines: dict[str, None] = {}
    for answer in answers:
        if answer.known and not answer.fault and repo and head:
            reason = _lag(repo, head, files, answer)
            lines |= {f"{_NAMES[answer.store]} {reason}; {_REMEDY}": None} if reason else {}
    return list(lines)


def _lag(repo: Repo, head: str, files: Sequence[LedgerFile], answer: Answer) -> str:
    """Return how the store stands to ``head``; "" where no ledger differs."""
    if answer.pending and answer.pending != answer.commit:
        return f"is behind HEAD: {answer.pending[:12]} was synced in part"
    if not answer.commit:
        return "was not filled from a commit, so it may be behind HEAD or before it"
    if answer.commit == head:
        return ""
    distance = repo.distance(answer.commit, head)
    if distance is None:
        return f"was synced from {answer.commit[:12]}, which this clone does not know"
    try:
        if _blobs(repo, answer.commit, files) == _blobs(repo, head, files):
            return ""
    except GitError:
        return f"was synced from {answer.commit[:12]}, which cannot be read here"
    ahead, behind = distance
    parts = [f"{_commits(behind)} behind HEAD"] if behind else []
    parts += [f"{_commits(ahead)} ahead of it" if parts else f"{_commits(ahead)} ahead of HEAD"] if ahead else []
    return f"is {' and '.join(parts)}"


def _commits(count: int) -> str:
    return f"{count} commit{'' if count == 1 else 's'}"


def _blobs(repo: Repo, commit: str, files: Sequence[LedgerFile]) -> dict[str, str]:
    """Return the blob of each ledger file of a commit."""
    found = repo.blob_ids(commit, {fixed_folder(file.path) for file in files})
    wanted = {path for file in files for path in (*files_matching(file.path, found), file.path)}
    return {path: blob for path, blob in found.items() if path in wanted}
