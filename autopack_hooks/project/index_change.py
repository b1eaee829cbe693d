"""The change that keeps the index of a ledger right."""

from __future__ import annotations

from collections.abc import Sequence

from autopack_hooks.core.edits import FileChange
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.ledger.pages.index_rows import with_rows
from autopack_hooks.project.views import View


def index_change(view: View, path: str, ledger: Ledger, entry_ids: Sequence[str]) -> FileChange | None:
    """Return the change of the index file ``path`` that lists these entries; one that is not there yet is made.

    None where it is not certain where they belong.
    """
    data = view.read([path])[path]
    title = ledger.name.replace("_", " ").replace("-", " ").capitalize()
    source = SourceText.from_text(path, f"# {title}\n") if data is None else SourceText.from_bytes(path, data)
    text = with_rows(source, ledger, entry_ids)
    if text is None:
        return None
    return FileChange.new(path, text) if data is None else FileChange(source, text)
