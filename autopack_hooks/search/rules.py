"""The learned rules that are active, a line each. A file that is not valid says nothing here; the checks report it."""

from __future__ import annotations

import json
from typing import Any

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.files import CONFIG_LIMIT
from autopack_hooks.project.views import View
from autopack_hooks.search.recall import cut_line

RULES_FILE = "docs/LEARNED_RULES.json"
_LONGEST = 240


def active_rules(view: View) -> list[str]:
    """Return a line for each rule of ``view`` that is active: its id, and why it is there."""
    try:
        data: Any = json.loads(view.read([RULES_FILE], CONFIG_LIMIT)[RULES_FILE] or b"null")
    except (UsageError, ValueError, RecursionError):
        return []
    rules = data.get("rules") if isinstance(data, dict) and data.get("version") == 1 else None
    return [line for rule in rules if (line := _line(rule))] if isinstance(rules, list) else []


def _line(rule: Any) -> str:
    """Return the line of a rule, "" for one that is not active or not valid."""
    if not isinstance(rule, dict) or rule.get("status") != "active" or not isinstance(rule.get("id"), str):
        return ""
    reason = next((text for key in ("rationale", "advice") if isinstance(text := rule.get(key), str) and text), "")
    return cut_line(f"- {rule['id']} {' '.join(reason.split())}", _LONGEST) if reason else ""
