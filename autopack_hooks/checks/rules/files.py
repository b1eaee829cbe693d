"""Ledgers of which each file is an entry.

LED026 numbers that differ, LED027 files without one. LED032 gaps, in any ledger whose ids are numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.dialect import FILES, NUMBERS
from autopack_hooks.ledger.model import Document, Ledger

LED026 = Code(
    "LED026",
    "heading and file name with different numbers",
    Severity.WARNING,
    "The title of a file has another number than its name, as after a file was renamed. The name counts.",
    bad="<!-- in 0004-use-redis.md -->\n# 3. Use Redis",
    good="<!-- in 0004-use-redis.md -->\n# 4. Use Redis",
    remedy="write the number of the file's name.",
)

LED027 = Code(
    "LED027",
    "file without a number",
    Severity.WARNING,
    "A file in the folder of a ledger has no number at the start of its name, so it is not an entry and nothing of it "
    "is synced. Files called readme, index, summary, contributing or template are exempt.",
    bad="docs/adr/use-redis.md",
    good="docs/adr/0004-use-redis.md",
    remedy="name it with the next free number, move it to another folder, or make the ledger's pattern more exact.",
)

LED032 = Code(
    "LED032",
    "gap in the numbers",
    Severity.INFO,
    "Numbers between the first and the last entry have no entry. That is mostly as it should be: branches that were given "
    "up leave gaps. So it is reported only on request: when `check.select` or `check.severity` names LED032.",
    remedy="nothing, or look for what was lost.",
    on_request=True,
)

CODES = (LED026, LED027, LED032)

_NO_ENTRIES = ("readme", "index", "template", "summary", "contributing")
"""Words of the names of pages that stand beside the entries."""


def numbers(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield a file whose name has no number, or another one than its heading."""
    if document.dialect.entries != FILES:
        return
    if not document.sections and not any(word in _stem(document).lower() for word in _NO_ENTRIES):
        name = document.dialect.file_name(7, _stem(document))
        message = f"the file's name has no number, so it is not an entry; name it like {name}"
        yield finding(document, LED027, 1, 1, message, context=document.path)
    for section in document.sections:
        if section.form == "malformed" and section.heading:
            message = (
                f"{section.heading[:60]!r} has another number than the file's name, which makes it {section.entry_id}"
            )
            yield finding(
                document,
                LED026,
                section.line,
                section.column,
                message,
                entry_id=section.entry_id,
                context=document.path,
            )


def _stem(document: Document) -> str:
    return PurePosixPath(document.path).stem


def gaps(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Yield whole numbers between the least and the greatest that no entry has, each run of them once."""
    dialect = ledger.dialect
    if dialect.ids != NUMBERS:
        return
    # Numbers that an INDEX row or a block of code has are not free.
    taken = {dialect.rank(entry_id)[0][0]: entry_id for entry_id in (*ledger.quoted, *ledger.entries)}
    before: int | None = None
    for number in sorted(taken):
        if before is not None and number > before + 1:
            missing = dialect.make_id(before + 1)
            missing += f" to {dialect.make_id(number - 1)}" if number > before + 2 else ""
            entry = ledger.entries.get(taken[number])
            if entry:
                part, message = entry.parts[0], f"no entry has {missing}, below {taken[number]}"
                yield finding(
                    ledger,
                    LED032,
                    part.line,
                    part.column,
                    message,
                    entry_id=taken[number],
                    context=missing,
                    path=part.path,
                )
        before = number
