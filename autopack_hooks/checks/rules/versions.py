"""LED031 versions and their link definitions without each other."""

from __future__ import annotations

from collections.abc import Iterator

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.versions import is_linked

LED031 = Code(
    "LED031",
    "version and link without each other",
    Severity.WARNING,
    "A changelog that links its versions at the end of the file lacks the link of one in brackets, whose heading then "
    "shows them; or it has a link of a version that it does not have. A changelog without any such link is exempt.",
    bad="## [1.1.0] - 2026-01-02\n\n## [1.0.0] - 2026-01-01\n\n[1.0.0]: https://example.com/releases/1.0.0",
    good="## [1.0.0] - 2026-01-01\n\n[1.0.0]: https://example.com/releases/1.0.0",
    remedy="add the link definition, or remove the one that is left over.",
)

CODES = (LED031,)


def links(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield every version without its link where others have one, and every link of a version that is not there."""
    if not document.links:
        return
    linked = {label.lower().removeprefix("v") for label in document.links}
    for section in document.sections:
        if "[" in section.heading and section.entry_id.lower() not in linked and not is_linked(section.heading):
            message = f"{section.entry_id} has no link at the end of the file; write [{section.entry_id}]: URL there"
            yield finding(
                document, LED031, section.line, section.column, message, entry_id=section.entry_id,
                context=section.entry_id,
            )  # fmt: skip
    loose = {text.lower() for text in document.dialect.loose}
    for label, target in document.links.items():
        if label.lower() not in loose and label.lower().removeprefix("v") not in map(str.lower, document.entries):
            message = f"the link [{label}] is of a version that this file does not have"
            yield finding(document, LED031, target.line, 1, message, context=label)
