"""The categories of links: each with its code, and whether it is a fault or information."""

from __future__ import annotations

from typing import NamedTuple

MISSING_FILE = "missing_file"
WRONG_BASE = "wrong_base"
MISSING_ANCHOR = "missing_anchor"
CASE_MISMATCH = "case_mismatch"
UNTRACKED = "untracked"
OUTSIDE_REPOSITORY = "outside_repository"
LINE_OUT_OF_RANGE = "line_out_of_range"
LINE_SUFFIX = "line_suffix"
UNDEFINED_REFERENCE = "undefined_reference"
UNDEFINED_FOOTNOTE = "undefined_footnote"
OWN_REPOSITORY_URL = "own_repository_url"
BROKEN_SYMLINK = "broken_symlink"
MISSING_DOCUMENT = "missing_document"
UNREADABLE = "unreadable"
RUNTIME_ENDPOINT = "runtime_endpoint"
HISTORICAL_REF = "historical_ref"
EXTERNAL_URL = "external_url"
ELSEWHERE = "elsewhere"


class Category(NamedTuple):
    """Hold one category; without ``fault`` it is information, and nothing has to be fixed."""

    name: str
    code: str
    fault: bool = True


CATEGORIES = {
    category.name: category
    for category in (
        Category(MISSING_FILE, "LNK001"),
        Category(WRONG_BASE, "LNK002"),
        Category(MISSING_ANCHOR, "LNK003"),
        Category(CASE_MISMATCH, "LNK004"),
        Category(UNTRACKED, "LNK005"),
        Category(OUTSIDE_REPOSITORY, "LNK006"),
        Category(LINE_OUT_OF_RANGE, "LNK007"),
        Category(LINE_SUFFIX, "LNK008"),
        Category(UNDEFINED_REFERENCE, "LNK009"),
        Category(UNDEFINED_FOOTNOTE, "LNK010"),
        Category(OWN_REPOSITORY_URL, "LNK011"),
        Category(BROKEN_SYMLINK, "LNK012"),
        Category(MISSING_DOCUMENT, "LNK013"),
        Category(UNREADABLE, "LNK014"),
        Category(RUNTIME_ENDPOINT, "LNK020", fault=False),
        Category(HISTORICAL_REF, "LNK021", fault=False),
        Category(EXTERNAL_URL, "LNK022", fault=False),
        Category(ELSEWHERE, "LNK023", fault=False),
    )
}
