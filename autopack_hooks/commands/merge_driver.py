"""Merge a ledger entry by entry: what git calls for files that `.gitattributes` gives to `merge=autopack-ledger`.

Different entries of both sides are both kept, and META and SUMMARY written anew; a conflict stays inside the entry that
it is about. Anything that is not understood for sure is left to git's own text merge.

Examples:
    autopack-hooks merge-driver %O %A %B %P --marker-size=%L
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from autopack_hooks.core.errors import FINDINGS, OK, ConfigError, UsageError
from autopack_hooks.core.files import DOCUMENT_LIMIT, read_regular
from autopack_hooks.core.git import GitError, merge_files
from autopack_hooks.core.globs import files_matching
from autopack_hooks.core.terminal import write_line
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS, Dialect
from autopack_hooks.ledger.merge import Style, merge_ledger
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.project.loader import known_dialects
from autopack_hooks.project.workspace import LedgerFile, Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``merge-driver``, as git fills them in."""
    parser.add_argument("base", metavar="O", help="the common ancestor's version (git's %%O)")
    parser.add_argument("ours", metavar="A", help="our version, which is replaced by the result (%%A)")
    parser.add_argument("theirs", metavar="B", help="their version (%%B)")
    parser.add_argument("path", metavar="PATH", help="where the ledger is in the repository (%%P)")
    parser.add_argument("--marker-size", default="7", help="length of conflict markers (%%L)")
    parser.add_argument("--ours-label", default="", help="what our side is called (%%X)")
    parser.add_argument("--theirs-label", default="", help="what their side is called (%%Y)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0: merged; 1: there are conflicts, marked in the file, or it cannot be merged and is left as it was."""
    style = Style(_label(args.ours_label, "ours"), _label(args.theirs_label, "theirs"), _size(args.marker_size))
    ours = Path(args.ours)
    if ours.is_symlink():
        raise UsageError(f"{args.ours}: it is a symbolic link; git hands over a file to write to")
    # Git's own merge is written first: whatever happens from here on, nothing of either side is missing.
    merged = merge_files((args.ours, args.base, args.theirs), style.labels, style.size)
    if merged is None:
        write_line(f"autopack-hooks: {args.path}: not text; left as it was, with a conflict", error=True)
        return FINDINGS
    names = (args.base, args.ours, args.theirs)
    versions = [SourceText.from_bytes(args.path, read_regular(name, DOCUMENT_LIMIT)) for name in names]
    text, conflict = merged
    ours.write_bytes(text)
    found = _file(args)
    if found is None:
        return FINDINGS if conflict else OK
    file, others = found
    result = merge_ledger(
        versions[0], versions[1], versions[2],
        lambda source: parse_document(source, file.name, file.dialect, others),
        merge_texts, style,
    )  # fmt: skip
    if result is None:
        write_line(
            f"autopack-hooks: {args.path}: merged as text; its entries cannot be told apart for sure", error=True
        )
        return FINDINGS if conflict else OK
    ours.write_bytes(result.source.encode(result.source.text))
    for line in result.conflicts:
        write_line(f"autopack-hooks: {args.path}: {line}", error=True)
    return FINDINGS if result.conflicts else OK


def _label(given: str, default: str) -> str:
    """Git before 2.44 hands on ``%X`` as it is."""
    return default if not given or given.startswith("%") else given


def _size(given: str) -> int:
    return int(given) if given.isdecimal() and 0 < int(given) < 1000 else 7


def _file(args: argparse.Namespace) -> tuple[LedgerFile, list[Dialect]] | None:
    """Return the ledger that ``args.path`` belongs to, and all dialects.

    None where it is not a ledger or the settings are broken.
    """
    try:
        workspace = Workspace.open(os.environ, args.repo, args.config)
    except (ConfigError, UsageError) as error:
        write_line(f"autopack-hooks: {args.path}: merged as text: {' '.join(str(error).split())}", error=True)
        return None
    # In the middle of a merge the file need not be in the work tree.
    default = [LedgerFile(name, path, DIALECTS[dialect]) for name, (path, dialect) in DEFAULT_LEDGERS.items()]
    files = default if workspace.config.ledgers is None else workspace.ledgers(workspace.worktree)
    mine = next((file for file in files if args.path == file.path or files_matching(file.path, [args.path])), None)
    return (mine, known_dialects(files)) if mine else None


def merge_texts(base: str, ours: str, theirs: str, size: int) -> tuple[str, bool]:
    """Return the text merge of git. Raises GitError."""
    with tempfile.TemporaryDirectory(prefix="autopack-hooks-") as folder:
        names = [str(Path(folder, name)) for name in ("ours", "base", "theirs")]
        for name, text in zip(names, (ours, base, theirs), strict=True):
            Path(name).write_bytes(text.encode("utf-8"))
        merged = merge_files(names, ("ours", "base", "theirs"), size)
    if merged is None:
        raise GitError("git merge-file cannot merge a part of the ledger")
    return merged[0].decode("utf-8"), merged[1]
