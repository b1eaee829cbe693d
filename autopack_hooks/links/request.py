"""What `links` is asked, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class LinksRequest(NamedTuple):
    """The documents that are named (none: the usual ones), how they are looked at, and what is made of it.

    ``mentions`` tells whether paths in backticks are looked at, too. ``form`` is one of ``report.FORMATS``, ``config`` the
    path of a configuration that is not the usual one. The exports are files to be written, marked with ``time``.
    """

    files: Sequence[str] = ()
    deep: bool = False
    staged: bool = False
    mentions: bool = False
    form: str = "text"
    verbose: bool = False
    config: str | None = None
    write_baseline: bool = False
    export_json: str | None = None
    export_md: str | None = None
    time: str = ""

    @property
    def planned(self) -> bool:
        """Whether a fix plan is wanted."""
        return bool(self.export_json or self.export_md)

    @property
    def only_tells(self) -> bool:
        """Whether the answer is all that is wanted, and is the repository's alone."""
        return not (self.files or self.write_baseline or self.planned)


class Said(NamedTuple):
    """What a command writes to its two streams, and its exit code."""

    out: str
    err: str
    code: int
