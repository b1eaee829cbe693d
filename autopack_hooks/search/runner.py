"""Answers a question: ask every store that is there, join the answers, and find the entries in the last commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from autopack_hooks.core.errors import FatalError, LockTimeout, TargetError, UsageError
from autopack_hooks.ledger.learned import LEARNED_RULES
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import LedgerFile, Workspace
from autopack_hooks.search.answer import Answer
from autopack_hooks.search.freshness import notes
from autopack_hooks.search.fusion import Fused, fuse
from autopack_hooks.search.question import Question
from autopack_hooks.sync.database.url import SqliteUrl
from autopack_hooks.sync.deadline import Clocks
from autopack_hooks.sync.targets import DATABASE, QDRANT, TargetSettings

if TYPE_CHECKING:
    from autopack_hooks.sync.source import AnySource

PATIENCE = 10.0
"""Seconds that a server may take: whoever asks wants an answer."""


class SearchHit(NamedTuple):
    """An entry that answers, its place in the commit, and how it was found."""

    fused: Fused
    path: str
    line: int


@dataclass(frozen=True)
class SearchResult:
    """The hits, the commit of their places (None outside git), and what is to be said beside them."""

    hits: Sequence[SearchHit]
    commit: str | None
    notes: Sequence[str]


def search(
    question: Question, workspace: Workspace, settings: TargetSettings, clocks: Clocks, seconds: float = PATIENCE
) -> SearchResult:
    """Answer ``question`` from what was synced.

    Args:
        question: The question.
        workspace: The workspace.
        settings: Where the stores are.
        clocks: The time.
        seconds: The longest that a store may take.

    Raises:
        TargetError: Nothing is synced, or no store can be asked.
        LockTimeout: A sync is writing to the only store.
        UsageError: There is no such ledger.
    """
    head = workspace.repo.head() if workspace.repo else None
    view = GitView(workspace.repo, head) if workspace.repo and head else workspace.worktree
    files = workspace.ledgers(view)
    _refuse_unknown(question, files)
    with _asking(question, workspace, settings, clocks, seconds) as answer:
        from autopack_hooks.sync.source import ledger_sources

        sources = {source.name: source for source in ledger_sources(workspace, view, files)}
        answers = answer()
    _refuse_silence(answers)
    hits = _placed(fuse(question.text, answers), sources, question.limit)
    unasked = [f"{answer.fault}; the other store answers alone" for answer in answers if answer.fault]
    unasked += [answer.lack for answer in answers if answer.lack]
    return SearchResult(hits, head, [*unasked, *notes(workspace.repo, head, files, answers)])


def _refuse_unknown(question: Question, files: Sequence[LedgerFile]) -> None:
    names = [*(file.name for file in files), LEARNED_RULES]
    for ledger in question.ledgers:
        if ledger not in names:
            raise UsageError(f"--ledger {ledger!r}: there is no such ledger; give {_listed(names)}")


def _listed(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


@contextmanager
def _asking(
    question: Question, workspace: Workspace, settings: TargetSettings, clocks: Clocks, seconds: float
) -> Iterator[Callable[[], list[Answer]]]:
    """Have the vector store asked while the block runs; what is yielded returns the answer of each store, that one's first.

    Its engine is a process of its own and takes a tenth of a second to start.
    """
    database = partial(_answer, DATABASE, partial(_database, question, workspace.project, settings, clocks, seconds))
    if settings.qdrant is None:
        yield lambda: [database()]
        return
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(_answer, QDRANT, partial(_qdrant, question, workspace, settings, clocks, seconds))
        yield lambda: [database(), asked.result()][::-1]


def _qdrant(
    question: Question, workspace: Workspace, settings: TargetSettings, clocks: Clocks, seconds: float
) -> Answer:
    from autopack_hooks.search import qdrant

    return qdrant.ask(question, workspace.project, settings, workspace.environ, clocks, seconds)


def _database(question: Question, project: str, settings: TargetSettings, clocks: Clocks, seconds: float) -> Answer:
    if isinstance(settings.database, SqliteUrl):
        from autopack_hooks.search import sqlite

        return sqlite.ask(question, project, settings.database, settings.places.get("database"))
    from autopack_hooks.search import postgres

    return postgres.ask(question, project, settings.database, clocks, seconds)


def _answer(store: str, ask: partial[Answer]) -> Answer:
    """Return the answer of a store, or why there is none."""
    try:
        return ask()
    except ImportError as error:
        return Answer(
            store, fault=f"{store}: {error.name or error} is not installed: pip install 'autopack-hooks[sync]'"
        )
    except FatalError as error:
        return Answer(store, fault=str(error), busy=isinstance(error, LockTimeout))


def _placed(entries: Sequence[Fused], sources: Mapping[str, AnySource], limit: int) -> list[SearchHit]:
    """Return the first ``limit`` entries that the commit has, with their places in it."""
    hits: list[SearchHit] = []
    while entries and len(hits) < limit:
        some, entries = entries[: limit - len(hits)], entries[limit - len(hits) :]
        names: dict[str, list[str]] = {}
        for entry in some:
            names.setdefault(entry.found.key[0], []).append(entry.found.key[1])
        places = {ledger: sources[ledger].places(own) for ledger, own in names.items() if ledger in sources}
        for entry in some:
            ledger, name = entry.found.key
            if name in places.get(ledger, {}):
                hits.append(SearchHit(entry, *places[ledger][name]))
    return hits


def _refuse_silence(answers: Sequence[Answer]) -> None:
    """Raise where no store has anything of the project to answer from."""
    if any(answer.known for answer in answers):
        return
    faults = [answer for answer in answers if answer.fault]
    if not faults:
        raise TargetError("nothing was synced yet, so there is nothing to search: run `autopack-hooks sync --execute`")
    error = LockTimeout if all(answer.busy for answer in faults) else TargetError
    raise error("; ".join(answer.fault for answer in faults))
