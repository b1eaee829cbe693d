"""``path:line:col: CODE message``, one line a finding; nothing where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.core.terminal import escape, escaped_path


def render(findings: Sequence[Finding]) -> str:
    """Return the lines; what is not an error says so in brackets."""
    return "".join(f"{_line(finding)}\n" for finding in findings)


def _line(finding: Finding) -> str:
    mark = "" if finding.severity is Severity.ERROR else f"[{finding.severity.value}] "
    return (
        f"{escaped_path(finding.path)}:{finding.line}:{finding.column}: {finding.code} {mark}{escape(finding.message)}"
    )
