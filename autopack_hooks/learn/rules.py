"""The file of rules as a view holds it, and what its active rules say of documents and ledgers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from autopack_hooks.checks.ignores import Ignore, find_ignores
from autopack_hooks.checks.rules.learned import RUL001, RUL002, RUL003, RUL004, RUL010, RUL011, RUL012
from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.files import CONFIG_LIMIT
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.core.text import SourceText
from autopack_hooks.core.words import counted
from autopack_hooks.learn.matching import RuleHit, document_hits, existence, in_scope, ledger_hits
from autopack_hooks.learn.patterns import PatternError, compile_pattern
from autopack_hooks.ledger.learned import (
    FORBIDDEN_TEXT,
    ID_FORMAT,
    LINK_MOVED,
    REQUIRED_FIELD,
    RULES_PATH,
    LearnedRule,
    RulesFile,
    parse_rules,
)
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.project.views import GitView, View
from autopack_hooks.project.workspace import Workspace

KIND_CODES = {LINK_MOVED: RUL001, FORBIDDEN_TEXT: RUL002, REQUIRED_FIELD: RUL003, ID_FORMAT: RUL004}
"""Kind -> the code of its findings."""
DOCUMENTS = (LINK_MOVED, FORBIDDEN_TEXT)
LEDGERS = (REQUIRED_FIELD, ID_FORMAT)
_MANY = 5


@dataclass(frozen=True)
class RuleRun:
    """What the rules say: findings, the ignore comments of the documents that they looked at, and all files they covered."""

    findings: list[Finding]
    ignores: Mapping[str, Sequence[Ignore]] = field(default_factory=dict)
    covered: frozenset[str] = frozenset()


def read_rules(view: View) -> RulesFile | None:
    """Return the file of rules that ``view`` holds; None where there is none. Raises UsageError where it cannot be read."""
    data = view.read([RULES_PATH], CONFIG_LIMIT)[RULES_PATH]
    return None if data is None else parse_rules(data)


def check_rules(workspace: Workspace, view: View, ledgers: Sequence[Ledger]) -> RuleRun:
    """Return what the rules that ``view`` holds say of its files. Raises GitError, UsageError."""
    found = read_rules(view)
    findings = list(_removed(workspace, found))
    if found is None:
        return RuleRun(findings)
    findings += file_findings(found, workspace.config.learn.max_active)
    rules = acting(found, workspace.config.learn.max_active)
    paths, sources = _documents(view, [rule for rule in rules if rule.kind in DOCUMENTS])
    findings += enforce(rules, sources, ledgers, existence(paths))
    known = {document.path for ledger in ledgers for document in ledger.documents}
    ignores = {source.path: ignores_of(source) for source in sources if source.path not in known}
    return RuleRun(findings, ignores, frozenset({RULES_PATH, *(source.path for source in sources)}))


def acting(found: RulesFile, most: int) -> list[LearnedRule]:
    """Return the active rules that can be used, at most so many."""
    usable = [rule for rule in found.rules if rule.active and rule.kind in KIND_CODES and not pattern_fault(rule)]
    return sorted(usable, key=lambda rule: rule.rule_id)[:most]


def pattern_fault(rule: LearnedRule) -> str:
    """Return why the pattern of a rule cannot be used; "" where it can, and where it has none."""
    if "pattern" in rule.data:
        try:
            compile_pattern(rule.data["pattern"])
        except PatternError as error:
            return f"the pattern of the rule {rule.rule_id} cannot be used: {error}"
    return ""


def file_findings(found: RulesFile, most: int) -> Iterator[Finding]:
    """Yield what is wrong with the file itself."""
    faults = [(fault.line, fault.message) for fault in found.faults]
    faults += [(rule.line, fault) for rule in found.rules if (fault := pattern_fault(rule))]
    for line, message in faults:
        yield Finding(RULES_PATH, line, 1, RUL010.code, message, RUL010.severity, context=message)
    active = sum(rule.active and rule.kind in KIND_CODES for rule in found.rules)
    if active > most:
        message = (
            f"{counted(active, 'rule')} are active, and learn.max_active is {most}; retire those that no longer fire"
        )
        yield Finding(RULES_PATH, 1, 1, RUL012.code, message, RUL012.severity, context="max_active")


def _removed(workspace: Workspace, found: RulesFile | None) -> Iterator[Finding]:
    """Yield a finding where the last commit has many rules that are not here."""
    if workspace.config.check.allow_removal or workspace.repo is None or (found and found.faults):
        return
    with suppress(UsageError):  # what an old commit holds is nobody's fault today
        before = read_rules(GitView(workspace.repo, "HEAD", strict=False))
        gone = set(before.by_id) - set(found.by_id if found else ()) if before else set()
        if len(gone) >= _MANY or len(gone) * 2 > len(before.by_id if before else ()):
            message = (
                f"{counted(len(gone), 'rule')} of the last commit would be removed; `learn retire` keeps a rule and the reason"
                " (check.allow_removal)"
            )
            yield Finding(RULES_PATH, 1, 1, RUL011.code, message, RUL011.severity, context="removed")


def _documents(view: View, rules: Sequence[LearnedRule]) -> tuple[list[str], list[SourceText]]:
    """Return all paths, and the texts in the scope of the rules, without those that cannot be read."""
    if not rules:
        return [], []
    paths = view.find("**")
    wanted = [path for path in paths if path != RULES_PATH and any(in_scope(rule, path) for rule in rules)]
    sources = (SourceText.from_bytes(path, data) for path, data in _contents(view, wanted) if b"\0" not in data)
    return paths, [source for source in sources if not source.fault]


def _contents(view: View, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    try:
        found = view.read(paths)
    except UsageError:
        found = {}
        for path in paths:
            with suppress(UsageError):  # a link out of the repository, or a device
                found |= view.read([path])
    yield from ((path, data) for path, data in found.items() if data is not None)


def enforce(
    rules: Iterable[LearnedRule],
    sources: Iterable[SourceText],
    ledgers: Sequence[Ledger],
    exists: Callable[[str], bool],
) -> Iterator[Finding]:
    """Yield the findings of rules.

    Args:
        rules: the rules, whatever their status.
        sources: the documents.
        ledgers: the ledgers.
        exists: whether there is a file; a link to a file that is there is right, whatever a rule says.
    """
    known = list(sources)
    for rule in rules:
        if rule.kind in LEDGERS:
            hits: Iterable[RuleHit] = ledger_hits(rule, ledgers)
        elif rule.kind == LINK_MOVED and exists(rule.data["from"]):
            continue
        else:
            hits = (hit for source in known if in_scope(rule, source.path) for hit in document_hits(rule, source))
        yield from (finding_of(rule, hit, exists) for hit in hits)


def finding_of(rule: LearnedRule, hit: RuleHit, exists: Callable[[str], bool]) -> Finding:
    """Return a place where a rule is broken as a finding, with the reason and the id of the rule."""
    reason = f": {rule.rationale}" if rule.rationale else ""
    return Finding(
        hit.path,
        hit.line,
        hit.column,
        KIND_CODES[rule.kind].code,
        f"{hit.what}{reason} (rule {rule.rule_id})",
        Severity(rule.data["severity"]),
        hit.line if hit.end else None,
        hit.end,
        rule.kind == LINK_MOVED and bool(rule.data["to"]) and exists(rule.data["to"]),
        hit.ledger,
        hit.entry_id,
        f"{rule.rule_id} {hit.entry_id or ''}".strip(),
    )


def ignores_of(source: SourceText) -> Sequence[Ignore]:
    """Return the ignore comments of a document."""
    from autopack_hooks.markdown.reader import read  # only where there may be one

    return find_ignores(source, lambda: read(source.text))
