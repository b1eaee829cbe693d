"""Which codes are looked for and how much each matters, from the configuration."""

from __future__ import annotations

from collections.abc import Iterable

from autopack_hooks.config.model import CheckConfig
from autopack_hooks.core.findings import Finding, Severity


def selected(findings: Iterable[Finding], config: CheckConfig) -> list[Finding]:
    """``findings`` that ``check.ignore`` leaves, with the severities of ``check.severity`` (longest prefix wins)."""
    kept = []
    for finding in findings:
        if finding.code.startswith(config.ignore or ("?",)):
            continue
        best = max((p for p in config.severity if finding.code.startswith(p)), key=len, default=None)
        kept.append(finding._replace(severity=Severity(config.severity[best])) if best else finding)
    return kept


def chosen(findings: Iterable[Finding], config: CheckConfig) -> list[Finding]:
    """``selected``, and of these only what ``check.select`` asks for: the codes on request by their whole name."""
    kept = (finding for finding in selected(findings, config) if finding.code.startswith(config.select))
    return [f for f in kept if f.code in config.select or f.code in config.severity or not _on_request(f.code)]


def _on_request(code: str) -> bool:
    from autopack_hooks.checks.rules import CODES

    return CODES[code].on_request


def default_severity(code: str) -> Severity:
    """Return the severity that a code has by itself."""
    from autopack_hooks.checks.rules import CODES  # the pages of all codes: 4 ms that a run without faults does not pay

    return CODES[code].severity
