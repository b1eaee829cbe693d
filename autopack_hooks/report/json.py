"""A JSON list of findings, in the fixed form."""

from __future__ import annotations

from collections.abc import Sequence

from autopack_hooks.core.findings import Finding
from autopack_hooks.core.terminal import json_text


def render(findings: Sequence[Finding]) -> str:
    """Return an empty list where there is none, so that a reader always gets JSON."""
    return json_text([finding.to_json() for finding in findings])
