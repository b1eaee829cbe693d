"""Read the policy: the file of the older form, and the same keys under ``links:`` in our own configuration."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from autopack_hooks.config.model import CONFIG_NAME, LinksConfig
from autopack_hooks.core.errors import ConfigError
from autopack_hooks.core.files import CONFIG_LIMIT, RepositoryFiles
from autopack_hooks.links.categories import CATEGORIES
from autopack_hooks.links.policy import ALIASES, LISTS, MENTIONS, Enforcement, Override, Policy, PolicyEntry
from autopack_hooks.project.workspace import Workspace

ENFORCEMENT = ("fail_on", "warn_on", "report_only")
KEYS = ("version", *LISTS, "allow_missing_anchors", "ci_enforcement")
# The older tool's decisions about single links lie beside the policy.
OVERRIDES = "doc_link_triage_overrides.yaml"
_ACTIONS = ("ignore", "fix", "manual", "create_stub")
_TARGETS = ("broken_target", "broken_target_glob")
_OVERRIDE_KEYS = (
    ("id", "pattern", *_TARGETS, "action", "reason_filter", "scope")
    + ("fix_target", "stub_target", "stub_title", "note", "reason")
)  # fmt: skip


def load_policy(workspace: Workspace) -> Policy:
    """Return a workspace's policy: its files and the keys in the configuration. Raises ConfigError with file and line."""
    policy = policy_of(workspace.config.links, workspace.config.source or CONFIG_NAME)
    path = workspace.config.links.policy
    beside = posixpath.join(posixpath.dirname(path), OVERRIDES)
    if (data := _read(workspace, path)) is not None:
        policy = joined(policy, parse_policy(path, data))
    if (data := _read(workspace, beside)) is not None:
        policy = replace(policy, overrides=parse_overrides(beside, data))
    return policy


def _read(workspace: Workspace, path: str) -> bytes | None:
    try:
        return RepositoryFiles(workspace.root).read(path, CONFIG_LIMIT)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error


def parse_overrides(path: str, data: bytes) -> tuple[Override, ...]:
    """Read the older tool's triage file, a list of rules of which the first that matches decides. Raises ConfigError."""
    from autopack_hooks.config.yaml_loader import load_document  # 31 ms: only where there is such a file

    rows = load_document(data, path, aliases=True).value
    where = _Where(path)
    if not isinstance(rows, list | None):
        raise where.error("must be a list of rules, each with pattern, broken_target and action")
    return tuple(where.override(row, f"rule {number}") for number, row in enumerate(rows or (), 1))


def policy_of(config: LinksConfig, source: str) -> Policy:
    """Return the policy under ``links:`` of our own configuration, the file ``source``. Raises ConfigError."""
    where = _Where(f"{source}: links")
    entries = [
        PolicyEntry(
            kind,
            row.get("target" if kind == "ignore_patterns" else "pattern", ""),
            row.get("file", ""),
            row.get("reason", ""),
            source,
            1,
        )
        for kind in LISTS
        for row in getattr(config, kind)
    ]
    for entry in entries:
        if not entry.pattern and not entry.file:
            raise where.error(f"an entry of {entry.kind} needs a pattern, a target or a file")
    fail, warn, report = (where.categories(key, list(getattr(config, key))) for key in ENFORCEMENT)
    return Policy(tuple(entries), Enforcement(fail, warn, report, config.allow_missing_anchors))


def joined(one: Policy, other: Policy) -> Policy:
    """Return both policies as one."""
    first, second = one.enforcement, other.enforcement
    return Policy(
        one.entries + other.entries,
        Enforcement(
            first.fail_on + second.fail_on,
            first.warn_on + second.warn_on,
            first.report_only + second.report_only,
            first.allow_missing_anchors or second.allow_missing_anchors,
        ),
    )


