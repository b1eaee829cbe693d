"""The fix plan: what is broken, what it most likely means, and the text that would fix it, as JSON or Markdown."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from autopack_hooks.core.findings import Finding
from autopack_hooks.core.terminal import text_of
from autopack_hooks.core.text import Position, SourceText
from autopack_hooks.links.categories import CATEGORIES
from autopack_hooks.links.destination import written
from autopack_hooks.links.scan import BrokenLink
from autopack_hooks.links.suggest import Judged, Suggestion, confidence
from autopack_hooks.markdown.structure import IMAGE, LINK, MENTION, REFERENCE, Link

UPDATE, MANUAL = "update_reference", "manual_review"
_ORDER = ("high", "medium", "low")
# What ends a line for Python's str.splitlines, and for nobody else.
_PYTHON_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


class PlanRow(NamedTuple):
    """Hold one broken link and what to do about it.

    ``fix`` is the new destination's characters, None where nothing is known.
    """

    broken: BrokenLink
    suggestions: Sequence[Suggestion]
    fix: str | None
    source_hash: str

    @property
    def confidence(self) -> str:
        """Return high, medium or low."""
        return confidence(self.suggestions[0].score) if self.suggestions else "low"

    @property
    def fixable(self) -> bool:
        """Return whether ``fix-links`` would change it (medium ones on request). Prose is left to people."""
        return self.fix is not None and self.confidence != "low" and self.broken.link.form != MENTION

    @property
    def certain(self) -> bool:
        """Return whether ``fix-links`` would change it unasked."""
        return self.fixable and self.confidence == "high"

    @property
    def hint(self) -> str:
        """Return what is meant, where that is certain, or likely and nothing else comes into question."""
        verdict, likely = self.broken.verdict, self.confidence == "medium" and len(self.suggestions) == 1
        if not self.fixable or not (self.certain or likely):
            return ""
        best = self.suggestions[0]
        if verdict.exact is not None and self.certain:
            return f"write {self.fix}"
        return f"did you mean {best.target if best.path != verdict.path else f'#{best.fragment}'}?"


def make_rows(
    judged: Iterable[Judged],
    hash_of: Callable[[str], str],
    source_of: Callable[[str], SourceText | None],
) -> list[PlanRow]:
    """Return the rows, sorted by source and place."""
    rows: list[PlanRow] = []
    read = lru_cache(maxsize=1)(source_of)
    for item, suggestions in sorted(judged, key=lambda j: (j.broken.source, j.broken.link.line, j.broken.link.column)):
        fix = None
        if suggestions:
            # The text is read again only for a destination that angle brackets make a difference to.
            delicate = any(char in suggestions[0].target for char in " ()")
            angled = delicate and _is_angled(read(item.source), item.link)
            fix = written(item.source, item.link, suggestions[0], item.verdict.category, angled=angled)
            fix = None if fix == item.link.raw else fix
        rows.append(PlanRow(item, suggestions, fix, hash_of(item.source)))
    return rows


def _is_angled(source: SourceText | None, link: Link) -> bool:
    at = source.offset(link.line, link.column) if source else 0
    return source is not None and source.text[at - 1 : at] == "<"


def explained(findings: Iterable[Finding], rows: Iterable[PlanRow]) -> list[Finding]:
    """Return ``findings`` with what is meant in their messages, and with whether ``fix-links`` mends them."""
    known = {(row.broken.source, row.broken.link.line, row.broken.link.column): row for row in rows}
    told = []
    for finding in findings:
        row = known.get((finding.path, finding.line, finding.column))
        if row and finding.code == CATEGORIES[row.broken.category].code:
            hint = f"; {row.hint}" if row.hint else ""
            finding = finding._replace(message=finding.message + hint, fixable=row.certain)
        told.append(finding)
    return told


def _python_lines(source_of: Callable[[str], SourceText | None]) -> Callable[[str, Link], int]:
    """Return a function that counts as scripts do that use ``str.splitlines``: a form feed, for one, ends a line there."""

    @lru_cache(maxsize=1)
    def further_ends(path: str) -> list[Position]:
        source = source_of(path)
        return [source.position(match.start()) for match in _PYTHON_ENDS.finditer(source.text)] if source else []

    return lambda path, link: link.line + bisect_left(further_ends(path), Position(link.line, link.column))


def _row_json(row: PlanRow, line_of: Callable[[str, Link], int]) -> dict[str, Any]:
    link, verdict = row.broken.link, row.broken.verdict
    return {
        "source_file": row.broken.source,
        "line_number": line_of(row.broken.source, link),
        "line": link.line,
        "column": link.column,
        "form": link.form,
        "link_text": link.text,
        "source_link": _as_written(row),
        "broken_target": link.raw,
        "normalized_target": verdict.path if verdict.fragment is None else f"{verdict.path}#{verdict.fragment}",
        "reason": row.broken.category,
        "suggested_fix": row.fix,
        "suggestions": [{"path": s.target, "score": round(s.score, 3), "why": s.why} for s in row.suggestions],
        "confidence": row.confidence,
        "fix_type": UPDATE if row.fixable else MANUAL,
        "source_hash": row.source_hash,
    }


def _as_written(row: PlanRow) -> str:
    link = row.broken.link
    forms = {LINK: f"[{link.text}]({link.raw})", IMAGE: f"![{link.text}]({link.raw})", MENTION: f"`{link.raw}`"}
    if link.form == REFERENCE and not link.fault:
        return f"[{link.text}]: {link.raw}"
    return forms.get(link.form, link.raw)


def summary(rows: Sequence[PlanRow]) -> dict[str, Any]:
    """Return counts over the rows."""
    known = Counter(row.confidence for row in rows)
    fixable = sum(row.fixable for row in rows)
    return {
        "total_broken": len(rows),
        "auto_fixable": fixable,
        "manual_review": len(rows) - fixable,
        "by_confidence": {name: known[name] for name in _ORDER},
        "by_category": _counts(row.broken.category for row in rows),
        "by_form": _counts(row.broken.link.form for row in rows),
        "by_source": _counts(row.broken.source for row in rows),
    }


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


def plan_json(
    rows: Sequence[PlanRow], orphans: Sequence[str], generated_at: str, source_of: Callable[[str], SourceText | None]
) -> str:
    """Return the plan as JSON: the older tool's keys, and more. ``source_of`` gives the text of a path."""
    line_of = _python_lines(source_of)
    plan = {
        "generated_at": generated_at,
        "broken_links": [_row_json(row, line_of) for row in rows],
        "orphans": list(orphans),
        "summary": summary(rows),
    }
    return json.dumps(plan, indent=2, ensure_ascii=True) + "\n"


