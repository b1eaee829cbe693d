"""Find the ledgers of a repository, and the dialect that reads most of each with the fewest findings.

Every dialect that may fit is tried on the whole ledger with all rules of ``check``; nothing is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.engine import ignore_comments, run_rules
from autopack_hooks.checks.fixing import plan_fixes
from autopack_hooks.checks.pipeline import LEDGER_FAMILIES, Pipeline
from autopack_hooks.checks.rules.values import first_words
from autopack_hooks.config.model import CheckConfig, Config, LedgerConfig
from autopack_hooks.core.files import CONFIG_LIMIT, RepositoryFiles
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.core.git import Repo
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS, FILES, VERSIONS, Dialect
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.project.detect import CHANGELOG, FOLDER, Candidate, find_candidates
from autopack_hooks.project.loader import make_ledger
from autopack_hooks.project.views import WorktreeView
from autopack_hooks.project.workspace import LedgerFile, Workspace

UNREAD = ("LED022", "LED033")
"""Findings about headings and text that a dialect does not read as entries."""
ON_REQUEST = ("LED006",)
"""Findings that can be mended, and are not by a plain ``fix``."""


USUAL = 3
"""So many entries with a status that the dialect does not list make it a word of this ledger."""


class Fit(NamedTuple):
    """How well a dialect reads a candidate: the entries, and what ``check`` finds in it.

    ``statuses`` are words of its own, beside those of the dialect.
    """

    candidate: Candidate
    dialect: str
    entries: int
    findings: tuple[Finding, ...]
    statuses: tuple[str, ...] = ()

    @property
    def unread(self) -> int:
        """The number of places that are not read as an entry."""
        return sum(finding.code in UNREAD for finding in self.findings)

    @property
    def fits(self) -> bool:
        """Return whether it is a ledger of this dialect, and not another page that has a few headings like those of one.

        The default ledgers are what their names say, whatever state they are in.
        """
        if self.candidate.path in {path for path, _ in DEFAULT_LEDGERS.values()}:
            return True
        return self.unread <= self.entries if self.candidate.named else len(self.findings) <= 2 * self.entries > 2

    @property
    def fixable(self) -> int:
        """The number of findings that ``fix`` mends."""
        return sum(map(is_mended, self.findings))


def is_mended(finding: Finding) -> bool:
    """Return whether a plain ``fix`` (or ``fix-links``) mends a finding."""
    return finding.fixable and finding.code not in ON_REQUEST


class Detected(NamedTuple):
    """The ledgers that were found, those that look like one and fit no dialect, and those of which no entry is read."""

    ledgers: list[Fit]
    unfit: list[Fit]
    unread: list[Candidate]


def find_ledgers(repo: Repo) -> Detected:
    """Return how each ledger is read best. A page whose name does not say that it is one is left out where it does not fit."""
    files = RepositoryFiles(repo.root)

    def read(paths: Iterable[str]) -> dict[str, bytes | None]:
        return {path: _content(files, path) for path in paths}

    # What is behind a symbolic link is found where it is; a folder in the list is another repository.
    listed = [path for path in repo.list_files(".") if not path.endswith("/") and not (repo.root / path).is_symlink()]
    detected = Detected([], [], [])
    view = WorktreeView(repo.root, repo)
    for candidate in find_candidates(listed, read):
        best = _best(candidate, view)
        if best and best[0].fits:
            detected.ledgers.append(_asked(repo, *best))
        elif candidate.named and best:
            detected.unfit.append(best[0])
        elif candidate.named:
            detected.unread.append(candidate)
    return detected


def _content(files: RepositoryFiles, path: str) -> bytes | None:
    try:
        return files.read(path, CONFIG_LIMIT)
    except (OSError, ValueError):
        return None


def _asked(repo: Repo, fit: Fit, ledger: Ledger) -> Fit:
    """Return a fit whose findings say whether ``fix`` mends them: of the chosen dialect alone, for the fixers take longer."""
    workspace = Workspace(repo.root, repo, Config(), {})
    return fit._replace(findings=tuple(plan_fixes(workspace, [ledger], fit.findings).findings))


def _best(candidate: Candidate, view: WorktreeView) -> tuple[Fit, Ledger] | None:
    """Return the best fit of a candidate, and the ledger as it is read so; None where no dialect reads an entry."""
    contents = _contents(candidate, view)
    for group in _groups(candidate):
        fits = [
            (fit, ledger) for dialect in group if (pair := _try(candidate, contents, dialect)) for fit, ledger in [pair]
        ]
        if fits:
            best = max(fits, key=lambda pair: _worth(*pair))
            own = _own_statuses(best[0].findings)
            return (_try(candidate, contents, DIALECTS[best[0].dialect], own) if own else None) or best
    return None


def _own_statuses(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the words that several entries have as their status and the dialect does not list, as most of them write it."""
    said = [f.context.partition(" status ")[2] for f in findings if f.code == "LED013" and " status " in f.context]
    words = Counter(word for word in map(first_words, said) if word.count(" ") < 3)
    alike = Counter[str]()
    for word, count in words.items():
        alike[word.casefold()] += count
    spelled = {word.casefold(): word for word, _ in reversed(words.most_common())}
    return tuple(spelled[word] for word, count in alike.most_common() if word and count >= USUAL)


