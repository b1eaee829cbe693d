"""The file of learned rules: a ledger of its own kind, JSON in one canonical form, an object per rule.

Reading never raises for what is in the file: faults are values with their lines. What the older tools wrote in its place is
recognised, so that it can be imported and is never overwritten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autopack_hooks.core.terminal import json_text
from autopack_hooks.core.text import decode

LEARNED_RULES = "learned_rules"
RULES_PATH = "docs/LEARNED_RULES.json"
LINK_MOVED, FORBIDDEN_TEXT, REQUIRED_FIELD, ID_FORMAT, NOTE = (
    "link_moved",
    "forbidden_text",
    "required_field",
    "id_format",
    "note",
)
KINDS: Mapping[str, tuple[str, ...]] = {
    LINK_MOVED: ("from", "to"),
    FORBIDDEN_TEXT: ("pattern",),
    REQUIRED_FIELD: ("ledger", "field"),
    ID_FORMAT: ("ledger", "pattern"),
    NOTE: ("signature", "advice"),
}
"""Kind -> the fields of its own."""
PROPOSED, ACTIVE, RETIRED = "proposed", "active", "retired"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_KEY = re.compile(r'(?<!\\)"id"\s*:\s*("(?:[^"\\]|\\.)*+")')
_MANY = 10_000


class RuleFault(NamedTuple):
    """Hold what is wrong with the file, and on which line."""

    line: int
    message: str


@dataclass(frozen=True)
class LearnedRule:
    """One rule: its JSON object, which is valid, and the line of its id."""

    data: Mapping[str, Any]
    line: int = 1

    @property
    def rule_id(self) -> str:
        return str(self.data["id"])

    @property
    def kind(self) -> str:
        return str(self.data["kind"])

    @property
    def status(self) -> str:
        return str(self.data["status"])

    @property
    def active(self) -> bool:
        return self.status == ACTIVE

    @property
    def scope(self) -> tuple[str, ...]:
        return tuple(self.data["scope"])

    @property
    def rationale(self) -> str:
        return str(self.data["rationale"])

    @property
    def title(self) -> str:
        """What the rule says, in a line."""
        own = self.data
        if self.kind == LINK_MOVED:
            goal = f"moved to {own['to']}" if own["to"] else "is gone"
            return f"{own['from']} {goal}"
        if self.kind == FORBIDDEN_TEXT:
            return f"the text /{own['pattern']}/ is forbidden"
        if self.kind == REQUIRED_FIELD:
            return f"each entry of {own['ledger']} has a field {own['field']}"
        if self.kind == ID_FORMAT:
            return f"the ids of {own['ledger']} are written /{own['pattern']}/"
        return f"{own['signature']}"

    def changed(self, **values: Any) -> LearnedRule:
        """Return the rule with other values."""
        return LearnedRule({**self.data, **values}, self.line)


@dataclass(frozen=True)
class RulesFile:
    """What was read: the valid rules, the faults, and whether the file is of an older tool."""

    rules: Sequence[LearnedRule] = ()
    faults: Sequence[RuleFault] = ()
    older: bool = False

    @property
    def by_id(self) -> dict[str, LearnedRule]:
        """Id -> rule."""
        return {rule.rule_id: rule for rule in self.rules}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_optional_text(value: Any) -> bool:
    return value is None or _is_text(value)


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and _MOMENT.fullmatch(value) is not None


def _is_case_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(case, dict) and set(case) == {"path", "text"} and all(isinstance(v, str) for v in case.values())
        for case in value
    )


def _is_evidence(value: Any) -> bool:
    if not isinstance(value, list) or len(value) > 5:
        return False
    flat = (list(item.values()) if isinstance(item, dict) else [item] for item in value)
    return all(isinstance(text, str | int | None) for texts in flat for text in texts)


_CHECKS: Mapping[str, tuple[Any, str]] = {
    "id": (lambda v: isinstance(v, str) and _ID.fullmatch(v), "letters, digits, dots, dashes (at most 64)"),
    "kind": (lambda v: isinstance(v, str) and v in KINDS, f"one of {', '.join(KINDS)}"),
    "status": (lambda v: v in (PROPOSED, ACTIVE, RETIRED), "proposed, active or retired"),
    "scope": (lambda v: isinstance(v, list) and v and all(map(_is_text, v)), "a list of patterns of paths"),
    "severity": (lambda v: v in ("error", "warning", "info"), "error, warning or info"),
    "occurrences": (lambda v: type(v) is int and v >= 0, "a whole number"),
    "first_seen": (_is_moment, "a time such as 2026-01-31T12:00:00Z"),
    "last_seen": (_is_moment, "a time such as 2026-01-31T12:00:00Z"),
    "evidence": (_is_evidence, "a list of at most five incidents"),
    "positives": (_is_case_list, "a list of {path, text}"),
    "negatives": (_is_case_list, "a list of {path, text}"),
    "rationale": (lambda v: isinstance(v, str), "a text"),
    "approved_by": (_is_optional_text, "a text or null"),
    "approved_at": (lambda v: v is None or _is_moment(v), "a time or null"),
}
_OWN_CHECKS: Mapping[str, tuple[Any, str]] = {
    **dict.fromkeys(
        ("from", "pattern", "ledger", "field", "signature", "advice"), (_is_text, "a text that is not empty")
    ),
    "to": (_is_optional_text, "a path or null"),
}
_MORE: Mapping[str, tuple[Any, str]] = {
    "retired_by": (_is_optional_text, "a text or null"),
    "retired_at": (lambda v: v is None or _is_moment(v), "a time or null"),
    "retired_reason": (_is_optional_text, "a text or null"),
}
"""Fields that only a retired rule has."""


def parse_rules(data: bytes) -> RulesFile:
    """Read the file. Rules with a fault are left out; a pattern is not looked into here."""
    text, fault = decode(data)
    if fault:
        return RulesFile(faults=[RuleFault(fault.line, f"it is not text: {fault.reason}")])
    try:
        document = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        return RulesFile(faults=[RuleFault(error.lineno, f"it is not JSON: {error.msg}; correct it by hand")])
    except (ValueError, RecursionError) as error:
        return RulesFile(faults=[RuleFault(1, f"it is not JSON that can be read: {error}")])
    if older_rules(document) is not None:
        message = f"it is of an older tool, so none of its rules acts; take them over with `learn import {RULES_PATH}`"
        return RulesFile(faults=[RuleFault(1, message)], older=True)
    return _read_document(document, text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has a key twice")
    return found


def older_rules(document: Any) -> list[Any] | None:
    """Return the rules of a file in the form of an older tool; None for any other."""
    if not isinstance(document, dict) or "version" in document:
        return None
    for key, marks in (("rules", ("recommendation", "constraint")), ("proposed_rules", ("prevention_action",))):
        rules = document.get(key)
        if isinstance(rules, list) and any(isinstance(r, dict) and any(m in r for m in marks) for r in rules):
            return rules
    return None


def _read_document(document: Any, text: str) -> RulesFile:
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list):
        return RulesFile(faults=[RuleFault(1, 'it must be {"version": 1, "rules": […]}')])
    if document.get("version") != 1 or type(document["version"]) is not int:
        return RulesFile(
            faults=[RuleFault(1, f"version {document.get('version')!r} is not known to this release, which reads 1")]
        )
    faults = [RuleFault(1, f"unknown field {name!r}") for name in sorted(set(document) - {"version", "rules"})]
    lines = _lines(text, document["rules"])
    rules: dict[str, LearnedRule] = {}
    for data, line in zip(document["rules"][:_MANY], lines, strict=False):
        fault = rule_fault(data)
        if fault:
            faults.append(RuleFault(line, fault))
        elif data["id"] in rules:
            faults.append(RuleFault(line, f"the rule {data['id']} is there twice; give one of them another id"))
        else:
            rules[data["id"]] = LearnedRule(data, line)
    return RulesFile(list(rules.values()), faults)


def rule_fault(data: Any) -> str:
    """Return what is wrong with the JSON of one rule; "" where it is valid."""
    if not isinstance(data, dict):
        return "a rule must be an object"
    name = f"the rule {data['id']}" if isinstance(data.get("id"), str) else "a rule"
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        return f"{name}: kind must be {_CHECKS['kind'][1]}, not {kind!r}"
    needed = {**_CHECKS, **{field: _OWN_CHECKS[field] for field in KINDS[kind]}}
    missing = [field for field in needed if field not in data]
    if missing:
        return f"{name}: the field {missing[0]!r} is missing"
    for field, value in data.items():
        check = needed.get(field) or _MORE.get(field)
        if check is None:
            return f"{name}: unknown field {field!r}"
        if not check[0](value):
            return f"{name}: {field} must be {check[1]}"
    return ""


def _lines(text: str, rules: Sequence[Any]) -> list[int]:
    """Return the line of the id of each rule, that of the one before where it has none."""
    found, at, line, counted = [], 0, 1, 0
    for rule in rules:
        wanted = rule.get("id") if isinstance(rule, dict) else None
        match = _KEY.search(text, at) if isinstance(wanted, str) else None
        if match:
            line += text.count("\n", counted, match.start())
            at, counted = match.end(), match.start()
        found.append(line)
    return found


def render_rules(rules: Iterable[LearnedRule]) -> str:
    """Return the file in its one form: sorted by id, keys sorted, a value per line."""
    ordered = sorted(rules, key=lambda rule: rule.rule_id)
    return json_text(_sorted({"version": 1, "rules": [rule.data for rule in ordered]}))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value
