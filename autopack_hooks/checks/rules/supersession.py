"""LED028 superseded entries that do not say so, LED029 successors that do not, LED030 supersession of what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.dialect import STATUS, SUPERSEDED_BY, SUPERSEDES
from autopack_hooks.ledger.model import Entry, Ledger, Relation, Section

LED028 = Code(
    "LED028",
    "superseded entry that does not say so",
    Severity.WARNING,
    "An entry supersedes another one, whose status says that it still holds. Whoever reads only the older one follows a "
    "decision that is over. A successor that is only proposed (a draft, or rejected) supersedes nothing yet.",
    bad="<!-- 0003 -->\nSupersedes [1. Use Markdown](0001-use-markdown.md)\n\n<!-- 0001 -->\nstatus: accepted",
    good="<!-- 0003 -->\nSupersedes [1. Use Markdown](0001-use-markdown.md)\n\n"
    "<!-- 0001 -->\nstatus: superseded by ADR-0003",
    remedy="set the older entry's status.",
)

LED029 = Code(
    "LED029",
    "successor that does not name what it supersedes",
    Severity.INFO,
    "An entry is superseded by another one, which does not mention it. Its reader does not learn what was decided "
    "before, and why that changed. Any mention will do: a status, a field, the id or a link in the text.",
    remedy="name the older entry in the newer one.",
)

LED030 = Code(
    "LED030",
    "supersession of an entry that is not there",
    Severity.ERROR,
    "A status says that an entry supersedes, or is superseded by, one that does not exist (or itself).",
    bad="status: superseded by ADR-0099",
    remedy="correct the id or the link.",
)

CODES = (LED028, LED029, LED030)

_OPEN = re.compile(
    r"(?i)[^\w]*(?:propos(?:ed|al)|draft|rfc|wip|work in progress|in progress|(?:in|under|for) (?:review|discussion)|"
    r"pending|open|idea|deferred|postponed|on hold|rejected|declined|withdrawn|abandoned|not accepted)\b"
)
_OVER = re.compile(r"(?i)\b(?:superseded|replaced|deprecated|obsolete|rejected|retired|withdrawn|abandoned)\b")


def supersession(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Yield both ends of each "supersedes" and "superseded by"."""
    if not ledger.dialect.supersession:
        return
    for section in ledger.sections:
        for relation in section.relations:
            found = _wrong(ledger, section, relation)
            if found and not _is_elsewhere(ledger, section, relation, context):
                code, message = found
                yield finding(
                    ledger, code, relation.line, relation.column, message, entry_id=section.entry_id,
                    context=f"{section.entry_id} {relation.kind} {relation.entry_id}", path=section.path,
                )  # fmt: skip


def _is_elsewhere(ledger: Ledger, section: Section, relation: Relation, context: RuleContext) -> bool:
    """Return whether a relation is to an entry of another repository, which this one need not have."""
    if relation.entry_id in ledger.entries or not context.external:
        return False
    lines = next(document.source.lines for document in ledger.documents if document.path == section.path)
    line, at = lines[relation.line - 1], relation.column - 1
    written = re.compile(r"[\w.-]*\w").match(line, at)
    return context.is_external(line, at, {relation.entry_id, *([written.group()] if written else [])})


def _wrong(ledger: Ledger, section: Section, relation: Relation) -> tuple[Code, str] | None:
    """Return the code and the message for one end of a relation."""
    own, other_id = section.entry_id, relation.entry_id
    other = ledger.entries.get(other_id)
    if relation.kind == SUPERSEDES:
        if other is None and other_id not in ledger.quoted:
            return LED030, f"{own} supersedes {other_id}, which is not an entry of {ledger.name}"
        if other and other_id != own and _is_decided(section) and not _is_over(other, own):
            return LED028, f"{own} supersedes {other_id}, whose status does not say that it is superseded by {own}"
    else:
        if other is None and other_id not in ledger.quoted:
            return LED030, f"{own} is superseded by {other_id}, which is not an entry of {ledger.name}"
        if other and other_id != own and not _names(ledger, other, own):
            return LED029, f"{own} is superseded by {other_id}, which does not say that it supersedes {own}"
    if other_id == own:
        return LED030, f"{own} supersedes itself"
    return None


def _is_decided(section: Section) -> bool:
    """Return whether a section's status is more than a proposal; what says nothing of that counts as decided."""
    said = section.values.get(STATUS)
    return said is None or _OPEN.match(said.text) is None


def _is_over(entry: Entry, successor: str) -> bool:
    """Return whether an entry says that it holds no longer."""
    said = entry.value(STATUS)
    told = (relation for section in entry.sections for relation in section.relations)
    by = any(relation.kind == SUPERSEDED_BY and relation.entry_id == successor for relation in told)
    return by or (said is not None and _OVER.search(said.text) is not None)


def _names(ledger: Ledger, entry: Entry, other_id: str) -> bool:
    """Return whether an entry names another one anywhere: in its status, in its text, or by a link to its file."""
    other = ledger.entries.get(other_id)
    names = {section.path.rpartition("/")[2] for section in other.sections} if other else set()
    names -= {section.path.rpartition("/")[2] for section in entry.sections}
    text = entry.content
    ids = {ledger.dialect.normal(found) for found in ledger.dialect.id_pattern.findall(text)}
    related = {relation.entry_id for section in entry.sections for relation in section.relations}
    return other_id in ids | related or any(name in text for name in names)
