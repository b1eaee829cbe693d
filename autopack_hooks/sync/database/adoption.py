"""Projects of a database: which there are, and how the rows of one become those of another."""

from __future__ import annotations

from sqlalchemy import Connection, delete, exists, select, update

from autopack_hooks.sync.database.schema import EntryTable, StateTable


def project_names(connection: Connection, entries: EntryTable) -> list[str]:
    """Return the names of the projects that have rows, sorted."""
    c = entries.table.c
    return sorted(
        str(name) for name in connection.execute(select(c.project_id).distinct()).scalars() if name is not None
    )


def take_over(connection: Connection, entries: EntryTable, state: StateTable, old: str, new: str) -> None:
    """Give the rows of the project ``old`` to ``new``; of an entry that both have, the row of ``new`` stays.

    Args:
        connection: An open transaction.
        entries: The table of entries.
        state: The table of states. That of ``old`` is taken over where ``new`` has never been synced.
        old: The project that has no row afterwards.
        new: The project that takes over.
    """
    table = entries.table
    own = table.alias()
    same = (own.c.file_type == table.c.file_type) & (own.c.entry_id == table.c.entry_id)
    twice = exists().where(own.c.project_id == new, same)
    connection.execute(delete(table).where(table.c.project_id == old, twice))
    connection.execute(update(table).where(table.c.project_id == old).values(project_id=new))
    states = state.table
    if not any(state.read(connection, new)[:2]):
        connection.execute(delete(states).where(states.c.project_id == new))
        connection.execute(update(states).where(states.c.project_id == old).values(project_id=new))
    connection.execute(delete(states).where(states.c.project_id == old))
