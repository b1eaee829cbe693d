"""Give an entry another id, and every mention of it in the tracked Markdown with it. Shows the changes; --execute makes them.

Ids are there to be referred to from anywhere, so this is for an id that nobody else has seen yet, as when two branches
took the same one.

Examples:
    autopack-hooks renumber BUILD-012 BUILD-019
    autopack-hooks renumber BUILD-012 BUILD-019 --execute
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import ascii_letters
from typing import NamedTuple

from autopack_hooks.commands import journal_of, report_waiting, show_finished
from autopack_hooks.core.edits import Edit, FileChange, apply_edits, diff
from autopack_hooks.core.errors import FINDINGS, OK, InputError, UsageError
from autopack_hooks.core.terminal import escaped_path, write_line, write_text
from autopack_hooks.core.text import SourceText, front_matter_end
from autopack_hooks.core.tracked import rename_in_index
from autopack_hooks.ledger.dialect import FILES, VERSIONS, padded
from autopack_hooks.ledger.model import Ledger, Section
from autopack_hooks.ledger.references import (
    anchors,
    file_mentions,
    link_texts,
    number_at,
    outside_code,
    renumber_edits,
    title_number,
)
from autopack_hooks.links.move import Move, plan_move
from autopack_hooks.links.resolve import join
from autopack_hooks.links.runner import open_run
from autopack_hooks.links.tree import normal
from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.markdown.reader import read
from autopack_hooks.markdown.referee import parsers_agree
from autopack_hooks.markdown.slug import slugify
from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.workspace import Workspace, repository_paths


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``renumber``."""
    parser.add_argument("old", metavar="OLD", help="the id that the entry has, or its file where several have that id")
    parser.add_argument("new", metavar="NEW", help="the id that it is to have, which must be free")
    parser.add_argument("--execute", action="store_true", help="write the changes")


class Renumbering(NamedTuple):
    """Hold the files that change, and what is renamed: old path -> new path."""

    changes: list[FileChange]
    moves: dict[str, str]


def run(args: argparse.Namespace) -> int:
    """Show or make the changes. Raises UsageError for ids that cannot be changed so, InputError, LockTimeout."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    if not args.execute:
        plan = _plan(workspace, args.old, args.new)
        for old, new in plan.moves.items():
            write_line(f"rename {escaped_path(old)} to {escaped_path(new)}")
        write_text(diff(plan.changes))
        write_line(f"{_files(plan.changes)} would change; read them, then write them with --execute", error=True)
        return OK

    def rename(moves: Mapping[str, str]) -> None:
        if workspace.repo and moves:
            rename_in_index(workspace.repo, moves)

    with MultiLock(workspace.root, ["docs"], purpose=f"renumber {args.old}", on_wait=report_waiting):
        journal = journal_of(workspace, args)
        if finished := journal.finish(rename):
            show_finished(finished)
            return FINDINGS if finished.left else OK
        plan = _plan(workspace, args.old, args.new)
        journal.write(plan.changes, plan.moves, rename)
    paths = ", ".join(escaped_path(change.path) for change in plan.changes)
    write_line(f"{args.old} is {args.new} now, in {_files(plan.changes)}: {paths}")
    return OK


def _files(changes: list[FileChange]) -> str:
    return f"{len(changes)} file" + ("s" if len(changes) != 1 else "")


def _plan(workspace: Workspace, old: str, new: str) -> Renumbering:
    ledgers = load_ledgers(workspace, workspace.worktree).ledgers
    path = next(iter(repository_paths(workspace, [old]) or ()), "")
    named = next(((ledger, s) for ledger in ledgers for s in ledger.sections if s.path == path), None)
    by_path = named is not None and named[0].dialect.entries == FILES
    ledger, old = (named[0], named[1].entry_id) if named and by_path else (_owner(ledgers, old), old)
    if ledger.dialect.ids == VERSIONS:
        raise UsageError(f"{old}: the entries of {ledger.name} are versions, which others know; they keep their names")
    if not ledger.dialect.id_pattern.fullmatch(new):
        raise UsageError(f"{new!r} is not an id of {ledger.name}; write {ledger.dialect.prefix}-NUMBER")
    new = ledger.dialect.normal(new)
    if new in ledger.entries or new in ledger.quoted:
        raise UsageError(f"{new} is taken already; `autopack-hooks new` and `check --against` tell free ids")
    sections = ledger.entries[old].sections
    if len(sections) > 1 and not by_path:
        places = ", ".join(f"{section.path}:{section.line}" for section in sections)
        remedy = "edit one by hand" if ledger.dialect.entries != FILES else "give the path of the file instead"
        raise UsageError(
            f"{old} has {len(sections)} sections ({places}); nobody can tell which one a mention means: {remedy}"
        )
    if ledger.dialect.entries != FILES:
        return Renumbering(list(_edited(workspace, ledgers, old, new)), {})
    section = next(section for section in sections if not by_path or section.path == path)
    mentions = len(sections) == 1
    return _file_plan(workspace, section, new, _bare_numbers(ledger, old) if mentions else {}, mentions=mentions)


def _file_plan(
    workspace: Workspace, section: Section, new: str, bare: Mapping[str, Sequence[tuple[int, int]]], *, mentions: bool
) -> Renumbering:
    """Return what renaming the file of an entry changes; of two files with one number only links say which is meant."""
    old_id, old = section.entry_id, section.path
    job = open_run(workspace, deep=True, staged=False, mentions=False)
    if old not in job.tree.modes:
        raise UsageError(f"{old}: git does not track it; `git add` it first")
    folder, _, name = old.rpartition("/")
    match = re.search(r"[0-9]+[A-Za-z]?(?=[-_. ])", name)
    number = match[0] if match else ""
    wide = len(number.rstrip(ascii_letters))
    name = name.replace(number, padded(new.rpartition("-")[2], wide), 1)
    move = Move(old, f"{folder}/{name}" if folder else name)
    if os.path.lexists(workspace.root / move.new):
        raise UsageError(f"{move.new}: there is something already; choose another number or remove it first")
    plan = plan_move(job, move)
    if plan.refused:
        fix = plan.refused[0]
        raise InputError(f"{fix.source}:{fix.line}: the link could not be proved right; nothing was changed")
    changed = {change.path: change for change in plan.changes}
    renumbered = _Renumbered(old_id, new, name, section, mentions)
    paths = {path for path in job.tree.modes if path.lower().endswith((".md", ".markdown"))}
    changes = []
    for path, data in workspace.worktree.read(sorted(paths)).items():
        if data is None:
            continue
        after = move.after(path)
        source = SourceText.from_bytes(after, data)
        change = changed.get(after) or FileChange(source, source.text)
        edits = _file_edits(change.after, renumbered, own=path == old)
        edits += _front_matter_links(change.after, after, move)
        edits += [edit for at in bare.get(path, ()) for edit in _at(change.after, after, at, old_id, new)]
        text = apply_edits(change.after, _apart(outside_code(change.after, edits)))
        if text == source.text:
            continue
        if source.fault:
            raise InputError(f"{path} mentions {old_id} and cannot be changed: {source.fault.reason}")
        if not parsers_agree(read(text), text):
            raise InputError(f"{path}: two Markdown parsers read the changed text differently; nothing was changed")
        changes.append(FileChange(change.before, text))
    return Renumbering(changes, {move.old: move.new})


class _Renumbered(NamedTuple):
    """An entry in a file: its id and the new one, the file's new name, its section, and whether mentions mean it alone."""

    old: str
    new: str
    name: str
    section: Section
    mentions: bool


