"""Does learning pay? Replay the history of a repository: learn from its first half, count in the second.

    python3 dev.py bench learning REPO [MIN_COUNT]

REPO is a clone with its history; it is read with git and not changed. Every commit of the first parents is looked at: a link
of a Markdown document to a path that is not there is an incident of the commit with which it began. Rules are proposed from
the incidents of the first half (`learn propose`). In the second half a rule stops an incident when it fires on its link. It
is a false stop when the target came within the next ten commits: then the link was about to be right. (A link whose target
is there at that commit no rule touches.)
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.core.text import SourceText
from autopack_hooks.learn.incidents import Incident
from autopack_hooks.learn.matching import MARKDOWN, document_hits, target_path
from autopack_hooks.learn.proposals import Surroundings, propose
from autopack_hooks.learn.signatures import group_incidents
from autopack_hooks.markdown.reader import read

SOON = 10


class Step(NamedTuple):
    """One commit: the paths that it took away, and those that it wrote with their blobs."""

    commit: str
    gone: list[str]
    written: dict[str, str]


def git(repo: Path, *args: str, data: bytes | None = None) -> bytes:
    return subprocess.run(["git", "-C", str(repo), *args], input=data, capture_output=True, check=True).stdout


def steps(repo: Path) -> Iterator[Step]:
    """Yield the commits of the first parents, the oldest first."""
    options = ("--first-parent", "-m", "--reverse", "--raw", "-z", "--no-renames", "--no-abbrev", "--root")
    fields = git(repo, "log", *options, "--format=%x01%H", "HEAD").split(b"\0")
    step: Step | None = None
    at = 0
    while at < len(fields):
        part = fields[at].strip(b"\n")
        at += 1
        if part.startswith(b"\x01"):
            if step:
                yield step
            head, _, part = part[1:].partition(b"\n")
            step, part = Step(head.decode(), [], {}), part.strip(b"\n")
        words = part.split(b" ")
        if step and part.startswith(b":") and len(words) == 5:
            path = os.fsdecode(fields[at])
            at += 1
            if words[4].startswith(b"D"):
                step.gone.append(path)
            elif words[1] != b"160000":
                step.written[path] = words[3].decode()
    if step:
        yield step


class Tree:
    """The files and folders of a commit, and the links of its documents, brought forward commit by commit."""

    def __init__(self, repo: Path) -> None:
        self.files: set[str] = set()
        self.folders: dict[str, int] = defaultdict(int)
        self.texts: dict[str, SourceText] = {}
        self.links: dict[str, dict[str, str]] = {}
        self.by_target: dict[str, set[str]] = defaultdict(set)
        self._batch = subprocess.Popen(
            ["git", "-C", str(repo), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def exists(self, path: str) -> bool:
        return path in (".", "") or path in self.files or self.folders.get(path, 0) > 0

    def forward(self, step: Step) -> set[tuple[str, str]]:
        """Apply a commit, and return the (document, target) that may have changed."""
        touched = set(step.gone) | set(step.written)
        for path in step.gone:
            self._count(path, -1)
            self._forget(path)
        for path, oid in step.written.items():
            self._count(path, 1)
            if path.lower().endswith(MARKDOWN):
                self._forget(path)
                self._learn(path, oid)
        names = touched | {f for path in touched for f in _folders(path)}
        found = {(source, name) for name in names for source in self.by_target.get(name, ())}
        return found | {(path, target) for path in touched for target in self.links.get(path, ())}

    def _count(self, path: str, change: int) -> None:
        if (path in self.files) == (change > 0):
            return
        (self.files.add if change > 0 else self.files.discard)(path)
        for folder in _folders(path):
            self.folders[folder] += change

    def _forget(self, path: str) -> None:
        for target in self.links.pop(path, ()):
            self.by_target[target].discard(path)
        self.texts.pop(path, None)

    def _learn(self, path: str, oid: str) -> None:
        assert self._batch.stdin and self._batch.stdout
        self._batch.stdin.write(f"{oid}\n".encode())
        self._batch.stdin.flush()
        head = self._batch.stdout.readline().split()
        if len(head) < 3:
            return  # not in this clone
        size = int(head[2])
        source = SourceText.from_bytes(path, self._batch.stdout.read(size))
        self._batch.stdout.read(1)
        if source.fault:
            return
        found = {}
        for link in read(source.text).links:
            target = "" if link.fault else target_path(path, link.target)
            if target and not target.startswith(".."):
                found.setdefault(target, source.lines[link.line - 1][:400] if link.line <= len(source.lines) else "")
        self.texts[path], self.links[path] = source, found
        for target in found:
            self.by_target[target].add(path)


def _folders(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__)
        return 0
    repo, least = Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 3
    history = list(steps(repo))
    half = len(history) // 2
    tree = Tree(repo)
    incidents, broken = replay(tree, history[:half], set())
    groups = [group for group in group_incidents(incidents) if len(group.incidents) >= least]
    rules = {
        str(r.data["from"]): r for g in groups if (r := propose(g, Surroundings(tree.exists))) and "from" in r.data
    }
    standing = {target for source, target in broken if target in rules}
    later, _ = replay(tree, history[half:], broken)
    stopped = [i for i in later if i.target in rules and any(document_hits(rules[i.target], _line(i)))]
    appears: dict[str, list[int]] = defaultdict(list)
    for number, step in enumerate(history):
        for path in step.written:
            appears[path].append(number)
    place = {step.commit: number for number, step in enumerate(history)}
    soon = [i for i in stopped if any(place[i.commit] < n <= place[i.commit] + SOON for n in appears[i.target])]
    print(f"{len(history)} commits, learned from the first {half}: {len(incidents)} incidents, {len(rules)} rules")
    print(
        f"of these rules {len(standing)} are for links that are still there at the half: they are approved once those are mended"
    )
    print(f"second half: {len(later)} incidents, {len(stopped)} stopped by a rule, {len(soon)} false stops")
    kept = sum(i.target in tree.links.get(i.path, {}) and not tree.exists(i.target) for i in stopped)
    print(
        f"of the stopped ones {len(stopped) - kept} were mended by hand later, or their document went; {kept} were not"
    )
    mended = [i for i in stopped if i.target not in standing]
    print(f"with the rules alone that could be approved as the half was: {len(mended)} stopped")
    return 0


def replay(
    tree: Tree, history: list[Step], broken: set[tuple[str, str]]
) -> tuple[list[Incident], set[tuple[str, str]]]:
    """Return an incident for each link that begins to be broken, and all that are broken at the end."""
    incidents, broken = [], set(broken)
    for number, step in enumerate(history):
        before = {pair for pair in broken if pair[0] in step.gone or pair[0] in step.written}
        changed = tree.forward(step) | before
        for source, target in sorted(changed):
            is_broken = target in tree.links.get(source, {}) and not tree.exists(target)
            if is_broken and (source, target) not in broken:
                stamp = f"2000-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
                text = tree.links[source][target]
                incidents.append(
                    Incident(
                        stamp, "replay", "LNK001", source, 0, f"{target} does not exist", target, text, step.commit
                    )
                )
            (broken.add if is_broken else broken.discard)((source, target))
    return incidents, broken


def _line(incident: Incident) -> SourceText:
    return SourceText.from_text(incident.path, incident.text)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
