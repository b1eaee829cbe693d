"""A run over documents: every link resolved, every fault with its category, severity and place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from autopack_hooks.checks.suppress import Ignore, apply_ignores
from autopack_hooks.findings import Finding, Severity
from autopack_hooks.links import categories as c
from autopack_hooks.links.library import Library
from autopack_hooks.links.model import Link
from autopack_hooks.links.policy import Policy
from autopack_hooks.links.resolve import Context, Good, Verdict, resolve
from autopack_hooks.links.target import is_external

FAMILIES = ("LNK",)


class Broken(NamedTuple):
    """A link with something to tell: its verdict, the category that the policy leaves it, and how much it matters."""

    source: str
    link: Link
    verdict: Verdict
    category: str
    severity: Severity

    @property
    def fault(self) -> bool:
        """Whether it is to be mended; the rest is information."""
        return c.CATEGORIES[self.category].fault


@dataclass
class Scan:
    """What a run found. ``linked`` maps each good target to the documents that link to it (the reverse index)."""

    documents: list[str] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    totals: Counter[str] = field(default_factory=Counter)
    linked: dict[str, set[str]] = field(default_factory=dict)


def scan(sources: Iterable[str], library: Library, context: Context, policy: Policy, *, strict: bool) -> Scan:
    """Resolve every link of ``sources`` (documents that exist). Inline ignores are applied."""
    result = Scan()
    paths = list(sources)
    library.load(paths)
    for path in paths:
        document = library.document(path)
        if document is None:
            continue
        result.documents.append(path)
        if document.facts is None:
            severity = policy.severity(c.UNREADABLE, "", strict=strict)
            message = f"{path} {document.fault}; its links cannot be checked"
            result.findings.append(Finding(path, 1, 1, "LNK014", message, severity, context="document"))
            continue
        broken = list(_broken(path, document.facts.links, context, policy, result, strict=strict))
        _keep(path, broken, document.facts.ignores, result)
    return result


def _broken(
    path: str, links: Iterable[Link], context: Context, policy: Policy, result: Scan, *, strict: bool
) -> Iterator[Broken]:
    for link in links:
        verdict = resolve(path, link, context)
        if isinstance(verdict, Good):
            result.linked.setdefault(verdict.path, set()).add(path)
            continue
        if verdict is None:
            if is_external(link.target):
                result.totals[policy.external(path, link)] += 1
            continue
        category = policy.classify(path, link, verdict)
        if category is not None:
            result.totals[category] += 1
            yield Broken(path, link, verdict, category, policy.severity(category, link.form, strict=strict))


def _keep(path: str, broken: list[Broken], ignores: tuple[Ignore, ...], result: Scan) -> None:
    findings = [finding_of(item) for item in broken]
    if ignores:
        kept = apply_ignores(path, ignores, findings, FAMILIES)
        places = {id(finding) for finding in kept}
        broken = [item for item, finding in zip(broken, findings, strict=True) if id(finding) in places]
        findings = kept
    result.broken.extend(broken)
    result.findings.extend(findings)


def finding_of(item: Broken, fixable: bool = False) -> Finding:
    """A broken link as a finding: at its destination's characters."""
    link = item.link
    code = c.CATEGORIES[item.category].code
    message = f"{item.verdict.message} ({item.category})" if item.category != item.verdict.category else item.verdict.message
    end = None if "\n" in link.raw else link.column + len(link.raw)
    return Finding(
        item.source,
        link.line,
        link.column,
        code,
        message,
        item.severity,
        end_line=link.line if end else None,
        end_column=end,
        fixable=fixable,
        context=f"{link.form} {link.target}",
    )
