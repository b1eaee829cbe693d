"""Resolve every link of a set of documents, and give each fault its category, severity and place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from autopack_hooks.checks.ignores import Ignore
from autopack_hooks.checks.pipeline import LINK_FAMILIES, silence
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.links import categories as c
from autopack_hooks.links.documents import Documents
from autopack_hooks.links.href import is_external, parse_target
from autopack_hooks.links.policy import Policy
from autopack_hooks.links.resolve import MARKDOWN, Good, ResolveContext, Verdict, join, resolve
from autopack_hooks.links.tree import FILE, normal
from autopack_hooks.markdown.structure import Link


class BrokenLink(NamedTuple):
    """Hold a link with something to report: its verdict, its category after the policy, and its severity."""

    source: str
    link: Link
    verdict: Verdict
    category: str
    severity: Severity

    @property
    def fault(self) -> bool:
        """Return whether it has to be fixed; the rest is information."""
        return c.CATEGORIES[self.category].fault


@dataclass
class Scan:
    """Hold what a run found.

    ``broken`` are the links with something to tell, ``findings`` what is wrong with whole documents and with ignore
    comments. ``linked`` maps each target to the documents that mean it (the reverse index).
    """

    documents: list[str] = field(default_factory=list)
    broken: list[BrokenLink] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    totals: Counter[str] = field(default_factory=Counter)
    linked: dict[str, set[str]] = field(default_factory=dict)


def scan(
    sources: Iterable[str], documents: Documents, context: ResolveContext, policy: Policy, *, strict: bool
) -> Scan:
    """Resolve every link of ``sources`` (documents that exist). Inline ignores are applied."""
    result = Scan()
    paths = list(sources)
    documents.load(paths)
    documents.load(_anchored(paths, documents, context))
    for path in paths:
        document = documents.document(path)
        if document is None:
            continue
        result.documents.append(path)
        if document.links is None:
            severity = policy.severity(c.UNREADABLE, "", strict=strict)
            message = f"{path} {document.fault}; its links cannot be checked"
            result.findings.append(Finding(path, 1, 1, "LNK014", message, severity, context="document"))
            continue
        broken = list(_broken(path, document.links.links, context, policy, result, strict=strict))
        _keep(path, broken, document.links.ignores, result)
    return result


def _anchored(sources: Iterable[str], documents: Documents, context: ResolveContext) -> Iterator[str]:
    """Yield the documents whose anchors the links of ``sources`` ask for, to be read in one go."""
    for source in sources:
        found = documents.links(source)
        for link in found.links if found else ():
            if "#" in link.target and link.target[0] != "#" and not link.fault and not is_external(link.target):
                path = parse_target(link.target).path
                target = context.tree.find(normal(join(source, path))) if path.lower().endswith(MARKDOWN) else None
                if target and target.kind == FILE:
                    yield target.path


def _broken(
    path: str, links: Iterable[Link], context: ResolveContext, policy: Policy, result: Scan, *, strict: bool
) -> Iterator[BrokenLink]:
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
        rule = policy.override(path, link, verdict, category, strict=strict) if category else None
        if rule and rule.action == "fix":
            verdict = _decided(verdict, rule.goal, path, context)
        meant = verdict.path if verdict.category in (c.MISSING_ANCHOR, c.LINE_OUT_OF_RANGE) else verdict.exact
        if meant:
            result.linked.setdefault(meant, set()).add(path)
        if category is not None and not (rule and rule.action == "ignore"):
            result.totals[category] += 1
            yield BrokenLink(path, link, verdict, category, policy.severity(category, link.form, strict=strict))


def _decided(verdict: Verdict, goal: str, source: str, context: ResolveContext) -> Verdict:
    """Return ``verdict`` with what somebody decided that the link means, a path from the root or from its document."""
    written = parse_target(goal)
    paths = (normal(written.path.lstrip("/")), normal(join(source, written.path)))
    exact = next((path for path in paths if path and context.tree.exists(path)), None)
    anchor = verdict.anchor if written.fragment is None else written.fragment
    return verdict._replace(exact=exact, anchor=anchor) if exact else verdict


def _keep(path: str, broken: list[BrokenLink], ignores: tuple[Ignore, ...], result: Scan) -> None:
    if ignores:
        told = {finding_of(item): item for item in broken}
        kept = silence(path, ignores, told, LINK_FAMILIES)
        broken = [told[finding] for finding in kept if finding in told]
        result.findings.extend(finding for finding in kept if finding not in told)
    result.broken.extend(broken)


def finding_of(item: BrokenLink) -> Finding:
    """Return a broken link as a finding, at its destination's characters."""
    link = item.link
    code = c.CATEGORIES[item.category].code
    message = (
        f"{item.verdict.message} ({item.category})" if item.category != item.verdict.category else item.verdict.message
    )
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
        context=f"{link.form} {link.target}",
    )


def findings_of(result: Scan, *, information: bool = True) -> list[Finding]:
    """Return the findings of a scan, or those without ``information``."""
    told = (item for item in result.broken if information or item.severity is not Severity.INFO)
    return [*result.findings, *map(finding_of, told)]


def policy_findings(policy: Policy, *, complete: bool) -> list[Finding]:
    """Return what is wrong with the policy itself; after a ``complete`` run, unused entries are stale."""
    found = []
    for entry in policy.entries:
        if not entry.reason:
            found.append((entry, "LNK030", f"the entry {entry.name!r} of {entry.kind} has no reason"))
    for entry in policy.stale() if complete else ():
        found.append((entry, "LNK031", f"the entry {entry.name!r} of {entry.kind} matches nothing any more; remove it"))
    return [
        Finding(entry.path, entry.line, 1, code, message, Severity.WARNING, context=f"{entry.kind} {entry.name}")
        for entry, code, message in found
    ]
