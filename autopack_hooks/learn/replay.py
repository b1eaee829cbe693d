"""Try a rule before it acts: on its own cases, on the last commit, and on the commits before."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autopack_hooks.checks.pipeline import silence
from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.findings import Finding
from autopack_hooks.core.git import Repo
from autopack_hooks.core.globs import files_matching
from autopack_hooks.core.text import SourceText
from autopack_hooks.learn.matching import document_hits, existence, in_scope, ledger_hits, own_case_faults
from autopack_hooks.learn.rules import DOCUMENTS, enforce, ignores_of, pattern_fault
from autopack_hooks.learn.surroundings import head_view
from autopack_hooks.ledger.learned import LINK_MOVED, NOTE, RULES_PATH, LearnedRule
from autopack_hooks.project.loader import load_ledgers, make_ledger
from autopack_hooks.project.workspace import Workspace

_SHOWN = 5


class Replayed(NamedTuple):
    """A place in an earlier commit that the rule would have refused."""

    commit: str
    path: str
    line: int


class Trial(NamedTuple):
    """The result of a replay: why the rule is wrong, and what it would have refused."""

    reasons: Sequence[str]
    refused: Sequence[Replayed]


class HeadFindings(NamedTuple):
    """What a rule finds in the last commit, and how many of its findings ignore comments silence."""

    findings: Sequence[Finding]
    silenced: int


def try_rule(workspace: Workspace, rule: LearnedRule) -> Trial:
    """Return what speaks against a rule, and what it would have refused in the last ``learn.replay`` commits."""
    fault = pattern_fault(rule)
    if fault:
        return Trial([fault], ())
    reasons = list(own_case_faults(rule))
    if rule.kind == NOTE:
        return Trial(reasons, ())
    found = at_head(workspace, rule).findings
    reasons += [f"it fires on what the last commit holds: {f.path}:{f.line}: {f.message}" for f in found[:_SHOWN]]
    if len(found) > _SHOWN:
        reasons.append(f"and in {len(found) - _SHOWN} more places")
    if found:
        reasons.append(
            "mend these places first, or ignore them with a reason in a comment; then approve the rule again"
        )
    repo = workspace.repo
    past = list(_past(workspace, repo, rule)) if repo and repo.head() and not reasons else []
    return Trial(reasons, past)


def at_head(workspace: Workspace, rule: LearnedRule) -> HeadFindings:
    """Return what the rule finds in the last commit, without what is silenced there."""
    view = head_view(workspace)
    paths = view.find("**")
    exists = existence(paths)
    if rule.kind in DOCUMENTS:
        wanted = [path for path in paths if path != RULES_PATH and in_scope(rule, path)]
        sources = [
            SourceText.from_bytes(p, d) for p, d in view.read(wanted).items() if d is not None and b"\0" not in d
        ]
        found = list(enforce([rule], [s for s in sources if not s.fault], (), exists))
    else:
        ledgers = load_ledgers(workspace, view).ledgers
        sources = [document.source for ledger in ledgers for document in ledger.documents]
        found = list(enforce([rule], (), ledgers, exists))
    by_path = {source.path: source for source in sources}
    kept = [
        finding
        for path in sorted({finding.path for finding in found})
        for finding in silence(path, ignores_of(by_path[path]), [f for f in found if f.path == path], ())
        if finding in found
    ]
    return HeadFindings(kept, len(found) - len(kept))


def _past(workspace: Workspace, repo: Repo, rule: LearnedRule) -> Iterator[Replayed]:
    """Yield where commits brought something in that the rule refuses, the newest commit first."""
    limit = workspace.config.learn.replay
    names = [file.path for file in workspace.ledgers(workspace.worktree)]
    read: dict[tuple[str, str], frozenset[tuple[int, str]]] = {}

    def hits(path: str, oid: str) -> frozenset[tuple[int, str]]:
        if (path, oid) not in read:
            read[path, oid] = frozenset(_blob_hits(workspace, repo, rule, path, oid))
        return read[path, oid]

    for commit, path, old, new in _changes(repo, limit):
        of_ledger = any(files_matching(name, [path]) for name in names)
        if not in_scope(rule, path) or (rule.kind not in DOCUMENTS and not of_ledger):
            continue
        fresh = hits(path, new)
        if not fresh or (rule.kind == LINK_MOVED and repo.blob_ids(commit, [rule.data["from"]])):
            continue
        before = {what for _, what in hits(path, old)} if old.strip("0") else set()
        lines = sorted(line for line, what in fresh if what not in before)
        if lines:
            yield Replayed(commit, path, lines[0])


def _changes(repo: Repo, limit: int) -> Iterator[tuple[str, str, str, str]]:
    """Yield commit, path, and the blob ids before and after, of the files that the last commits added or changed."""
    if not limit:
        return
    options = ("--no-merges", "--no-renames", "--raw", "-z", "--no-abbrev", "--diff-filter=AM", "--root", "-m")
    out = repo.run("log", f"--max-count={limit}", "--format=%x01%H", *options, "HEAD", "--")
    commit, fields = "", out.split(b"\0")
    at = 0
    while at < len(fields):
        part = fields[at].strip(b"\n")
        at += 1
        if part.startswith(b"\x01"):
            commit, _, part = part[1:].decode().partition("\n")[0], b"", part.partition(b"\n")[2].strip(b"\n")
        words = part.split(b" ")
        if part.startswith(b":") and len(words) == 5 and at < len(fields):
            if words[1].startswith(b"100"):
                yield commit, os.fsdecode(fields[at]), words[2].decode(), words[3].decode()
            at += 1


def _blob_hits(workspace: Workspace, repo: Repo, rule: LearnedRule, path: str, oid: str) -> Iterator[tuple[int, str]]:
    try:
        data = repo.read_blobs([oid])[oid]
    except UsageError:
        return
    if data is None or b"\0" in data:
        return
    if rule.kind in DOCUMENTS:
        source = SourceText.from_bytes(path, data)
        if not source.fault:
            yield from ((hit.line, source.lines[hit.line - 1].strip()) for hit in document_hits(rule, source))
        return
    for file in workspace.ledgers(workspace.worktree):
        if file.name == rule.data["ledger"] and files_matching(file.path, [path]):
            ledger = make_ledger(file, {path: data})
            yield from ((hit.line, hit.what) for hit in ledger_hits(rule, [ledger]))
