"""From all that the rules yield to what is reported: inline ignores, the choice of codes, severities, the baseline.

``check`` and ``links`` go this one way, in this order, and the fixer asks here which findings it may answer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from autopack_hooks.checks.baseline import Baseline
from autopack_hooks.checks.ignores import Ignore, find_ignores
from autopack_hooks.config.model import CheckConfig
from autopack_hooks.core.errors import ConfigError
from autopack_hooks.core.findings import Finding, Severity, once, ordered

if TYPE_CHECKING:
    from autopack_hooks.ledger.model import Document

LEDGER_FAMILIES = ("LED", "CFG")
LINK_FAMILIES = ("LNK",)
FAMILIES = (*LEDGER_FAMILIES, *LINK_FAMILIES, "RUL")
HALVES = ("LED006", "LED007")
HIDDEN_COUNTS = ("LED016", "LED018")
"""Counts that are right again once a fence gives back the entries that it swallows, or the lost ones are back."""


class Pipeline(NamedTuple):
    """Hold what decides about findings.

    ``families`` are the prefixes of the codes that the run looks for: only of those can an ignore comment or an entry of
    the baseline be needless. With ``by_select``, ``check.select`` chooses among the codes.
    """

    config: CheckConfig
    families: tuple[str, ...]
    by_select: bool = True

    def choose(
        self, findings: Iterable[Finding], ignores: Mapping[str, Sequence[Ignore]], paths: Collection[str] | None = None
    ) -> list[Finding]:
        """Return the findings that count, sorted, before the baseline.

        Args:
            findings: all that the rules yielded.
            ignores: path -> the ignore comments of that file.
            paths: the files that are asked for; None for all.
        """
        by_path: dict[str, list[Finding]] = {path: [] for path in ignores}
        for finding in findings:
            by_path.setdefault(finding.path, []).append(finding)
        kept = [
            finding
            for path, own in by_path.items()
            if paths is None or path in paths
            for finding in silence(path, ignores.get(path, ()), own, self.families)
        ]
        return ordered(self._chosen(kept))

    def report(self, findings: Iterable[Finding], baseline: Baseline, covered: Collection[str]) -> list[Finding]:
        """Return those of the chosen ``findings`` that are new, and what is stale in the baseline.

        What a ledger says several times is one finding, but only here: the baseline knows each place.

        Args:
            findings: what ``choose`` gave.
            baseline: the findings that are known.
            covered: the files that the run looked at.
        """
        return ordered(once(self._chosen(baseline.new(findings, covered, self.families))))

    def _chosen(self, findings: Iterable[Finding]) -> list[Finding]:
        config = self.config
        kept = []
        for finding in findings:
            if is_left_out(finding.code, config) or (self.by_select and not _is_selected(finding.code, config)):
                continue
            best = max((p for p in config.severity if finding.code.startswith(p)), key=len, default=None)
            kept.append(finding._replace(severity=Severity(config.severity[best])) if best else finding)
        return kept


class Fixes(NamedTuple):
    """Hold the findings, each with whether plain `fix` mends it, and how many more its two options mend."""

    findings: list[Finding]
    stubs: int = 0
    unsafe: int = 0


def refuse_unknown_codes(config: CheckConfig, source: str | None) -> None:
    """Raise ConfigError where the configuration (of the file ``source``) names a code that no finding has."""
    named = [(f"check.{key}", code) for key in ("select", "ignore", "severity") for code in getattr(config, key)]
    unusual = [(key, code) for key, code in named if code not in FAMILIES]
    if not unusual:
        return
    from difflib import get_close_matches

    from autopack_hooks.checks.rules import CODES

    for key, code in unusual:
        # The codes of learned rules are the project's own.
        if not code.startswith("RUL") and not any(name.startswith(code) for name in CODES):
            near = get_close_matches(code, [*FAMILIES, *CODES], 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(FAMILIES)} and numbers of them"
            raise ConfigError(f"{source}: {key}: no code starts with {code!r}; {hint}")


def is_left_out(code: str, config: CheckConfig) -> bool:
    """Return whether ``check.ignore`` names a code."""
    return code.startswith(config.ignore or ("?",))


def _is_selected(code: str, config: CheckConfig) -> bool:
    """Return whether ``check.select`` asks for a code; those on request by their whole name."""
    if not code.startswith(config.select):
        return False
    return code in config.select or code in config.severity or not _is_on_request(code)


def _is_on_request(code: str) -> bool:
    from autopack_hooks.checks.rules import CODES  # a run of `links` does not load the rules of ledgers

    return CODES[code].on_request


def silence(
    path: str, ignores: Sequence[Ignore], findings: Iterable[Finding], families: Collection[str]
) -> list[Finding]:
    """Return the findings of one file that no comment silences, and what is wrong with the comments themselves.

    Args:
        path: the file.
        ignores: its ignore comments.
        findings: all findings in it.
        families: prefixes of the codes that were looked for; a comment for another code is never needless (CFG002).
    """
    found = list(findings)
    if not ignores:
        return found
    spans: dict[str, list[tuple[int, int]]] = {}
    for ignore in ignores:
        for code in ignore.codes:
            spans.setdefault(code, []).append((ignore.first, ignore.last))
    joined = {code: _joined(parts) for code, parts in spans.items()}
    kept = [finding for finding in found if not _covers(joined.get(finding.code, ()), finding.line)]
    lines: dict[str, list[int]] = {code: [] for code in spans}
    for finding in sorted(found, key=lambda finding: finding.line):
        if finding.code in lines:
            lines[finding.code].append(finding.line)
    return [*kept, *(fault for ignore in ignores for fault in _faults(path, ignore, lines, tuple(families)))]


def _faults(
    path: str, ignore: Ignore, lines: Mapping[str, Sequence[int]], families: tuple[str, ...]
) -> Iterable[Finding]:
    """Yield what is wrong with a comment, by the ``lines`` of the findings of each code."""
    if not ignore.codes:
        message = "an ignore comment needs a code and a reason: <!-- autopack: ignore CODE reason -->"
        yield Finding(path, ignore.line, ignore.column, "CFG003", message, Severity.WARNING, context="ignore")
    for code in ignore.codes:
        here = lines[code]
        idle = bisect_left(here, ignore.first) == bisect_right(here, ignore.last)
        if idle and code.startswith(families):
            message = f"this comment ignores {code}, which is not reported here; remove it"
            yield Finding(path, ignore.line, ignore.column, "CFG002", message, Severity.WARNING, context=code)


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans of lines, sorted, those that touch the same line joined."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _covers(spans: Sequence[tuple[int, int]], line: int) -> bool:
    at = bisect_right(spans, line, key=lambda span: span[0]) - 1
    return at >= 0 and line <= spans[at][1]


def fixable_findings(config: CheckConfig, *, whole: bool = True) -> Callable[[Document], Callable[[str, int], bool]]:
    """Return a function that makes, for a document, the question whether the finding of a code on a line would be reported.

    Where the document is not the ``whole`` ledger, its rows and sections may belong to those of other files.
    """

    def choose(document: Document) -> Callable[[str, int], bool]:
        ignores = find_ignores(document.source, lambda: document.structure)

        def reported(code: str, line: int) -> bool:
            selected = code.startswith(config.select) and not is_left_out(code, config)
            return selected and not any(code in i.codes and i.first <= line <= i.last for i in ignores)

        unfit: tuple[str, ...] = HALVES if not whole else ()
        if any(reported("LED008", quote.line) for quote in document.quoted):
            unfit += HIDDEN_COUNTS
        return lambda code, line: code not in unfit and reported(code, line)

    return choose
