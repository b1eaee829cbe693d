"""What the fixers would do about findings: asked of the fixers themselves, so that no promise is a guess."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from autopack_hooks.checks.baseline import Key
from autopack_hooks.checks.pipeline import Fixes, fixable_findings
from autopack_hooks.core.edits import Edit
from autopack_hooks.core.findings import Finding
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.fix import Wanted, heading_edits, order_edits, safe_edits, stub_edits, unfit
from autopack_hooks.ledger.model import Document, Ledger
from autopack_hooks.project.loader import parser_of
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import Workspace

Place = tuple[str, str, int]
"""(path, code, line)"""
ORDER = "LED014"
_LOSSES = ("LED006", "LED021")
"""What is reported where the sections of the last commit may be gone."""


def plan_fixes(workspace: Workspace, ledgers: Sequence[Ledger], findings: Iterable[Finding]) -> Fixes:
    """Ask the fixers which of the ``findings`` in ``ledgers`` they would mend."""
    reported = list(findings)
    losses = {finding.path for finding in reported if finding.code in _LOSSES}
    places = {finding.path for finding in reported}
    safe, stubs, unsafe = set[Place](), set[Place](), set[Place]()
    for ledger in ledgers:
        for document in ledger.documents:
            path = document.path
            if path not in places or (path in losses and lost_sections(workspace, ledger, document)):
                continue
            wanted = fixable_findings(workspace.config.check, whole=len(ledger.documents) == 1)(document)
            if not unfit(document, wanted):
                safe |= _answered(document, wanted, safe_edits)
                stubs |= _answered(document, wanted, stub_edits)
                unsafe |= _answered(document, wanted, heading_edits) | _answered(document, wanted, order_edits)
    marked = [f._replace(fixable=_place(f) in safe or _is_stale(workspace, f)) for f in reported]
    left = [_place(finding) for finding in marked if not finding.fixable]
    return Fixes(marked, sum(place in stubs for place in left), sum(place in unsafe for place in left))


def lost_sections(workspace: Workspace, ledger: Ledger, document: Document) -> list[str]:
    """Return the ids of entries that the last commit has a section of, and the ledger has not.

    Half a file is not to be mended.
    """
    if workspace.repo is None or workspace.config.check.allow_removal or workspace.repo.head() is None:
        return []
    data = GitView(workspace.repo, "HEAD", strict=False).read([document.path])[document.path]
    before = SourceText.from_bytes(document.path, data or b"")
    if before.fault or before.text == document.source.text:
        return []
    parse = parser_of(workspace, ledger)
    here = {section.entry_id for section in ledger.sections} | ledger.quoted
    return [entry_id for entry_id, entry in parse(before).entries.items() if entry.sections and entry_id not in here]


def rows_without_section(workspace: Workspace, document: Document, accepted: Collection[Key]) -> list[str]:
    """Return the ids of the rows that `fix --stubs` has a section for, but for those that the baseline accepts."""
    wanted = fixable_findings(workspace.config.check)(document)
    lines = {line for _, _, line in _answered(document, wanted, stub_edits)} if not unfit(document, wanted) else ()
    ids = dict.fromkeys(str(row.entry_id) for row in document.rows if row.line in lines)
    return [entry_id for entry_id in ids if (document.path, "LED006", entry_id) not in accepted]


def _answered(document: Document, wanted: Wanted, edits: Callable[[Document, Wanted], list[Edit]]) -> set[Place]:
    """Return what ``edits`` mends: it asks ``wanted`` of each place that it has an edit for."""
    asked = set[Place]()

    def ask(code: str, line: int) -> bool:
        yes = wanted(code, line)
        if yes:
            asked.add((document.path, code, 0 if code == ORDER else line))
        return yes

    edits(document, ask)
    return asked


def _place(finding: Finding) -> Place:
    # Rows are sorted together, wherever the first one is that stands too low. Sections are not sorted.
    of_all = finding.code == ORDER and finding.context == "row"
    return finding.path, finding.code, 0 if of_all else finding.line


def _is_stale(workspace: Workspace, finding: Finding) -> bool:
    """Return whether ``finding`` is of an entry of the baseline that `fix` takes out."""
    return finding.code == "CFG001" and finding.path == workspace.config.check.baseline
