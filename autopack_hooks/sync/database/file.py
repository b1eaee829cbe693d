"""The file of an SQLite database: where it is, and whether it is ours. Imports no database library but Python's own."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from autopack_hooks.sync.database.state import ENTRIES, STATE
from autopack_hooks.sync.database.url import SqliteUrl
from autopack_hooks.sync.ownership import APPLICATION_ID, has_our_header
from autopack_hooks.sync.placement import StorePlace

_PAGE = 4096

_SUFFIXES = (".db", ".sqlite", ".sqlite3")
"""An empty file of such a name is what an earlier version left when it was killed."""


def located(url: SqliteUrl, place: StorePlace | None) -> Path:
    """Return the file with every symbolic link followed. Raises TargetError where it may not be opened (see ``StorePlace``)."""
    path = place.resolve() if place else Path(os.path.realpath(url.path))
    if place and not place.own_word:
        reason = foreign_reason(path)
        if reason:
            raise place.refusal(path, f"but that file is not a store of this program: {reason}")
    return path


def is_our_database(path: Path) -> bool:
    """Return True if ``path`` is a database of ours, damaged or not: by its header, or by our tables on its first page."""
    if has_our_header(path):
        return True
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        page = stream.read(_PAGE)
    return len(page) == _PAGE and b"\0" in page and all(f"TABLE {name} (".encode() in page for name in (ENTRIES, STATE))


def foreign_reason(path: Path) -> str:
    """Return why the file ``path`` must be left alone; "" where there is none, or a database of ours or of the older tool."""
    if not os.path.lexists(path) or is_our_database(path):
        return ""
    if not path.is_file():
        return "it is not a regular file"
    if not path.stat().st_size:
        return "" if path.suffix in _SUFFIXES else "it is an empty file"
    # Without locks and without its journals first: so nothing beside the file is touched.
    uris = [f"{path.as_uri()}?immutable=1", f"{path.as_uri()}?mode=ro"]
    try:
        ours = any(_has_entries(uri) for uri in uris[: 1 + os.path.exists(f"{path}-wal")])
    except sqlite3.Error as error:
        return f"it cannot be read as an SQLite database ({error})"
    return "" if ours else f"it is an SQLite database without the table {ENTRIES}"


def _has_entries(uri: str) -> bool:
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return connection.execute(query, (ENTRIES,)).fetchone() is not None


def new_database(path: Path) -> None:
    """Make an empty database with our application id at ``path``, whole or not at all; one that is there stays.

    Raises OSError.
    """
    work = path.with_name(f"{path.name}-new-{os.urandom(8).hex()}")
    try:
        with closing(sqlite3.connect(f"{work.as_uri()}?mode=rwc", uri=True)) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        try:
            os.link(work, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            if not os.path.lexists(path):
                work.rename(path)
    except sqlite3.Error as error:
        raise OSError(None, f"no database can be made there: {error}") from error
    finally:
        work.unlink(missing_ok=True)
