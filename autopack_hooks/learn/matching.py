"""Where a rule is broken: in a document, in an entry of a ledger, in a case that it carries."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from autopack_hooks.core.globs import matcher
from autopack_hooks.core.text import SourceText
from autopack_hooks.learn.patterns import compile_pattern
from autopack_hooks.learn.signatures import matches_signature
from autopack_hooks.ledger.learned import FORBIDDEN_TEXT, ID_FORMAT, LINK_MOVED, NOTE, REQUIRED_FIELD, LearnedRule
from autopack_hooks.ledger.model import Ledger

MARKDOWN = (".md", ".markdown")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//")
_ID_LIKE = r"(?i)(?<![\w/.-])({prefix}(?:[-_ #]{{0,3}}(?=\w*\d)\w+(?:[.-]\w+)*))(?![\w/])"


class RuleHit(NamedTuple):
    """A place where a rule is broken: ``end`` is its last column, exclusive, or None."""

    path: str
    line: int
    column: int
    what: str
    end: int | None = None
    ledger: str | None = None
    entry_id: str | None = None


@lru_cache(maxsize=256)
def scope_of(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Return a test of paths."""
    return matcher(patterns)


def in_scope(rule: LearnedRule, path: str) -> bool:
    """Return whether the rule is about the file ``path``."""
    return scope_of(rule.scope)(path)


def target_path(source: str, target: str) -> str:
    """Return the path from the root to which a link of the document ``source`` leads; "" where it is not a path."""
    target = target.strip()
    if not target or target[0] == "#" or _URL.match(target):
        return ""
    path = unquote(target.partition("#")[0].partition("?")[0], errors="surrogateescape")
    joined = path.lstrip("/") if path.startswith("/") else posixpath.join(posixpath.dirname(source), path)
    return posixpath.normpath(joined) if joined else ""


def existence(paths: Iterable[str]) -> Callable[[str], bool]:
    """Return a test of paths: there is a file of that name, or a folder with a file in it."""
    known = set(paths)
    folders: set[str] = set()
    for path in known:
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders.add(path)
    return lambda path: path in known or path in folders


def document_hits(rule: LearnedRule, source: SourceText) -> Iterator[RuleHit]:
    """Yield where a document breaks a rule about links or texts."""
    if rule.kind == LINK_MOVED:
        yield from _link_hits(rule, source)
    elif rule.kind == FORBIDDEN_TEXT:
        pattern = compile_pattern(rule.data["pattern"])
        if pattern.literal not in source.text:
            return
        for number, line in enumerate(source.lines, 1):
            at = pattern.search(line)
            if at is not None:
                yield RuleHit(source.path, number, at + 1, "this text is forbidden")


def _link_hits(rule: LearnedRule, source: SourceText) -> Iterator[RuleHit]:
    wanted = str(rule.data["from"])
    name = posixpath.basename(wanted)
    if not source.path.lower().endswith(MARKDOWN) or not (name in source.text or quote(name) in source.text):
        return
    from autopack_hooks.markdown.reader import read  # only for a document that names the file

    for link in read(source.text).links:
        if not link.fault and target_path(source.path, link.target) == wanted:
            goal = f"moved to {rule.data['to']}" if rule.data["to"] else "is gone"
            end = None if "\n" in link.raw else link.column + len(link.raw)
            yield RuleHit(source.path, link.line, link.column, f"{wanted} {goal}", end)


def ledger_hits(rule: LearnedRule, ledgers: Iterable[Ledger]) -> Iterator[RuleHit]:
    """Yield the entries that break a rule about a ledger."""
    for ledger in ledgers:
        if ledger.name != rule.data.get("ledger") or ledger.faulty:
            continue
        hits = _field_hits(rule, ledger) if rule.kind == REQUIRED_FIELD else _id_hits(rule, ledger)
        yield from (hit for hit in hits if in_scope(rule, hit.path))


def _field_hits(rule: LearnedRule, ledger: Ledger) -> Iterator[RuleHit]:
    wanted = str(rule.data["field"]).casefold()
    for entry in ledger.entries.values():
        named = {name.casefold() for section in entry.sections for name, value in section.fields.items() if value.text}
        if entry.sections and wanted not in named:
            place = entry.sections[0]
            what = f"{entry.entry_id} has no field {rule.data['field']}"
            yield RuleHit(place.path, place.line, place.column, what, None, ledger.name, entry.entry_id)


def _id_hits(rule: LearnedRule, ledger: Ledger) -> Iterator[RuleHit]:
    pattern = compile_pattern(rule.data["pattern"])
    known = set()
    for entry in ledger.entries.values():
        place = entry.place
        known.add((place.path, place.line))
        if not pattern.fullmatch(entry.entry_id):
            what = f"the id {entry.entry_id} is not written as {rule.data['pattern']}"
            yield RuleHit(place.path, place.line, place.column, what, None, ledger.name, entry.entry_id)
    for document in ledger.documents:
        for heading in document.structure.headings:
            name = id_like(ledger.dialect.prefix, heading.text[:200])
            at_start = name and heading.text.lstrip("[*` ").startswith(name)
            if at_start and (document.path, heading.line) not in known and not pattern.fullmatch(name):
                what = f"the id {name} is not written as {rule.data['pattern']}"
                yield RuleHit(document.path, heading.line, heading.column, what, None, ledger.name)


def id_like(prefix: str, text: str) -> str:
    """Return the first thing in ``text`` that looks like an id with this prefix, however it is written; "" for none."""
    match = re.search(_ID_LIKE.format(prefix=re.escape(prefix)), text) if prefix else None
    return match[1] if match else ""


def breaks(rule: LearnedRule, path: str, text: str) -> bool:
    """Return whether a case breaks the rule: a file and a text in it (a line; of a ledger an entry, or an id)."""
    if rule.kind == NOTE:
        return matches_signature(rule.data["signature"], text)
    if not in_scope(rule, path):
        return False
    if rule.kind == REQUIRED_FIELD:
        field = re.escape(str(rule.data["field"]))
        return re.search(rf"(?im)^[ \t>*+-]*(?:\*\*)?{field}(?:\*\*)?[ \t]*:", text) is None
    if rule.kind == ID_FORMAT:
        return not compile_pattern(rule.data["pattern"]).fullmatch(text.strip())
    return any(True for _ in document_hits(rule, SourceText.from_text(path, text)))


def own_case_faults(rule: LearnedRule) -> Iterator[str]:
    """Yield where the rule is wrong about the cases that it carries."""
    for case in _cases(rule, "positives"):
        if not breaks(rule, *case):
            where = "" if in_scope(rule, case[0]) else " (outside its scope)"
            yield f"it does not find its own case{where}: {case[0]}: {case[1]!r}"
    for case in _cases(rule, "negatives"):
        if breaks(rule, *case):
            yield f"it finds what was fine: {case[0]}: {case[1]!r}"


def _cases(rule: LearnedRule, name: str) -> Sequence[tuple[str, str]]:
    return [(case["path"], case["text"]) for case in rule.data[name]]