def parse_policy(path: str, data: bytes) -> Policy:
    """Read a policy file of version 1. Raises ConfigError."""
    from autopack_hooks.config.yaml_loader import load_document  # 31 ms: only where there is a policy

    document = load_document(data, path, aliases=True)
    raw = document.value
    if raw is None:
        return Policy()
    where = _Where(path)
    top = where.mapping(raw, "the file", KEYS)
    if top.get("version", 1) != 1:
        raise where.error(f"version {top['version']!r} is not known to this release, which reads version 1")
    entries = [
        entry for kind in LISTS if kind in top for entry in where.entries(kind, top[kind], document.item_lines(kind))
    ]
    return Policy(tuple(entries), where.enforcement(top.get("ci_enforcement"), top.get("allow_missing_anchors", False)))


class _Where:
    """Check values of one file, whose name is in every message."""

    def __init__(self, path: str) -> None:
        self.path = path

    def error(self, message: str, line: int | None = None) -> ConfigError:
        return ConfigError(f"{self.path}{f':{line}' if line else ''}: {message}")

    def mapping(self, raw: Any, name: str, known: tuple[str, ...], line: int | None = None) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self.error(f"{name} must be a mapping of {', '.join(known)}", line)
        for key in raw:
            if key not in known:
                raise self.error(f"unknown key {key!r} in {name}; {_hint(str(key), known)}", line)
        return raw

    def entries(self, kind: str, raw: Any, lines: list[int]) -> list[PolicyEntry]:
        if raw is None:
            return []
        if not isinstance(raw, list):
            raise self.error(f"{kind} must be a list")
        return [self._entry(kind, row, line) for row, line in zip_longest(raw, lines[: len(raw)], fillvalue=1)]

    def _entry(self, kind: str, raw: Any, line: int) -> PolicyEntry:
        keys = ("file", "target", "reason") if kind == "ignore_patterns" else ("pattern", "reason")
        row = self.mapping(raw, f"an entry of {kind}", keys, line)
        if any(not isinstance(value, str) for value in row.values()):
            raise self.error(f"the values of an entry of {kind} must be texts", line)
        pattern = row.get("target" if kind == "ignore_patterns" else "pattern", "")
        if not pattern.strip() and not row.get("file", "").strip():
            raise self.error(f"an entry of {kind} needs a {keys[0]}", line)
        return PolicyEntry(
            kind,
            pattern.strip(),
            row.get("file", "").strip().replace("\\", "/"),
            row.get("reason", "").strip(),
            self.path,
            line,
        )

    def override(self, raw: Any, name: str) -> Override:
        row = self.mapping(raw, name, _OVERRIDE_KEYS)
        if any(not isinstance(value, str) for key, value in row.items() if key != "id"):
            raise self.error(f"the values of {name} must be texts")
        action = row.get("action", "manual")
        if action not in _ACTIONS:
            raise self.error(f"{name}: action {action!r} is not known; {_hint(action, _ACTIONS)}")
        target = next((row[key] for key in _TARGETS if key in row), "")
        scope = row.get("scope", "both")
        return Override(
            row.get("pattern", "**/*.md").replace("\\", "/"),
            target.strip(),
            action,
            ALIASES.get(row.get("reason_filter", ""), row.get("reason_filter", "")),
            scope if scope in ("nav", "deep") else "",
            row.get("fix_target", "").strip(),
        )

    def enforcement(self, raw: Any, allow: Any) -> Enforcement:
        if not isinstance(allow, bool):
            raise self.error("allow_missing_anchors must be true or false")
        rules = self.mapping({} if raw is None else raw, "ci_enforcement", ENFORCEMENT)
        fail, warn, report = (self.categories(key, rules.get(key)) for key in ENFORCEMENT)
        return Enforcement(fail, warn, report, allow)

    def categories(self, key: str, raw: Any) -> tuple[str, ...]:
        known = (*CATEGORIES, *ALIASES, MENTIONS)
        names = [] if raw is None else raw
        if not isinstance(names, list):
            raise self.error(f"{key} must be a list of categories")
        for name in names:
            if name not in known:
                raise self.error(f"{key}: {name!r} is not a category; {_hint(str(name), known)}")
        return tuple(ALIASES.get(name, name) for name in names)


def _hint(word: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches  # only where something is wrong

    near = get_close_matches(word, known, 1, 0.5)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