def plan_markdown(rows: Sequence[PlanRow], orphans: Sequence[str], generated_at: str) -> str:
    """Return the plan as Markdown, grouped by source."""
    counts = summary(rows)
    lines = [
        "# Link fix plan",
        "",
        f"Generated: {generated_at}. Broken: {counts['total_broken']}, fixable: {counts['auto_fixable']}, "
        f"for review: {counts['manual_review']}.",
        "",
        "| Confidence | Links | Applied by |",
        "|---|---|---|",
        f"| high | {counts['by_confidence']['high']} | `fix-links --execute` |",
        f"| medium | {counts['by_confidence']['medium']} | `fix-links --execute --apply-medium` |",
        f"| low | {counts['by_confidence']['low']} | people |",
        "",
        "| Category | Links |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in counts["by_category"].items()),
        "",
        "## Broken links",
    ]
    source = None
    for row in rows:
        if row.broken.source != source:
            source = row.broken.source
            lines += [
                "",
                f"### {source}",
                "",
                "| Line | Broken Target | Reason | Suggested Fix | Confidence | Score |",
                "|---|---|---|---|---|---|",
            ]
        score = f"{row.suggestions[0].score:.2f}" if row.suggestions else "-"
        fix = _code(row.fix) if row.fix is not None else "(none)"
        link = row.broken.link
        lines.append(
            f"| {link.line} | {_code(link.raw)} | {row.broken.category} | {fix} | {row.confidence} | {score} |"
        )
    if orphans:
        lines += [
            "",
            "## Orphans",
            "",
            "Documents that no document links to.",
            "",
            *(f"- {_code(path)}" for path in orphans),
        ]
    return text_of(lines)


def _code(text: str) -> str:
    shown = " ".join(text.split()).replace("|", "\\|")
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"
