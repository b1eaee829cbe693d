"""Answer an error text: by signature from rules and ledgers, then by the words from what was synced."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from autopack_hooks.commands.shared.targets import clocks, settings_of
from autopack_hooks.core.errors import OK, FatalError
from autopack_hooks.core.files import read_regular
from autopack_hooks.core.terminal import escaped_path, json_text, write_line, write_text
from autopack_hooks.learn.advice import Advice, error_lines, from_ledgers, from_rules
from autopack_hooks.learn.rules import read_rules
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.search.gist import gist

_MOST = 5
_PATIENCE = 5.0
_LEAST_SHARE = 0.5
_LEAST_TERMS = 2


def run(args: argparse.Namespace) -> int:
    """Print what is known, the nearest first; nothing where nothing is known."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    text = _text(args.text)
    ledgers = load_ledgers(workspace, workspace.worktree).ledgers
    found = by_signature(workspace, text, ledgers)
    if len(found) < _MOST:
        found += _searched(args, workspace, text, ledgers)
    known: dict[tuple[str, str], Advice] = {}
    for advice in found:
        known.setdefault((advice.ledger, advice.entry_id), advice)
    answers = list(known.values())[:_MOST]
    if args.format == "json":
        write_text(json_text([advice._asdict() for advice in answers]))
        return OK
    for advice in answers:
        write_line(f"{advice.entry_id}  {advice.title}")
        write_line(f"    {escaped_path(advice.path)}:{advice.line}")
        write_line(f"    {advice.advice}")
    return OK


def by_signature(workspace: Workspace, text: str, ledgers: Sequence[Ledger]) -> list[Advice]:
    """Return the rules, and the entries of ``ledgers``, that know an error by its signature. Raises UsageError."""
    rules = read_rules(workspace.worktree)
    return [*from_rules(text, rules.rules if rules else ()), *_quoted(text, ledgers)]


def _text(given: str) -> str:
    """Return the content of a file of this name, else the text itself."""
    with suppress(OSError, ValueError):
        return read_regular(given).decode("utf-8", "replace")
    return given


def _quoted(text: str, ledgers: Sequence[Ledger]) -> Iterator[Advice]:
    for entry, ledger in from_ledgers(text, ledgers):
        place = entry.place
        yield Advice(entry.entry_id, ledger.name, entry.title, gist(entry), place.path, place.line, "signature")


def _searched(args: argparse.Namespace, workspace: Workspace, text: str, ledgers: Iterable[Ledger]) -> Iterator[Advice]:
    """Yield hits of a search that share most words of a line with the error; none where nothing was synced."""
    from autopack_hooks.search.passage import common_terms
    from autopack_hooks.search.question import Question
    from autopack_hooks.search.runner import search
    from autopack_hooks.sync.terms import query_terms

    entries = {(ledger.name, name): entry for ledger in ledgers for name, entry in ledger.entries.items()}
    for line in error_lines(text)[:2]:
        terms = query_terms(line)
        with suppress(FatalError, ImportError):
            settings = settings_of(args, workspace)
            result = search(Question(line, limit=_MOST), workspace, settings, clocks(), args.max_seconds or _PATIENCE)
            for hit in result.hits:
                found = hit.fused.found
                entry = entries.get(found.key)
                if entry is None:
                    continue
                shared = common_terms(line, f"{entry.title} {entry.content}")
                if len(shared) >= max(_LEAST_TERMS, len(terms) * _LEAST_SHARE):
                    yield Advice(found.key[1], found.key[0], found.title, gist(entry), hit.path, hit.line, "words")
