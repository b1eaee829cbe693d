"""A small ledger of each dialect, made of its own templates, so that an example is always one that passes."""

from __future__ import annotations

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import FILES, VERSIONS, Dialect
from autopack_hooks.ledger.fix import fix_document
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.ledger.render import new_file, new_section

DATE, TITLE = "2026-01-02", "Keep the ledgers in Markdown"


def example(dialect: Dialect) -> tuple[str, str]:
    """Return the path and the text of a ledger with one entry; where entries are files, of that file."""
    entry_id = "1.0.0" if dialect.ids == VERSIONS else dialect.make_id(1)
    severity = dialect.severities[0] if dialect.severities else ""
    entry = new_section(dialect, entry_id, DATE, TITLE, dialect.first_status, severity)
    if dialect.entries == FILES:
        return f"docs/adr/{dialect.file_name(1, TITLE)}", entry
    path = "CHANGELOG.md" if dialect.ids == VERSIONS else f"docs/{dialect.name.upper().replace('-', '_')}.md"
    loose = "".join(f"{'#' * dialect.level} [{text}]\n\n" for text in dialect.loose)
    source = SourceText.from_text(path, new_file(dialect, dialect.name).rstrip("\n") + f"\n\n{loose}{entry}")
    # INDEX and META are written by the one who always does.
    fixed = fix_document(
        parse_document(source, dialect.name, dialect),
        lambda changed: parse_document(changed, dialect.name, dialect),
        lambda document: lambda code, line: True,
    )
    return path, fixed.text
