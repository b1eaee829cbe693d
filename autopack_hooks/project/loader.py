"""Read and parse the ledgers that a view holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from autopack_hooks.core.globs import is_pattern
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS, Dialect
from autopack_hooks.ledger.model import Document, Ledger
from autopack_hooks.ledger.pages.index_file import parse_index
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.project.views import View
from autopack_hooks.project.workspace import LedgerFile, Workspace


@dataclass(frozen=True)
class Loaded:
    """The parsed ledgers, the configured ones without a file, and those whose index file is not there."""

    ledgers: Sequence[Ledger]
    missing: Sequence[LedgerFile]
    without_index: Sequence[LedgerFile] = ()


def load_ledgers(workspace: Workspace, view: View) -> Loaded:
    """Parse every ledger of the configuration that ``view`` holds; never raises for what is in them."""
    files = workspace.ledgers(view)
    others = known_dialects(files)
    contents = read_ledgers(files, view)
    ledgers = {file: make_ledger(file, found, others) for file, found in contents.items() if found}
    indexed = [file for file in ledgers if file.index_file]
    indexes = view.read({file.index_file for file in indexed}) if indexed else {}
    for file in indexed:
        data = indexes[file.index_file]
        if data is not None:
            index = parse_index(SourceText.from_bytes(file.index_file, data), ledgers[file])
            ledgers[file] = replace(ledgers[file], index=index)
    missing = [file for file, found in contents.items() if not found]
    return Loaded(list(ledgers.values()), missing, [file for file in indexed if indexes[file.index_file] is None])


def make_ledger(file: LedgerFile, contents: Mapping[str, bytes], others: Sequence[Dialect] = ()) -> Ledger:
    """Return the ledger whose files have these ``contents``, by path; never raises for what is in them."""
    sources = [SourceText.from_bytes(path, data) for path, data in sorted(contents.items())]
    documents = [parse_document(source, file.name, file.dialect, others) for source in sources]
    return Ledger(file.name, file.path, file.dialect, documents)


def read_ledgers(files: Iterable[LedgerFile], view: View) -> dict[LedgerFile, dict[str, bytes]]:
    """Return ledger -> path -> content of its files, sorted by path; empty where there are none. All are read in one go."""
    files = list(files)
    # A page that is a ledger of its own, or an index, is not an entry of the folder that it lies in.
    named = {path for file in files for path in (file.path, file.index_file)}
    paths = {
        file: [path for path in view.find(file.path) if path not in named] if is_pattern(file.path) else [file.path]
        for file in files
    }
    contents = view.read([path for found in paths.values() for path in found])
    return {
        file: {path: data for path in found if (data := contents[path]) is not None} for file, found in paths.items()
    }


def parser_of(workspace: Workspace, ledger: Ledger) -> Callable[[SourceText], Document]:
    """Return what reads a text as the files of ``ledger`` are read."""
    others = known_dialects(workspace.ledgers(workspace.worktree))
    return lambda source: parse_document(source, ledger.name, ledger.dialect, others)


def known_dialects(files: Iterable[LedgerFile]) -> list[Dialect]:
    """Return the dialects of ``files``, then those of the default ledgers that have a prefix of their own."""
    used = {file.dialect.prefix: file.dialect for file in files}
    default = (DIALECTS[dialect] for _, dialect in DEFAULT_LEDGERS.values())
    return [*used.values(), *(dialect for dialect in default if dialect.prefix not in used)]
