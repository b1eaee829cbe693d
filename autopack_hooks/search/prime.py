"""What a newcomer should know at the start, within a budget: the same ledgers give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.search.lookup import committed_view
from autopack_hooks.search.memory import KnownEntry, Memory
from autopack_hooks.search.recall import cut_line
from autopack_hooks.search.rules import active_rules

_LONGEST = 240
_ASK = (
    "Ask for more: autopack-hooks search QUERY | get ID | recall PATH. Before you change a file, recall it; what you"
    " decide or mend belongs into a ledger: autopack-hooks new LEDGER TITLE."
)


class _Part(NamedTuple):
    """A list under a heading, and its share of what is left of the budget."""

    heading: str
    lines: Sequence[str]
    share: float


def primed(workspace: Workspace, budget: int) -> str:
    """Return ``prime_text`` of what HEAD holds; without a commit, of the files."""
    view, _ = committed_view(workspace)
    memory = Memory(load_ledgers(workspace, view).ledgers)
    return prime_text(workspace.project, memory, active_rules(view), budget)


def prime_text(project: str, memory: Memory, rules: Sequence[str], budget: int) -> str:
    """Return the ledgers with their counts, decisions in force, open problems, the newest entries and active rules.

    Args:
        project: the project's name.
        memory: the entries.
        rules: the learned rules that are active, a line each.
        budget: the most that is returned, in bytes of UTF-8.
    """
    entries = memory.entries
    decisions = [entry for entry in entries if entry.in_force]
    problems = [entry for entry in entries if entry.open_problem]
    shown = {*decisions, *problems}
    rest = [entry for entry in entries if entry not in shown and not entry.superseded]
    head = cut_line(f"{project}: {_counts(memory)}", max(40, budget // 4))
    parts = [
        _Part("Decisions in force", _lines(decisions), 0.5),
        _Part("Open problems", _lines(problems), 0.4),
        _Part("Rules learned from incidents", rules, 0.5),
        _Part("Newest entries", _lines(rest), 1.0),
    ]
    room = budget - sum(len(line.encode()) + 1 for line in (head, _ASK))
    if room < 0:
        return cut_line(head, budget - 1) + "\n"
    body: list[str] = []
    for part in parts:
        taken = list(_fitted(part, int(room * part.share)))
        room -= sum(len(line.encode()) + 1 for line in taken)
        body += taken
    return "".join(f"{line}\n" for line in (head, *body, _ASK))


def _counts(memory: Memory) -> str:
    if not memory.ledgers:
        return "no ledgers; `autopack-hooks init` looks for them"
    return ", ".join(
        f"{ledger.name} {len(ledger.entries)} {'entry' if len(ledger.entries) == 1 else 'entries'} ({ledger.path})"
        for ledger in memory.ledgers
    )


def _lines(entries: Iterable[KnownEntry]) -> list[str]:
    return [f"- {cut_line(entry.in_line(), _LONGEST)}" for entry in entries]


def _fitted(part: _Part, room: int) -> Iterable[str]:
    """Yield the heading with as many lines as fit; nothing where there is not one."""

    def heading(left: int) -> str:
        return f"{part.heading}{f' ({left} more)' if left else ''}:"

    taken: list[str] = []
    for line in part.lines:
        size = sum(len(known.encode()) + 1 for known in (heading(len(part.lines)), *taken, line))
        if size > room:
            break
        taken.append(line)
    if taken:
        yield heading(len(part.lines) - len(taken))
        yield from taken
