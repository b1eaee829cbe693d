"""LED015 to LED019: the META block and the SUMMARY, which say what the entries say or are wrong."""

from __future__ import annotations

from collections.abc import Iterator

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.render import WrongValue, wrong_values

LED015 = Code(
    "LED015",
    "incomplete META block",
    Severity.WARNING,
    "The META block lacks a field that the dialect has.",
    good="<!-- META\nLast_Updated: 2026-01-03T00:00:00Z\nTotal_Builds: 3\nFormat_Version: 2.0\n-->",
    remedy="add the field.",
    fix="safe",
)

LED016 = Code(
    "LED016",
    "wrong count in META",
    Severity.ERROR,
    "META counts other than the entries that are there. An entry counts once, however many rows and sections it has. In "
    "`9 entries (8 unique)` the second number counts whole numbers: BUILD-170 and BUILD-170.1 are one.",
    remedy="write the count that the message gives.",
    fix="safe",
)

LED017 = Code(
    "LED017",
    "unreadable time in META or SUMMARY",
    Severity.ERROR,
    "A time there is not in ISO 8601 form.",
    bad="Last_Updated: last Friday",
    good="Last_Updated: 2026-01-03T00:00:00Z",
    remedy="write it as `2026-01-03T00:00:00Z`.",
    fix="safe",
)

LED018 = Code(
    "LED018",
    "wrong count in SUMMARY",
    Severity.ERROR,
    "The generated summary counts other than the entries that are there. In `9 entries (8 unique)` the second number counts "
    "whole numbers: BUILD-170 and BUILD-170.1 are one.",
    remedy="write the count that the message gives.",
    fix="safe",
)

LED019 = Code(
    "LED019",
    "second META block",
    Severity.ERROR,
    "The file has more than one META block, as happens when two versions of it are joined.",
    remedy="keep the first one, with what is right of the other. A META block quoted inside a sentence or in code is not "
    "meant.",
)

CODES = (LED015, LED016, LED017, LED018, LED019)
_BY_CODE = {code.code: code for code in CODES}


def second_meta(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield every META block after the first."""
    for other in document.metas[1:]:
        message = f"a second META block; the first is on line {document.metas[0].line}"
        yield finding(document, LED019, other.line, other.column, message, context="META")


def values(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield the values of META and SUMMARY that the renderer would write otherwise."""
    for wrong in wrong_values(document):
        if wrong.code:
            said = wrong.current
            yield finding(document, _BY_CODE[wrong.code], said.line, said.column, _message(wrong), context=wrong.name)


def _message(wrong: WrongValue) -> str:
    said = wrong.current.text
    if wrong.code == LED015.code:
        return f"META has no {wrong.name}"
    if wrong.code == LED016.code:
        return f"{wrong.name} is {said or 'empty'}, but {_there_are(wrong)}"
    if wrong.code == LED018.code:
        return f"the SUMMARY counts {said}, but {_there_are(wrong)}"
    return f"{wrong.name}: {said[:40]!r} is not a valid time; write it as 2026-01-03T00:00:00Z"


def _there_are(wrong: WrongValue) -> str:
    one, many = ("unique number", "unique numbers") if wrong.name.endswith("unique") else ("entry", "entries")
    return f"there is 1 {one}" if wrong.wanted == "1" else f"there are {wrong.wanted} {many}"
