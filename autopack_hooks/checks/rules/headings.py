"""LED003 malformed, LED008 in code, LED022 without an id, LED023 foreign, LED024 in another form, LED033 text of no entry."""

from __future__ import annotations

from collections.abc import Iterator

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.dialect import DATE, FILES, VERSIONS
from autopack_hooks.ledger.model import Document, Ledger
from autopack_hooks.ledger.siblings import is_odd, title_form
from autopack_hooks.ledger.versions import is_to_come

LED003 = Code(
    "LED003",
    "malformed entry heading",
    Severity.ERROR,
    "A heading starts with something that is nearly an id: a hyphen is missing, letters are lower case, or the prefix has a "
    "slip. The entry is read under the id that is probably meant, but other tools and readers will not find it. Headings that "
    "start with the prefix of another ledger, or with a word that only resembles one (`RFC-2119 words`), are exempt.",
    bad="### BUID-012 | 2026-01-03 | Faster start\n\n### BUILD 013 - Smaller image",
    good="### BUILD-012 | 2026-01-03 | Faster start\n\n### BUILD-013 | 2026-01-04 | Smaller image",
    remedy="write the id that the message proposes.",
    fix="unsafe",
)

LED008 = Code(
    "LED008",
    "entry heading inside a code block",
    Severity.ERROR,
    "A fence that was opened and never closed, or closed too late, swallows an entry: Markdown shows it as code, and the "
    "entry is not there for any tool. The message names the line on which the fence opens.",
    bad="```\nsome output\n\n### BUILD-012 | 2026-01-03 | Faster start",
    good="```\nsome output\n```\n\n### BUILD-012 | 2026-01-03 | Faster start",
    remedy="close the fence where the code ends. A quoted heading that is meant as an example can be ignored by a comment "
    "above the block.",
)

LED022 = Code(
    "LED022",
    "heading without an id",
    Severity.WARNING,
    "A heading at the level of entries has no id. It and the text below it count as a part of the entry above; above the "
    "first entry they belong to none.",
    bad="### BUILD-012 | 2026-01-03 | Faster start\n\n### Results\n\nHalf the time.",
    good="### BUILD-012 | 2026-01-03 | Faster start\n\n#### Results\n\nHalf the time.",
    remedy="give it an id where it is an entry of its own, else make it a heading of a deeper level.",
)

LED023 = Code(
    "LED023",
    "foreign entry",
    Severity.ERROR,
    "A section has an id of another ledger. It is not an entry here, and nothing of it is synced.",
    bad="<!-- in ARCHITECTURE_DECISIONS.md -->\n## BUILD-155: First run",
    remedy="move the section to the ledger of its id, or give it an id of this one and name the other in its text.",
)

LED024 = Code(
    "LED024",
    "heading in another form",
    Severity.WARNING,
    "The heading is understood, but it is not in the dialect's form: its level, its order or its separators differ. "
    "Where each entry is a file, the form that most files of the folder share is the one that counts.",
    bad="## BUILD-145: Tidy system (2026-01-02) \u2705 COMPLETE",
    good="### BUILD-145 | 2026-01-02 | Tidy system",
    remedy="write `### ID | DATE | TITLE`, with the status as a line of its own below.",
    fix="unsafe",
)

LED033 = Code(
    "LED033",
    "text that belongs to no entry",
    Severity.WARNING,
    "A heading above the entries' level ends the entry before it, and the text below it is of no entry: it is not searched and "
    "reaches no database. Above the first entry, and under a heading that the dialect names (`INDEX`, or what its key "
    "`sections` has), text may stand.",
    bad="### BUILD-012 | 2026-01-03 | Faster start\n\n## Results\n\nHalf the time.",
    good="### BUILD-012 | 2026-01-03 | Faster start\n\n#### Results\n\nHalf the time.",
    remedy="make the heading a deeper one where the text belongs to the entry above, give it an id where it is an entry of its "
    "own, or move the text above the first entry.",
)

CODES = (LED003, LED008, LED022, LED023, LED024, LED033)


def malformed(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield headings whose id had to be guessed, and those in a form that is understood but not the dialect's."""
    dialect = document.dialect
    canonical = f"{'#' * dialect.level} {dialect.heading_form}"
    # Some changelogs have no dates; in one that has, a version without its date is odd.
    days = sum(DATE in section.values for section in document.sections) if dialect.ids == VERSIONS else 0
    dated = 0 < len(document.sections) <= days * 2
    for section in document.sections:
        at = (section.line, section.column)
        if section.form == "malformed" and dialect.entries == FILES:
            if not section.heading:
                message = f"{section.entry_id} has no title; write a heading `{canonical}`"
                yield finding(document, LED003, *at, message, entry_id=section.entry_id, context=section.entry_id)
        elif section.form == "malformed":
            wanted = dialect.heading_form.replace("ID", section.entry_id, 1)
            message = f"{section.heading[:60]!r} starts with no id of this ledger; write {wanted}"
            yield finding(document, LED003, *at, message, entry_id=section.entry_id, context=section.heading)
        elif dialect.entries == FILES:
            continue  # its siblings say what is odd
        elif section.form == "variant" or (dated and DATE not in section.values and not is_to_come(section.heading)):
            message = f"the heading of {section.entry_id} is not in the form `{canonical}`"
            yield finding(document, LED024, *at, message, entry_id=section.entry_id, context=section.heading)


def titles(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Yield titles of files that are odd among those of the folder."""
    if ledger.dialect.entries != FILES:
        return
    form = title_form(ledger.documents)
    canonical = f"{'#' * ledger.dialect.level} {form.words if form else ledger.dialect.heading_form}"
    which = " that most files here have" if form else ""
    for section in ledger.sections:
        if is_odd(section, form):
            message = f"the title of {section.entry_id} is not in the form `{canonical}`{which}"
            yield finding(
                ledger, LED024, section.line, section.column, message, entry_id=section.entry_id,
                context=section.heading, path=section.path,
            )  # fmt: skip


def quoted(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Entry headings inside fences."""
    for quote in document.quoted:
        how = "and is never closed" if not quote.closed else "and is closed only after it"
        message = (
            f"the heading of {quote.entry_id} is inside the code block that opens on line {quote.fence_line} {how}"
        )
        yield finding(
            document, LED008, quote.line, quote.column, message, entry_id=quote.entry_id, context=quote.entry_id
        )


def stray(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield headings of the entries' level that have no id."""
    for heading, entry_id in document.stray:
        whose = f"has no id, so it is read as a part of {entry_id}" if entry_id else "belongs to no entry"
        message = f"the heading {heading.text[:60]!r} stands at the level of entries and {whose}"
        yield finding(document, LED022, heading.line, heading.column, message, entry_id=entry_id, context=heading.text)


def unclaimed(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield headings above the entries' level with text below them that is of no entry."""
    for heading, _, count in document.unclaimed:
        lines = f"{count} line{'' if count == 1 else 's'}"
        message = (
            f"{lines} of text below the heading {heading.text[:60]!r} belong{'s' if count == 1 else ''} to no entry"
        )
        yield finding(document, LED033, heading.line, heading.column, message, context=heading.text)


def foreign(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield sections with an id of another document."""
    for heading, entry_id in document.foreign:
        owner = context.owners.get(entry_id.rsplit("-", 1)[0])
        whose = f"is an id of the ledger {owner}" if owner else "is an id of another kind of ledger"
        message = f"{entry_id} {whose}; give the section an id {document.dialect.prefix}-… or move it there"
        yield finding(document, LED023, heading.line, heading.column, message, context=heading.text)
