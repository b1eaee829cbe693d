"""Whose entries a store holds: an unshared one that knows only other projects is not filled beside them unasked.

A project is a name, and names change: a folder is renamed, a remote is added, an older tool wrote another case. Then the
entries of the former name would stay for ever, beside those of the new one.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import dataclass

from autopack_hooks.core.errors import Refused
from autopack_hooks.sync.target import Session, Stored


@dataclass(frozen=True)
class Identity:
    """The project of a run, and what it may do about entries of others.

    Attributes:
        project_id: The project.
        adopt: The project whose entries are to be taken over; "" for none.
        guarded: The names of the targets that must not hold other projects alone.
    """

    project_id: str
    adopt: str = ""
    guarded: Collection[str] = ()

    def former(self, name: str, session: Session, stored: Stored) -> str:
        """Return the project whose entries the target ``name`` gives to this one; "" for none.

        A name that differs in case alone is the same project: the older tool wrote it so.

        Args:
            name: The target's name.
            session: Its session.
            stored: What it holds of this project.

        Raises:
            Refused: It holds other projects and none of this one.
        """
        if self.adopt and session.stored_of(self.adopt).known:
            return self.adopt
        if name not in self.guarded or stored.known:
            return ""
        others = session.projects()
        if len(others) == 1 and others[0].casefold() == self.project_id.casefold():
            return others[0]
        if others:
            raise Refused(self._refusal(others))
        return ""

    def _refusal(self, others: Collection[str]) -> str:
        shown = ", ".join(list(others)[:3]) + (", …" if len(others) > 3 else "")
        old = shlex.quote(next(iter(others)))
        return (
            f"the local store holds entries of {shown} and none of {self.project_id}, the project's name now: "
            f"`sync --adopt {old}` takes them over, `--beside` starts fresh next to them; nothing was written"
        )


def merged(own: Stored, old: Stored) -> Stored:
    """Return what a target will hold once ``own`` has taken over ``old``. The guards look at both commits."""
    commit = own.commit or old.commit
    pending = own.pending or (old.commit if own.commit else old.pending)
    return Stored({**old.hashes, **own.hashes}, commit, pending, own.synced_at, own.replaced)
