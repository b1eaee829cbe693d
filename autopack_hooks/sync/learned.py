"""The learned rules as a ledger that is synced: each rule an entry, whose text is made from its JSON."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DATE, SEVERITY, STATUS, TITLE
from autopack_hooks.ledger.learned import (
    LEARNED_RULES,
    NOTE,
    RULES_PATH,
    LearnedRule,
    RuleFault,
    RulesFile,
    parse_rules,
)
from autopack_hooks.ledger.model import Entry, PlacedText, Section
from autopack_hooks.project.views import View
from autopack_hooks.sync.cache import LedgerDigest


class LearnedSource:
    """The file of rules, read as a whole: it is small."""

    name = LEARNED_RULES
    path = RULES_PATH

    def __init__(self, found: RulesFile) -> None:
        self._found = found

    @cached_property
    def digest(self) -> LedgerDigest:
        """The ids and hashes of the rules."""
        faults = self._found.faults
        fault = f"{RULES_PATH}:{faults[0].line}: {faults[0].message}" if faults else ""
        return LedgerDigest({name: entry.content_hash for name, entry in self._entries.items()}, (), fault)

    def entry(self, name: str) -> Entry:
        """Return the rule with this id as an entry."""
        return self._entries[name]

    def fetch(self, names: Collection[str]) -> None:
        """Do nothing: all is read."""

    def places(self, names: Collection[str]) -> dict[str, tuple[str, int]]:
        """Return the file and the line of each of these rules that is there."""
        rules = self._found.by_id
        return {name: (RULES_PATH, rules[name].line) for name in names if name in rules}

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return {name: _entry(rule) for name, rule in self._found.by_id.items()}


def learned_source(view: View) -> LearnedSource | None:
    """Return the rules that ``view`` holds; None where there are none of ours."""
    try:
        data = view.read([RULES_PATH])[RULES_PATH]
        found = None if data is None else parse_rules(data)
    except UsageError as error:
        found = RulesFile(faults=[RuleFault(1, str(error))])
    return None if found is None or found.older else LearnedSource(found)


def _entry(rule: LearnedRule) -> Entry:
    own = rule.data
    fields = {"Kind": rule.kind, "Status": rule.status, "Severity": own["severity"], "Scope": ", ".join(rule.scope)}
    lines = [f"### {rule.rule_id} | {own['first_seen'][:10]} | {rule.title}", ""]
    lines += [f"**{name}**: {value}" for name, value in fields.items()]
    lines += ["", rule.rationale, *([own["advice"]] if rule.kind == NOTE else [])]
    lines += [own["retired_reason"]] if own.get("retired_reason") else []
    found = SourceText.from_text(RULES_PATH, "\n".join(lines)).lines

    def placed(text: str) -> PlacedText:
        return PlacedText(text, rule.line, 1)

    values = {STATUS: placed(rule.status), SEVERITY: placed(own["severity"]), TITLE: placed(rule.title)}
    values[DATE] = placed(own["first_seen"])
    section = Section(
        entry_id=rule.rule_id,
        path=RULES_PATH,
        first=rule.line,
        line=rule.line,
        end=rule.line,
        level=3,
        column=1,
        heading=found[0],
        form="canonical",
        values=values,
        fields={name: placed(value) for name, value in fields.items()},
        lines=tuple(found),
    )
    return Entry(rule.rule_id, (section,))
