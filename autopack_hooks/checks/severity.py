"""Which codes are looked for and how much each matters, from the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from autopack_hooks.codes import CODES
from autopack_hooks.config import CheckConfig
from autopack_hooks.findings import Finding, Severity


def selected(findings: Iterable[Finding], config: CheckConfig) -> list[Finding]:
    """``findings`` that ``check.ignore`` leaves, with the severities of ``check.severity`` (longest prefix wins)."""
    kept = []
    for finding in findings:
        if finding.code.startswith(config.ignore or ("?",)):
            continue
        best = max((p for p in config.severity if finding.code.startswith(p)), key=len, default=None)
        kept.append(replace(finding, severity=Severity(config.severity[best])) if best else finding)
    return kept


def default_severity(code: str) -> Severity:
    """What ``codes`` says a code matters."""
    return CODES[code].severity
