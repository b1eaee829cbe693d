"""Find the entries that answer a question, in what was synced.

A question is a text: words in any form, names, paths, parts of error messages. The best entry comes first, with its place in
the last commit.

Examples:
    autopack-hooks search "retry after a timeout"
    autopack-hooks search locked --ledger debug_log --status open --format json
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from autopack_hooks.commands.shared.targets import add_stores, clocks, settings_of
from autopack_hooks.core.errors import OK
from autopack_hooks.core.terminal import escaped_path, json_text, write_line, write_styled, write_text
from autopack_hooks.project.workspace import Workspace

if TYPE_CHECKING:
    from autopack_hooks.search.passage import Marked
    from autopack_hooks.search.question import Question
    from autopack_hooks.search.runner import SearchHit, SearchResult


_STATUS = 60
"""Characters of a status that are shown on the line of the place."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``search``."""
    parser.add_argument("query", metavar="QUERY", nargs="+", help="what to look for (after -- where it begins with -)")
    parser.add_argument(
        "--ledger", action="append", default=[], metavar="LEDGER", help="look in this ledger only (may be repeated)"
    )
    parser.add_argument("--status", default="", metavar="S", help="entries whose status has these words")
    parser.add_argument("--since", type=_day, metavar="DATE", help="entries of this day (YYYY-MM-DD) or later")
    parser.add_argument("--until", type=_day, metavar="DATE", help="entries of this day or earlier")
    parser.add_argument("--limit", type=_count, default=5, metavar="N", help="how many entries at most (default: 5)")
    parser.add_argument("--explain", action="store_true", help="say which words count and where each entry was found")
    add_stores(parser)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a valid date; write it as 2026-01-31") from None


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 6):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of entries from 1 to 99999")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Print the hits; 0 also where there is none, 4 where nothing was synced."""
    from autopack_hooks.search.question import Question
    from autopack_hooks.search.runner import PATIENCE, search

    workspace = Workspace.open(os.environ, args.repo, args.config)
    settings = settings_of(args, workspace)
    text = " ".join(args.query)
    question = Question(text, args.ledger, args.status, args.since or "", args.until or "", args.limit)
    result = search(question, workspace, settings, clocks(), args.max_seconds or PATIENCE)
    if args.format == "json":
        write_text(json_text([_document(question, hit, result.commit, explain=args.explain) for hit in result.hits]))
    else:
        _show(question, result, explain=args.explain)
    sys.stdout.flush()
    for note in result.notes:
        write_line(f"autopack-hooks: note: {' '.join(note.split())}", error=True)
    return OK


def _document(question: Question, hit: SearchHit, commit: str | None, *, explain: bool) -> dict[str, Any]:
    from autopack_hooks.search.passage import snippet

    found = hit.fused.found
    ledger, entry_id = found.key
    return {
        "entry_id": entry_id,
        "ledger": ledger,
        "title": found.title,
        "date": found.date,
        "status": found.status,
        "score": round(hit.fused.score, 6),
        "snippet": snippet(question.text, found.text or found.title).text,
        "path": hit.path,
        "line": hit.line,
        "commit": commit,
        **({"explain": _explained(question, hit)} if explain else {}),
    }


def _explained(question: Question, hit: SearchHit) -> dict[str, Any]:
    from autopack_hooks.search.passage import common_terms

    found = hit.fused.found
    return {
        "embedder": "lexical",
        "ranks": dict(hit.fused.ranks),
        "terms": common_terms(question.text, f"{found.key[1]} {found.title} {found.text}"),
    }


def _show(question: Question, result: SearchResult, *, explain: bool) -> None:
    from autopack_hooks.search.passage import marked, snippet

    for hit in result.hits:
        found = hit.fused.found
        title, day = marked(question.text, found.title), found.date[:10]
        write_styled(f"{found.key[1]}  ", f"{day}  " if day else "", *_parts(title))
        status = f"  ({found.status[:_STATUS].rstrip()}{'…' * (len(found.status) > _STATUS)})" if found.status else ""
        write_line(f"    {escaped_path(hit.path)}:{hit.line}{status}")
        shown = snippet(question.text, found.text or found.title)
        write_styled("    ", *_parts(shown))
        if explain:
            why = _explained(question, hit)
            ranks = ", ".join(f"{store} rank {rank}" for store, rank in why["ranks"].items())
            write_line(f"    {why['embedder']}: {ranks}; terms: {' '.join(why['terms'])}")


def _parts(marked: Marked) -> Iterator[str | tuple[str, str]]:
    """Yield the pieces of a text, those of the question as (role, text)."""
    at = 0
    for start, end in marked.places:
        yield marked.text[at:start]
        yield "mark", marked.text[start:end]
        at = end
    yield marked.text[at:]
