"""Findings as text, JSON, GitHub annotations or SARIF: one pure function a format."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # who only wants to know the forms does not pay for it
    from autopack_hooks.core.findings import Finding

FORMATS = ("text", "json", "github", "sarif")


def render(findings: Sequence[Finding], form: str) -> str:
    """``findings`` (sorted) in one of FORMATS; ends with a newline unless it is empty."""
    module = importlib.import_module(f"autopack_hooks.report.{form}")
    text: str = module.render(findings)
    return text
