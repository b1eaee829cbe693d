"""Read a fix plan that ``links --export-json`` wrote, trusting nothing in it."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.files import read_regular
from autopack_hooks.links.fix import Fix
from autopack_hooks.links.plan import UPDATE

_TEXTS = ("source_file", "broken_target", "source_hash", "confidence", "fix_type")


class PlannedFix(NamedTuple):
    """Hold a fix, its confidence, and the hash of the content that it was made for."""

    fix: Fix
    confidence: str
    source_hash: str


def read_plan(path: Path) -> list[PlannedFix]:
    """Return the rows that can be applied. Raises UsageError (exit 2) for anything that is not such a plan."""
    try:
        plan = json.loads(read_regular(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; check --fix-plan") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a fix plan: {error}; make one with `links --export-json`") from error
    rows = plan.get("broken_links") if isinstance(plan, dict) else None
    if not isinstance(rows, list):
        raise UsageError(f"{path}: not a fix plan: no broken_links in it; make one with `links --export-json`")
    return [found for number, row in enumerate(rows, 1) if (found := _row(path, number, row))]


def _row(path: Path, number: int, row: Any) -> PlannedFix | None:
    if not isinstance(row, dict) or any(not isinstance(row.get(key), str) for key in _TEXTS):
        missing = next((key for key in _TEXTS if not isinstance(row, dict) or not isinstance(row.get(key), str)), "")
        raise UsageError(f"{path}: row {number} has no {missing}; make a new plan with `links --export-json`")
    if row["fix_type"] != UPDATE:
        return None
    line, column, new = row.get("line"), row.get("column"), row.get("suggested_fix")
    if type(line) is not int or type(column) is not int or not isinstance(new, str):
        raise UsageError(
            f"{path}: row {number} has no line, column or suggested_fix; make a new plan with `links --export-json`"
        )
    source = PurePosixPath(row["source_file"])
    if source.is_absolute() or ".." in source.parts or source.parts[:1] == (".git",) or not source.parts:
        raise UsageError(f"{path}: row {number}: {row['source_file']!r} is not a document of this repository")
    return PlannedFix(Fix(str(source), line, column, row["broken_target"], new), row["confidence"], row["source_hash"])
