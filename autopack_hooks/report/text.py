"""``path:line:col: CODE message``, one line a finding; nothing where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from autopack_hooks.core.findings import Finding, Severity


def render(findings: Sequence[Finding]) -> str:
    """Return the lines; what is not an error says so in brackets."""
    return "".join(f"{_line(finding)}\n" for finding in findings)


def _line(finding: Finding) -> str:
    mark = "" if finding.severity is Severity.ERROR else f"[{finding.severity.value}] "
    return f"{_shown(finding.path)}:{finding.line}:{finding.column}: {finding.code} {mark}{_shown(finding.message)}"


def _shown(text: str) -> str:
    """``text`` without what would break the line or steer the terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
