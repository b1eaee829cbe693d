"""Plan the move of a document or a folder: every link to it, and every relative link in it, keeps its goal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from autopack_hooks.core.edits import FileChange
from autopack_hooks.core.text import SourceText
from autopack_hooks.links import categories as c
from autopack_hooks.links.destination import written
from autopack_hooks.links.fix import Fix, fix_document
from autopack_hooks.links.href import is_external, is_local_url, may_be_own, parse_target
from autopack_hooks.links.resolve import MARKDOWN, ResolveContext, Verdict, join, resolve
from autopack_hooks.links.runner import Run
from autopack_hooks.links.suggest import Suggestion
from autopack_hooks.links.tree import normal
from autopack_hooks.markdown.structure import Link

# Faults that a link may have had before; a move neither makes nor mends them.
_OLD_FAULTS = (c.MISSING_ANCHOR, c.LINE_OUT_OF_RANGE, c.UNTRACKED)


class Move(NamedTuple):
    """Name where a document or a folder is, and where it is to be; from the root, in normal form."""

    old: str
    new: str

    def after(self, path: str) -> str:
        """Return where ``path`` is after the move."""
        return self.new + path[len(self.old) :] if _is_at(path, self.old) else path

    def before(self, path: str) -> str:
        """Return where ``path`` was before the move."""
        return self.old + path[len(self.new) :] if _is_at(path, self.new) else path


class MovePlan(NamedTuple):
    """Hold what a move changes.

    ``changes`` are the documents with their new links, each where it is after the move. ``refused`` are the links whose
    change could not be proved harmless, ``symlinks`` the tracked symbolic links that will lead nowhere.
    """

    changes: Sequence[FileChange]
    links: int
    refused: Sequence[Fix]
    symlinks: Sequence[str]


def plan_move(run: Run, move: Move) -> MovePlan:
    """Return what moving ``move.old``, which is tracked, to ``move.new``, where nothing is, changes in the documents."""
    context = _context_after(run, move)
    changes: list[FileChange] = []
    refused: list[Fix] = []
    count = 0
    for path in _sources(run, move):
        source = run.documents.source(path)
        fixes = list(_fixes(run, move, path, source)) if source and not source.fault else []
        if source is None or not fixes:
            continue
        after = move.after(path)
        result = fix_document(source._replace(path=after), fixes, partial(_is_good, after, context))
        refused += result.refused
        if result.fixes:
            count += len(result.fixes)
            changes.append(FileChange(result.before, result.after))
    links = (path for path, mode in run.tree.modes.items() if mode == "120000" and run.tree.exists(path))
    return MovePlan(changes, count, refused, [p for p in links if not context.tree.exists(move.after(p))])


def _sources(run: Run, move: Move) -> list[str]:
    moved = (path for path, mode in run.tree.modes.items() if mode.startswith("100") and _is_at(path, move.old))
    documents = (path for path in moved if path.lower().endswith(MARKDOWN))
    nav = (path for path in run.navigation()[0] if run.tree.modes.get(path, "").startswith("100"))
    paths = sorted({*run.all_documents(), *documents, *nav})
    run.documents.load(paths)
    return paths


def _context_after(run: Run, move: Move) -> ResolveContext:
    """Return what links resolve against after the move."""
    now = run.context
    return ResolveContext(
        run.tree.renamed(move.after, move.before),
        lambda path: now.links(move.before(path)),
        lambda path: now.lines(move.before(path)),
        lambda path: now.on_disk(move.before(path)),
        now.own,
    )


def _fixes(run: Run, move: Move, path: str, source: SourceText) -> Iterator[Fix]:
    found = run.documents.links(path)
    for link in found.links if found else ():
        goal = _goal(run, move, path, link)
        if goal is not None:
            at = source.offset(link.line, link.column)
            category = c.OWN_REPOSITORY_URL if is_external(link.target.strip()) else ""
            angled = source.text[at - 1 : at] == "<"
            new = written(move.after(path), link, goal, category, angled=angled)
            if new != link.raw:
                yield Fix(move.after(path), link.line, link.column, link.raw, new)


def _goal(run: Run, move: Move, source: str, link: Link) -> Suggestion | None:
    """Return where ``link`` of ``source`` is to lead; None where it may stay as it is."""
    target = link.target.strip()
    if link.fault or not target or is_local_url(target):
        return None
    external = is_external(target)
    if external:
        found = run.context.own().path_of(target) if may_be_own(target) else None
        if found is None:
            return None
        target = found
    parts = parse_target(target)
    path = normal(parts.path if external else join(source, parts.path))
    goal = move.after(path)
    stays = goal == path if external else normal(join(move.after(source), parts.path)) == goal
    if not parts.path or stays or path == ".." or path.startswith("../"):
        return None
    if not run.tree.exists(path) and not run.context.on_disk(path):
        return None
    return Suggestion(goal, parts.fragment, 1.0, "moved")


def _is_good(source: str, context: ResolveContext, link: Link) -> bool:
    verdict = resolve(source, link, context)
    return not isinstance(verdict, Verdict) or verdict.category in _OLD_FAULTS


def _is_at(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