def _contents(candidate: Candidate, view: WorktreeView) -> dict[str, bytes]:
    paths = view.find(candidate.path) if candidate.kind == FOLDER else [candidate.path]
    return {path: data for path, data in view.read(paths).items() if data is not None}


def _groups(candidate: Candidate) -> list[list[Dialect]]:
    """Return the dialects to be tried; a later group only where the earlier one reads nothing."""
    sections = [dialect for dialect in DIALECTS.values() if dialect.entries != FILES and dialect.ids != VERSIONS]
    versions = [dialect for dialect in DIALECTS.values() if dialect.ids == VERSIONS]
    if candidate.kind == FOLDER:
        return [[dialect for dialect in DIALECTS.values() if dialect.entries == FILES]]
    return [versions, sections] if candidate.kind == CHANGELOG else [sections, versions]


def _try(
    candidate: Candidate, contents: dict[str, bytes], dialect: Dialect, statuses: tuple[str, ...] = ()
) -> tuple[Fit, Ledger] | None:
    dialect = replace(dialect, statuses=(*dialect.statuses, *statuses))
    ledger = make_ledger(LedgerFile(candidate.name, candidate.path, dialect), contents)
    if not ledger.entries or ledger.faulty:
        return None
    context = RuleContext([ledger])
    found = Pipeline(CheckConfig(), LEDGER_FAMILIES).choose(run_rules(context), ignore_comments(context))
    return Fit(candidate, dialect.name, len(ledger.entries), tuple(found), statuses), ledger


def _worth(fit: Fit, ledger: Ledger) -> tuple[int, int, int, int]:
    """Return a value that is higher the better a dialect fits.

    Where two read the same as well, the one counts whose form of new entries is that of the old ones.
    """
    errors = sum(finding.severity is Severity.ERROR for finding in fit.findings)
    headings = set(re.findall(r"(?m)^#{2,6} .+$|^---$", DIALECTS[fit.dialect].template))
    alike = sum(line in headings for document in ledger.documents for line in document.source.lines)
    return fit.entries, -errors, -len(fit.findings), alike


def as_settings(fits: Sequence[Fit]) -> Mapping[str, LedgerConfig]:
    """Return the ledgers by name, as the configuration has them; the default ledgers first, in their order."""
    order = {path: number for number, (path, _) in enumerate(DEFAULT_LEDGERS.values())}
    ranked = sorted(fits, key=lambda fit: order.get(fit.candidate.path, len(order)))
    return {fit.candidate.name: LedgerConfig(fit.candidate.path, fit.dialect, None, fit.statuses) for fit in ranked}
