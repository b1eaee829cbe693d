"""Workflow commands that GitHub Actions turns into annotations on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.core.terminal import escape

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(findings: Sequence[Finding]) -> str:
    """Return one command a finding, escaped as GitHub's toolkit does."""
    return "".join(
        f"::{_LEVELS[f.severity]} file={_property(f.path)},line={f.line},col={f.column},title={f.code}::{_data(f.message)}\n"
        for f in findings
    )


def _data(text: str) -> str:
    return escape(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
