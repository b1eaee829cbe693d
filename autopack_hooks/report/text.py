"""``path:line:col: CODE message``, one line a finding; nothing where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.core.terminal import escape, escaped_path


def render(findings: Sequence[Finding]) -> str:
    """Return the lines; what is not an error says so in brackets."""
    return "".join(f"{_line(finding)}\n" for finding in findings)


def parts(finding: Finding) -> tuple[str | tuple[str, str], ...]:
    """Return a finding's line in pieces, some with the role that gives them a colour; each is still to be escaped."""
    severity = finding.severity.value
    mark = "" if finding.severity is Severity.ERROR else f" [{severity}]"
    place = f":{finding.line}:{finding.column}: "
    return ("path", escaped_path(finding.path)), place, (severity, finding.code + mark), f" {finding.message}"


def _line(finding: Finding) -> str:
    return "".join(escape(part if isinstance(part, str) else part[1]) for part in parts(finding))
