"""A stamp of the program as it lies on the disk, so that a cached answer never outlives a change of it."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import PathFinder

from autopack_hooks import __version__

# What reads Markdown; a newer one may read it differently.
_PARSER = "pyromark"
_MODULES = (".py", ".so", ".pyd")


@cache
def stamp() -> str | None:
    """Return a digest of the version, of Python, and of name, size and time of every module of ours and of the parser.

    The version alone would not do: between two releases the code changes under the same one. None where the modules are not
    files (but in an archive), so that they cannot be compared.
    """
    parser = PathFinder.find_spec(_PARSER)
    roots = [os.path.dirname(os.path.dirname(__file__)), *((parser and parser.submodule_search_locations) or ())]
    try:
        rows = sorted(row for root in roots for row in _modules(root))
    except OSError:
        return None
    return hashlib.sha256(repr((__version__, sys.version, rows)).encode("utf-8", "surrogateescape")).hexdigest()


def _modules(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_MODULES):
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _modules(entry.path)
