"""Merge three versions of the file of learned rules, rule by rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from autopack_hooks.core.terminal import json_text
from autopack_hooks.ledger.learned import LearnedRule, RulesFile, render_rules

_COUNTED = {"occurrences": max, "last_seen": max, "first_seen": min}
"""What two clones count on their own; neither is wrong."""


class MergedRules(NamedTuple):
    """The merged text, and the ids of the rules that both sides changed in different ways."""

    text: str
    conflicts: list[str]


def merge_rules(
    base: RulesFile, ours: RulesFile, theirs: RulesFile, labels: tuple[str, str], size: int
) -> MergedRules | None:
    """Return the merge; None where one of the versions cannot be read for sure.

    Args:
        base: the common ancestor; empty where there is none.
        ours: our version.
        theirs: their version.
        labels: what the two sides are called behind conflict markers.
        size: the length of these markers.
    """
    if any(version.faults for version in (base, ours, theirs)):
        return None
    old, mine, other = base.by_id, ours.by_id, theirs.by_id
    merged: dict[str, LearnedRule] = {}
    conflicts: dict[str, tuple[LearnedRule | None, LearnedRule | None]] = {}
    for name in sorted({*mine, *other}):
        found = _merge_rule(old.get(name), mine.get(name), other.get(name))
        if found == "conflict":
            conflicts[name] = mine.get(name), other.get(name)
        elif isinstance(found, dict):
            merged[name] = LearnedRule(found)
    if not conflicts:
        return MergedRules(render_rules(merged.values()), [])
    return MergedRules(_marked(merged, conflicts, labels, size), sorted(conflicts))


def _merge_rule(
    base: LearnedRule | None, ours: LearnedRule | None, theirs: LearnedRule | None
) -> dict[str, Any] | str | None:
    """Return the merged rule, None where it is gone, ``conflict`` where nobody can tell."""
    old, mine, other = (dict(rule.data) if rule else None for rule in (base, ours, theirs))
    if mine == other or other == old:
        return mine
    if mine == old:
        return other
    if mine is None or other is None:
        return "conflict"
    merged = {}
    for field in sorted({*mine, *other}):
        before = (old or {}).get(field)
        one, two = mine.get(field), other.get(field)
        if one == two or two == before:
            merged[field] = one
        elif one == before:
            merged[field] = two
        elif field in _COUNTED and one is not None and two is not None:
            merged[field] = _COUNTED[field](one, two)
        else:
            return "conflict"
    return {field: value for field, value in merged.items() if field in mine or field in other}


def _marked(
    merged: Mapping[str, LearnedRule],
    conflicts: Mapping[str, tuple[LearnedRule | None, LearnedRule | None]],
    labels: tuple[str, str],
    size: int,
) -> str:
    """Return the file with the rules in conflict between markers."""
    parts = []
    names = sorted({*merged, *conflicts})
    for name in names:
        comma = "," if name != names[-1] else ""
        if name in merged:
            parts.append(_item(merged[name], comma))
            continue
        one, two = conflicts[name]
        marks = [f"{char * size} {label}\n" for char, label in (("<", labels[0]), (">", labels[1]))]
        parts += [marks[0], _item(one, comma), "=" * size + "\n", _item(two, comma), marks[1]]
    return '{\n  "rules": [\n' + "".join(parts) + '  ],\n  "version": 1\n}\n'


def _item(rule: LearnedRule | None, comma: str) -> str:
    """Return one rule as it stands in the list."""
    if rule is None:
        return ""
    text = json_text({key: rule.data[key] for key in sorted(rule.data)}).rstrip("\n")
    return "".join(f"    {line}\n" for line in (text + comma).split("\n"))
