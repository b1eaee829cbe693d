"""A JSON list of findings, in the fixed form."""

from __future__ import annotations

import json
from collections.abc import Sequence

from autopack_hooks.core.findings import Finding


def render(findings: Sequence[Finding]) -> str:
    """Return an empty list where there is none, so that a reader always gets JSON."""
    return json.dumps([finding.to_json() for finding in findings], indent=2, ensure_ascii=False) + "\n"
