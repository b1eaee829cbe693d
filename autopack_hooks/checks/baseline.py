"""The baseline: findings that were there when the checks were switched on pass, new ones fail.

A finding is known by its file, code and context, not by its line, so that it survives text that moves. The same
key may be there several times; it is counted. Every entry stands on a line of its own, so that git merges the file
well and a stale entry can be pointed at.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from autopack_hooks.core.errors import ConfigError
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.core.terminal import json_text

Key = tuple[str, str, str]
"""(path, code, context)"""


def key_of(finding: Finding) -> Key:
    """Return what a finding is known by."""
    return finding.path, finding.code, finding.context or finding.message


class Baseline(NamedTuple):
    """Known findings: key -> how often, and the line of ``path`` that says so; ``exists`` is whether there is that file."""

    path: str
    known: Mapping[Key, int]
    lines: Mapping[Key, int]
    exists: bool = True

    def new(self, findings: Iterable[Finding], covered: Collection[str], families: Collection[str]) -> list[Finding]:
        """Return the findings that are not known, and a CFG001 for each entry that is known and not found.

        Only entries of the files ``covered`` and of codes that start with one of ``families`` can be missed:
        those are what this run looked for.
        """
        fresh, left = self._split(findings)
        for key in self._stale(left, covered, families):
            path, code, context = key
            message = f"{path}: {code} {context}: no longer found; run with --prune-baseline and commit the file"
            fresh.append(Finding(self.path, self.lines[key], 1, "CFG001", message, Severity.WARNING, context=repr(key)))
        return fresh

    def accepted(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings that are known."""
        found = list(findings)
        fresh = Counter(self._split(found)[0])
        kept = []
        for finding in reversed(found):
            if fresh[finding] > 0:
                fresh[finding] -= 1
            else:
                kept.append(finding)
        return kept[::-1]

    def is_stale(self, findings: Iterable[Finding], covered: Collection[str], families: Collection[str]) -> bool:
        """Return whether something is known that is not among the ``findings``; see ``new``."""
        return any(self._stale(self._split(findings)[1], covered, families))

    def _split(self, findings: Iterable[Finding]) -> tuple[list[Finding], Counter[Key]]:
        """Return the findings that are not known, and how often each key is known beyond the others."""
        left = Counter(self.known)
        fresh = []
        for finding in findings:
            # Earlier versions knew some findings by their message.
            keys = (key_of(finding), (finding.path, finding.code, finding.message))
            key = next((key for key in keys if left[key] > 0), None)
            if key:
                left[key] -= 1
            else:
                fresh.append(finding)
        return fresh, left

    def _stale(self, left: Mapping[Key, int], covered: Collection[str], families: Collection[str]) -> Iterator[Key]:
        for key, count in left.items():
            if count > 0 and key[0] in covered and key[1].startswith(tuple(families)):
                yield key


def parse_baseline(path: str, data: bytes | None) -> Baseline:
    """Read a baseline (None: there is none). Raises ConfigError naming the file for anything that is not one."""
    if data is None:
        return Baseline(path, {}, {}, exists=False)
    try:
        text = data.decode("utf-8")
        rows = json.loads(text)["findings"]
        known = Counter({(str(r["path"]), str(r["code"]), str(r["context"])): int(r["count"]) for r in rows})
        if min(known.values(), default=1) < 1:
            raise ValueError("a count below 1")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ConfigError(
            f"{path}: not a baseline ({error}); restore it from git or run with --write-baseline"
        ) from error
    first = text.split("\n").index('"findings": [') + 2 if '\n"findings": [\n' in text else 1
    step = 1 if first > 1 else 0
    return Baseline(path, known, {key: first + step * i for i, key in enumerate(known)})


def render_baseline(
    findings: Iterable[Finding], before: Baseline, covered: Collection[str], families: Collection[str]
) -> bytes:
    """Return the new file.

    ``findings``, plus what ``before`` holds of files and codes that this run did not look at.
    """
    counts = Counter(key_of(finding) for finding in findings)
    for key, count in before.known.items():
        if key[0] not in covered or not key[1].startswith(tuple(families)):
            counts[key] = count
    rows = ",\n".join(
        json_text({"path": path, "code": code, "context": context, "count": count}, indent=None).rstrip()
        for (path, code, context), count in sorted(counts.items())
    )
    return ('{\n"version": 1,\n"findings": [\n' + rows + ("\n" if rows else "") + "]\n}\n").encode("utf-8")