def _file_edits(text: str, entry: _Renumbered, *, own: bool) -> list[Edit]:
    """Return the edits of a text in which the links lead to the new file already; it is the entry's ``own`` one."""
    old, new, heading = entry.old, entry.new, entry.section.heading
    later = apply_edits(heading, title_number(heading, 0, heading, old, new))
    edits = list(link_texts(text, entry.name, old, new))
    edits += file_mentions(text, old, new) if entry.mentions else []
    if later != heading:
        edits += anchors(text, entry.name, slugify(heading), slugify(later), own=own)
    if own:
        start = SourceText.from_text("", text).offset(entry.section.line)
        edits += title_number(text, start, heading, old, new)
    return edits


def _front_matter_links(text: str, path: str, move: Move) -> Iterator[Edit]:
    """Yield edits of the links in the front matter of ``path``, where people write them and no reader of Markdown sees them."""
    lines = text.split("\n")
    head = "\n".join(lines[: front_matter_end(lines)]) if text.startswith("---") else ""
    for link in re.finditer(r"\]\(<?([^()\s<>#]+)", head):
        if normal(join(path, link[1])) == move.old:
            name = link[1].rpartition("/")[2]
            yield Edit(link.end(1) - len(name), link.end(1), move.new.rpartition("/")[2])


def _at(text: str, path: str, place: tuple[int, int], old: str, new: str) -> Iterator[Edit]:
    source = SourceText.from_text(path, text)
    yield from number_at(text, source.offset(place[0]) + place[1] - 1, old, new)


def _bare_numbers(ledger: Ledger, old: str) -> dict[str, list[tuple[int, int]]]:
    """Return path -> line and column of what is superseded by the entry, or supersedes it."""
    found: dict[str, list[tuple[int, int]]] = {}
    for section in ledger.sections:
        places = [(said.line, said.column) for said in section.relations if said.entry_id == old]
        found.setdefault(section.path, []).extend(places)
    return found


def _apart(edits: Iterable[Edit]) -> Iterator[Edit]:
    """Yield edits without those that overlap one before them: a link's text may be an id."""
    end = -1
    for edit in sorted(set(edits)):
        if edit.start >= end:
            yield edit
            end = edit.end


def _owner(ledgers: Sequence[Ledger], old: str) -> Ledger:
    owner = next((ledger for ledger in ledgers if old in ledger.entries), None)
    if owner is None:
        raise UsageError(f"no ledger has an entry {old}")
    return owner


def _edited(workspace: Workspace, ledgers: Sequence[Ledger], old: str, new: str) -> Iterator[FileChange]:
    """Yield the tracked Markdown that mentions ``old``, and the ledgers, tracked or not."""
    paths = {document.path for ledger in ledgers for document in ledger.documents}
    if workspace.repo:
        tracked = (row.path for row in workspace.repo.index_entries() if row.mode.startswith("100"))
        paths.update(path for path in tracked if path.lower().endswith((".md", ".markdown")))
    for path, data in workspace.worktree.read(sorted(paths)).items():
        if data is None or not any(word in data.lower() for word in (old.lower().encode(), _anchor(old))):
            continue
        source = SourceText.from_bytes(path, data)
        edits = list(renumber_edits(source.text, old, new))
        if edits and source.fault:
            raise InputError(f"{path} mentions {old} and cannot be changed: {source.fault.reason}; nothing was changed")
        if edits:
            text = apply_edits(source.text, edits)
            if not parsers_agree(read(text), text):
                raise InputError(f"{path}: two Markdown parsers read the changed text differently; nothing was changed")
            yield FileChange(source, text)


def _anchor(old: str) -> bytes:
    return old.lower().replace(".", "").encode()
