"""Take over the rules of older tools, as proposed notes: what they said was advice, and nobody has tried it as a check."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.text import decode
from autopack_hooks.learn.proposals import NEVER, rule_id
from autopack_hooks.ledger.learned import NOTE, PROPOSED, LearnedRule, older_rules

_ADVICE = ("recommendation", "constraint", "prevention_action")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?)?")
_LONGEST = 4000


class Imported(NamedTuple):
    """The notes, and why the others were not taken."""

    rules: Sequence[LearnedRule]
    left: Sequence[str]


def import_rules(name: str, data: bytes) -> Imported:
    """Read a file of an older tool. Raises UsageError for any other file."""
    text, fault = decode(data)
    try:
        document = json.loads("" if fault else text)
    except (ValueError, RecursionError):
        raise UsageError(f"{name}: it is not JSON, so nothing was imported") from None
    found = older_rules(document)
    if found is None:
        raise UsageError(f"{name}: its form is not one of an older tool (mitigations, hints, a proposal of rules)")
    rules: dict[str, LearnedRule] = {}
    left = []
    for number, raw in enumerate(found, 1):
        rule = _note(raw, document) if isinstance(raw, dict) else None
        if rule is None:
            left.append(f"item {number} has no advice")
        elif rule.rule_id in rules:
            left.append(f"item {number} says the same as another one")
        else:
            rules[rule.rule_id] = rule
    return Imported(list(rules.values()), left)


def _note(raw: Mapping[str, Any], document: Mapping[str, Any]) -> LearnedRule | None:
    advice = next((text for key in _ADVICE if (text := _text(raw.get(key)))), "")
    if not advice:
        return None
    signatures = raw.get("applies_to_signatures")
    several = [text for value in signatures if (text := _text(value))] if isinstance(signatures, list) else []
    signature = _text(raw.get("signature")) or "; ".join(several) or advice
    name = _text(raw.get("id")) or _text(raw.get("rule_id"))
    first = _moment(raw.get("first_seen")) or _moment(raw.get("created_at")) or _moment(document.get("created_at"))
    last = _moment(raw.get("last_seen")) or first
    counts = [raw[key] for key in ("frequency", "promotion_count") if type(raw.get(key)) is int and raw[key] > 0]
    evidence = raw.get("evidence")
    about = [_text(raw.get(key)) for key in ("description", "notes", "task_category")]
    return LearnedRule(
        {
            "id": rule_id(NOTE, name, signature),
            "kind": NOTE,
            "status": PROPOSED,
            "scope": [_text(raw.get("scope_pattern")) or "**"],
            "severity": "warning",
            "signature": signature,
            "advice": advice,
            "occurrences": counts[0] if counts else 0,
            "first_seen": first or NEVER,
            "last_seen": last or NEVER,
            "evidence": [text for e in evidence if (text := _text(e))][:5] if isinstance(evidence, list) else [],
            "positives": [],
            "negatives": [],
            "rationale": "; ".join([f"Imported from {name}" if name else "Imported", *filter(None, about)]),
            "approved_by": None,
            "approved_at": None,
        }
    )


def _text(value: Any) -> str:
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""


def _moment(value: Any) -> str:
    match = _MOMENT.match(value) if isinstance(value, str) else None
    if match is None:
        return ""
    zone = match[3] or "Z"
    return f"{match[1]}T{match[2] or '00:00:00'}{'Z' if zone == '+00:00' else zone}"
