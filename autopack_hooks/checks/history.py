"""Compare the ledgers with those of the last commit and of other branches: entries that are gone, ids that two took."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from autopack_hooks.checks.rules.against import clashes
from autopack_hooks.checks.rules.config import CFG004
from autopack_hooks.checks.rules.ids import LED021
from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.findings import Finding
from autopack_hooks.core.globs import is_pattern
from autopack_hooks.core.text import SourceText, decode
from autopack_hooks.core.words import counted
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.project.loader import Loaded, load_ledgers, make_ledger, read_ledgers
from autopack_hooks.project.taken_ids import commits
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import LedgerFile, Workspace


def ledgers_with_losses(workspace: Workspace, loaded: Loaded) -> list[Ledger]:
    """Return the ledgers of the last commit that had entries which are not there now."""
    if workspace.repo is None or workspace.repo.head() is None:
        return []
    view = GitView(workspace.repo, "HEAD", strict=False)
    now = {ledger.path: ledger for ledger in loaded.ledgers}
    found = []
    for file, before in read_ledgers(workspace.ledgers(view), view).items():
        ledger = now.get(file.path)
        if not before or (ledger and ledger.faulty):
            continue
        ids = set(ledger.entries) if ledger else set()
        sources = {document.path: document.source for document in ledger.documents} if ledger else {}
        if not _may_have_lost(file, before, sources, ids):
            continue
        old = make_ledger(file, before)
        if not old.faulty and not set(old.entries) <= ids:
            found.append(old)
    return found


def _may_have_lost(
    file: LedgerFile, before: Mapping[str, bytes], now: Mapping[str, SourceText], ids: Collection[str]
) -> bool:
    """Return whether an id that may be an entry's is gone; this mostly saves parsing the last commit's ledger."""
    for path, data in before.items():
        number = file.dialect.file_number(path) if file.dialect.entries == FILES else None
        if number is not None:
            if file.dialect.make_id(number) not in ids:
                return True
            continue
        text, _ = decode(data)
        if path in now and now[path].text == text:
            continue
        lines = [line for line in SourceText.from_text(path, text).lines if "#" in line or "|" in line]
        if not set(file.dialect.id_pattern.findall("\n".join(lines))) <= set(ids):
            return True
    return False


def missing_ledgers(workspace: Workspace, loaded: Loaded, losses: Sequence[Ledger]) -> Iterator[Finding]:
    """Yield a finding for each ledger without a file: those of the configuration, and those that this commit deletes."""
    source = workspace.config.source or ".autopack-hooks.yaml"
    for file in loaded.missing:
        what = "which matches no file" if is_pattern(file.path) else "which does not exist"
        message = f"the ledger {file.name} is configured as {file.path}, {what}"
        yield Finding(source, 1, 1, CFG004.code, message, CFG004.severity, context=file.path)
    for file in loaded.without_index:
        message = f"the index of the ledger {file.name} is configured as {file.index_file}, which does not exist"
        yield Finding(source, 1, 1, CFG004.code, message, CFG004.severity, context=file.index_file)
    here = {ledger.path for ledger in loaded.ledgers} | {file.path for file in loaded.missing}
    for ledger in losses:
        if ledger.path not in here:
            entries = counted(len(ledger.entries), "entry")
            message = f"the ledger {ledger.name} with {entries} would be removed (check.allow_removal)"
            path = ledger.documents[0].path
            yield Finding(path, 1, 1, LED021.code, message, LED021.severity, ledger=ledger.name, context=ledger.name)


def find_clashes(workspace: Workspace, loaded: Loaded, refs: Sequence[str]) -> Iterator[Finding]:
    """Yield a finding for each id that the ledgers ``loaded`` and those of ``refs`` took for different entries.

    Raises:
        UsageError: a ref names nothing, or there is no repository.
        GitError: git failed.
    """
    repo = workspace.repo
    if not refs:
        return
    if repo is None:
        raise UsageError(f"{workspace.root}: --against needs a git repository")
    for ref in refs:
        (commit,) = commits(repo, [ref])
        parted = repo.merge_base("HEAD", commit)
        theirs = load_ledgers(workspace, GitView(repo, commit))
        before = load_ledgers(workspace, GitView(repo, parted)).ledgers if parted else ()
        others = {ledger.name: ledger for ledger in theirs.ledgers if not ledger.faulty}
        base = {ledger.name: ledger.entries.keys() for ledger in before}
        for ledger in loaded.ledgers:
            if ledger.name in others and not ledger.faulty:
                yield from clashes(ledger, others[ledger.name], base.get(ledger.name, ()), ref)
