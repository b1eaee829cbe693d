"""The form of the answers. Clients read these as JSON Schemas, so they are kept small."""

from __future__ import annotations

from typing_extensions import TypedDict


class HitShape(TypedDict):
    """An entry that answers a question, without its text."""

    entry_id: str
    title: str
    date: str
    status: str
    path: str
    line: int
    snippet: str


class SearchShape(TypedDict):
    """The answer of ``search``, the best first."""

    hits: list[HitShape]
    notes: list[str]


class EntryShape(TypedDict):
    """A whole entry."""

    entry_id: str
    ledger: str
    title: str
    date: str
    status: str
    path: str
    line: int
    cites: list[str]
    cited_by: list[str]
    text: str


class GetShape(TypedDict):
    """The answer of ``get``."""

    entries: list[EntryShape]
    notes: list[str]


class RecallShape(TypedDict):
    """The answer of ``recall``: a line for each entry, the newest first."""

    lines: list[str]
    notes: list[str]


class FindingShape(TypedDict):
    """A fault and its place."""

    code: str
    severity: str
    path: str
    line: int
    message: str


class CheckShape(TypedDict):
    """The answer of ``check``."""

    errors: int
    findings: list[FindingShape]
    notes: list[str]
