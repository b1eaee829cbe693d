"""Turn groups of incidents into proposed rules. The same incidents give the same bytes, and nothing is invented.

A link that breaks again and again becomes ``link_moved``; a word that every message quotes and every line holds
``forbidden_text``; a field that is missing ``required_field``; ids that differ from all others of their ledger ``id_format``.
What cannot be made a check becomes a ``note``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autopack_hooks.core.globs import files_matching, is_pattern
from autopack_hooks.core.hashing import fingerprint
from autopack_hooks.core.text import SourceText
from autopack_hooks.learn.incidents import Incident
from autopack_hooks.learn.matching import MARKDOWN, breaks, id_like, target_path
from autopack_hooks.learn.signatures import IncidentGroup
from autopack_hooks.ledger.learned import (
    ACTIVE,
    FORBIDDEN_TEXT,
    ID_FORMAT,
    LINK_MOVED,
    NOTE,
    PROPOSED,
    REQUIRED_FIELD,
    LearnedRule,
)
from autopack_hooks.ledger.model import Ledger

NEVER = "1970-01-01T00:00:00Z"
"""The time of an incident of which nobody knows when it was."""
_FEW = 5
_QUOTED = re.compile(r"(?<![\w'])'([^'\n]+)'(?!\w)|\"([^\"\n]+)\"|`([^`\n]+)`")
_FIELD = re.compile(
    r"(?i)\b(?:missing|without|lacks|needs|no|required)\b[\w ]{0,20}?\bfield\b[: ]*['\"`*]*([A-Za-z][\w-]*(?: [A-Z][\w-]*)*)"
)
_ID_CODES = ("LED003", "LED011", "LED022", "LED026", "RUL004")
_DOCUMENTS = ["**/*.md"]


@dataclass(frozen=True)
class Surroundings:
    """What a proposal is compared with: the files of the last commit.

    Attributes:
        exists: Whether a path is there.
        moved: Where a path went; None where nobody knows.
        documents: The Markdown documents.
        ledgers: The ledgers.
    """

    exists: Callable[[str], bool] = lambda path: False
    moved: Callable[[str], str | None] = lambda path: None
    documents: Sequence[SourceText] = ()
    ledgers: Sequence[Ledger] = field(default=())


def rule_id(kind: str, *signature: str) -> str:
    """Return the id of a rule: a hash of its kind and what it is about."""
    return fingerprint([kind, *signature])[:12]


def propose(group: IncidentGroup, around: Surroundings) -> LearnedRule | None:
    """Return the rule that a group suggests; None where there is nothing to refuse any more."""
    if group.own and group.code == "LNK001":
        return None if around.exists(group.signature) else _link(group, around)
    return _required_field(group, around) or _id_format(group, around) or _forbidden_text(group, around) or _note(group)


def _link(group: IncidentGroup, around: Surroundings) -> LearnedRule:
    old, new = group.signature, around.moved(group.signature)
    own = {"from": old, "to": new, "scope": _DOCUMENTS}
    rule = _rule(group, LINK_MOVED, (old,), own, f"Links to {old} broke {_times(group)}.")
    cases = [(i.path, i.text) for i in group.incidents if i.path and i.text]
    name = posixpath.basename(old)
    alike = []
    for source in around.documents if name else ():
        if name in source.text and source.path.lower().endswith(MARKDOWN):
            alike += _links_alike(source, old)
        if len(alike) >= _FEW:
            break
    return _with_cases(rule, cases, alike)


def _links_alike(source: SourceText, old: str) -> list[tuple[str, str]]:
    """Return the lines of a document with a link to another file of the same name."""
    from autopack_hooks.markdown.reader import read  # only for a document that has the name

    name = posixpath.basename(old)
    lines = []
    for link in read(source.text).links:
        path = target_path(source.path, link.target)
        if posixpath.basename(path) == name and path != old and link.line <= len(source.lines):
            lines.append((source.path, source.lines[link.line - 1].strip()[:400]))
    return lines


def _required_field(group: IncidentGroup, around: Surroundings) -> LearnedRule | None:
    names = {i.field or (match[1] if (match := _FIELD.search(i.message)) else "") for i in group.incidents}
    ledger = _one_ledger(group, around)
    if len(names) != 1 or "" in names or ledger is None:
        return None
    [name] = names
    own = {"ledger": ledger.name, "field": name, "scope": [ledger.path]}
    rule = _rule(
        group, REQUIRED_FIELD, (ledger.name, name), own, f"Entries without the field {name} were found {_times(group)}."
    )
    cases = [(i.path, i.text) for i in group.incidents if i.path and i.text]
    fine = [(entry.place.path, entry.content[:400]) for entry in list(ledger.entries.values())[:_FEW]]
    return _with_cases(rule, cases, fine)


def _id_format(group: IncidentGroup, around: Surroundings) -> LearnedRule | None:
    """Propose the form of all ids of a ledger, where the incidents are about ids in other forms."""
    if not group.own or group.code not in _ID_CODES:
        return None
    ledger = _one_ledger(group, around)
    if ledger is None:
        return None
    prefix = ledger.dialect.prefix
    wrong = [(i.path, id_like(prefix, i.text) or id_like(prefix, i.message)) for i in group.incidents]
    pattern = _common_form(prefix, [name for name in ledger.entries if name not in {bad for _, bad in wrong}])
    if not pattern or not any(bad for _, bad in wrong):
        return None
    own = {"ledger": ledger.name, "pattern": pattern, "scope": [ledger.path]}
    text = f"Ids in another form than those of {ledger.name} were written {_times(group)}."
    rule = _rule(group, ID_FORMAT, (ledger.name, pattern), own, text)
    rule = _with_cases(
        rule,
        [case for case in wrong if case[1]],
        [(ledger.entries[n].place.path, n) for n in list(ledger.entries)[:_FEW]],
    )
    return rule if rule.data["positives"] else None


def _common_form(prefix: str, names: Sequence[str]) -> str:
    """Return the pattern of ids that all have the same number of digits; "" where they have not."""
    tails = {name.removeprefix(f"{prefix}-") for name in names}
    digits = {len(tail) for tail in tails if tail.isascii() and tail.isdigit()}
    if not prefix or len(names) < 3 or len(digits) != 1 or not all(tail.isdigit() for tail in tails):
        return ""
    return rf"{re.escape(prefix)}-\d{{{digits.pop()}}}"


def _forbidden_text(group: IncidentGroup, around: Surroundings) -> LearnedRule | None:
    """Propose what every message quotes and every line holds, in documents."""
    if any(not i.text or not i.path.lower().endswith(MARKDOWN) for i in group.incidents):
        return None
    quoted = [{next(filter(None, match)) for match in _QUOTED.findall(i.message)} for i in group.incidents]
    common = set.intersection(*quoted) if quoted else set()
    held = sorted((text for text in common if all(text in i.text for i in group.incidents)), key=lambda t: (-len(t), t))
    if not held or len(held[0].strip()) < 3:
        return None
    literal = held[0]
    pattern = re.escape(literal).replace(r"\ ", " ")
    own = {"pattern": pattern, "scope": _DOCUMENTS}
    text = f"{group.incidents[0].message} ({_times(group)})"
    rule = _rule(group, FORBIDDEN_TEXT, (pattern,), own, text)
    cases = [(i.path, i.text) for i in group.incidents]
    low = literal.casefold()
    alike = [
        (source.path, line.strip()[:400])
        for source in around.documents
        if low in source.text.casefold()
        for line in source.lines
        if low in line.casefold() and literal not in line
    ]
    return _with_cases(rule, cases, alike)


def _note(group: IncidentGroup) -> LearnedRule:
    signature = group.signature
    advice = f"Seen {_times(group)}; no fix is recorded yet: write it here, then approve the note."
    scope = ["**"]
    own = {"signature": signature, "advice": advice, "scope": scope}
    code = f"{group.code}: " if group.code else ""
    rule = _rule(group, NOTE, (group.code, signature), own, f"{code}{signature} ({_times(group)})")
    return _with_cases(rule, [(i.path, i.message) for i in group.incidents], [])


def _times(group: IncidentGroup) -> str:
    number = len(group.incidents)
    return "once" if number == 1 else f"{number} times"


def _rule(
    group: IncidentGroup, kind: str, signature: Sequence[str], own: Mapping[str, Any], rationale: str
) -> LearnedRule:
    return LearnedRule(
        {
            "id": rule_id(kind, *signature),
            "kind": kind,
            "status": PROPOSED,
            "severity": "error",
            "occurrences": len(group.incidents),
            "first_seen": group.first_seen or NEVER,
            "last_seen": group.last_seen or NEVER,
            "evidence": [_evidence(incident) for incident in group.incidents[-_FEW:]],
            "positives": [],
            "negatives": [],
            "rationale": rationale,
            "approved_by": None,
            "approved_at": None,
            **own,
        }
    )


def _evidence(incident: Incident) -> dict[str, str | int]:
    values: dict[str, str | int] = {
        "timestamp": incident.timestamp,
        "commit": incident.commit,
        "path": incident.path,
        "line": incident.line,
        "message": incident.message,
    }
    return {name: value for name, value in values.items() if value}


def _with_cases(
    rule: LearnedRule, positives: Iterable[tuple[str, str]], negatives: Iterable[tuple[str, str]]
) -> LearnedRule:
    """Add those cases, each once, about which the rule is right: of the others it is not the business."""
    good = [case for case in dict.fromkeys(positives) if breaks(rule, *case)][-_FEW:]
    fine = [case for case in dict.fromkeys(negatives) if not breaks(rule, *case)][:_FEW]
    return rule.changed(positives=_as_json(good), negatives=_as_json(fine))


def _as_json(cases: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"path": path, "text": text} for path, text in sorted(set(cases))]


def _one_ledger(group: IncidentGroup, around: Surroundings) -> Ledger | None:
    """Return the ledger that all incidents are about; None where it is not one and the same."""
    ledgers = [_ledger_of(incident, around) for incident in group.incidents]
    return ledgers[0] if len({ledger.name if ledger else "" for ledger in ledgers}) == 1 else None


def _ledger_of(incident: Incident, around: Surroundings) -> Ledger | None:
    for ledger in around.ledgers:
        paths = [document.path for document in ledger.documents]
        inside = is_pattern(ledger.path) and files_matching(ledger.path, [incident.path])
        if incident.ledger == ledger.name or incident.path in paths or inside:
            return ledger
    return None


def merged(known: Mapping[str, LearnedRule], proposals: Iterable[LearnedRule]) -> dict[str, LearnedRule]:
    """Return the rules with the proposals among them.

    A proposal is written anew; of an active rule only the counts change, a retired one stays as it is.
    """
    rules = dict(known)
    for rule in proposals:
        before = rules.get(rule.rule_id)
        if before is None:
            rules[rule.rule_id] = rule
        elif before.status in (PROPOSED, ACTIVE):
            counts = {
                "occurrences": max(before.data["occurrences"], rule.data["occurrences"]),
                "first_seen": min(_known(before, "first_seen"), _known(rule, "first_seen")),
                "last_seen": max(before.data["last_seen"], rule.data["last_seen"]),
            }
            rules[rule.rule_id] = before.changed(**counts)
    return rules


def _known(rule: LearnedRule, name: str) -> str:
    return str(rule.data[name])
