"""Signatures: incidents that differ in their values only have the same one.

Our own findings are grouped by code and target. Of foreign messages what varies is masked first; then a template miner sees
the distinct messages, sorted, so that the order in which they were recorded does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from autopack_hooks.learn.incidents import Incident

ANY = "<*>"
_OWN_CODE = re.compile(r"(?:LED|LNK|CFG|RUL)\d{3}")
_TARGET = re.compile(r"(?:missing file )?(\S+?)(?: does not exist\b.*)?$")
_SIMILARITY = 0.5
# In this order: a path may hold a number, a quoted string anything. Each begins where a word does, so that none is read twice.
_MASKS = tuple(
    (re.compile(pattern), mask)
    for pattern, mask in (
        (r"(?<![\w'])'[^'\n]*+'(?!\w)|\"[^\"\n]*+\"|`[^`\n]*+`", "<STR>"),
        (r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s<>\"']++", "<URL>"),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])", "<TIME>"),
        (r"(?<![\w:])\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?![\w:])", "<TIME>"),
        (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<HEX>"),
        (r"\b0x[0-9a-fA-F]++\b|\b(?=[a-f]*+\d)[0-9a-f]{7,}+\b|\b(?=[A-F]*+\d)(?=\d*+[A-F])[0-9A-F]{7,}+\b", "<HEX>"),
        (r"(?<![\w.@+~%<>/\\-])(?:[A-Za-z]:(?=[\\/]))?[\w.@+~%-]*+(?:[/\\]+[\w.@+~%-]++)++[/\\]?", "<PATH>"),
        (r"(?<![\w-])[A-Z][A-Z0-9]*+-\d+(?![\w-])", "<ID>"),
        (r"(?<![A-Za-z0-9.])[-+]?\d++(?:\.\d++)*+", "<N>"),
    )
)


class IncidentGroup(NamedTuple):
    """Incidents with the same signature, by time; ``own`` are findings of ours."""

    code: str
    signature: str
    own: bool
    incidents: Sequence[Incident]

    @property
    def first_seen(self) -> str:
        return min((i.timestamp for i in self.incidents if i.timestamp), default="")

    @property
    def last_seen(self) -> str:
        return max((i.timestamp for i in self.incidents if i.timestamp), default="")

    @property
    def commits(self) -> int:
        """The number of different commits."""
        return len({incident.commit for incident in self.incidents})

    def to_json(self) -> dict[str, Any]:
        """Return what ``learn list --incidents`` shows."""
        return {
            "signature": self.signature,
            "code": self.code,
            "count": len(self.incidents),
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "commits": len({i.commit for i in self.incidents if i.commit}),
            "paths": sorted({i.path for i in self.incidents if i.path})[:5],
        }


def mask(message: str) -> str:
    """Return ``message`` with a mark in place of each value: ids, numbers, paths, times, hashes, quoted strings."""
    for pattern, name in _MASKS:
        message = pattern.sub(name, message)
    return " ".join(message.split())


def target_of(incident: Incident) -> str:
    """Return what a finding of ours is about: its target, or its message without values."""
    if incident.target:
        return incident.target
    match = _TARGET.match(incident.message) if incident.code == "LNK001" else None
    return match[1] if match else mask(incident.message)


def has_miner() -> bool:
    """Return whether the extra ``learn`` is installed."""
    from importlib.util import find_spec

    return find_spec("drain3") is not None


def group_incidents(incidents: Iterable[Incident]) -> list[IncidentGroup]:
    """Return the groups, the largest first. The order of ``incidents`` does not matter."""
    own: dict[tuple[str, str], list[Incident]] = {}
    foreign: dict[str, dict[str, list[Incident]]] = {}
    for incident in incidents:
        if _OWN_CODE.fullmatch(incident.code):
            own.setdefault((incident.code, target_of(incident)), []).append(incident)
        else:
            foreign.setdefault(incident.code, {}).setdefault(mask(incident.message), []).append(incident)
    groups = [IncidentGroup(code, target, True, found) for (code, target), found in own.items()]
    for code, messages in foreign.items():
        joined: dict[str, list[Incident]] = {}
        for message, template in _templates(messages).items():
            joined.setdefault(template, []).extend(messages[message])
        groups += [IncidentGroup(code, template, False, found) for template, found in joined.items()]
    ordered = (
        group._replace(incidents=sorted(group.incidents, key=lambda i: (i.timestamp, i.path, i.line, i.message, i.key)))
        for group in groups
    )
    return sorted(ordered, key=lambda group: (-len(group.incidents), group.code, group.signature))


def _templates(messages: Iterable[str]) -> Mapping[str, str]:
    """Return message -> its template; the message itself without a miner."""
    distinct = sorted(set(messages))
    if not has_miner():
        return {message: message for message in distinct}
    from drain3.drain import Drain

    miner = Drain(sim_th=_SIMILARITY)
    clusters = {message: miner.add_log_message(message)[0] for message in distinct}
    return {message: cluster.get_template() for message, cluster in clusters.items()}


def matches_signature(signature: str, message: str) -> bool:
    """Return whether the words of ``signature`` are in ``message`` in a row; ``<*>`` stands for any word."""
    wanted, words = mask(signature).casefold().split(), mask(message).casefold().split()
    if not any(re.search(r"\w", re.sub(r"<[a-z*]+>", "", word)) for word in wanted):
        return False
    return any(
        all(
            word in (ANY, other) or word == other.strip(".,;:()[]")
            for word, other in zip(wanted, words[at:], strict=False)
        )
        for at in range(len(words) - len(wanted) + 1)
    )
