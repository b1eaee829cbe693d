"""Suggest what a broken link most likely means, with a score; every suggestion names something that exists.

Scores: history 1.0, the fault itself tells 0.98 or 0.99, the same name in the same or a neighbouring folder 0.95, a name
that is unique in the repository 0.92, the nearest of several 0.87, a similar name at its likeness. High from 0.90,
medium from 0.85. A similar name stays below high, and its numbers must be the same: BUILD-145 is not BUILD-146.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from autopack_hooks.links import categories as c
from autopack_hooks.links.certainty import COMMON, LIKELY, SURE, UNLIKELY, Certainty
from autopack_hooks.links.href import parse_target
from autopack_hooks.links.resolve import MARKDOWN, ResolveContext, fragment_fault, join
from autopack_hooks.links.scan import BrokenLink
from autopack_hooks.links.tree import normal
from autopack_hooks.markdown.structure import MENTION
from autopack_hooks.project.history import History

HIGH, MEDIUM = 0.90, 0.85
BELOW_HIGH, BELOW_MEDIUM = 0.89, 0.84
_LIMIT = 3
# Here nobody but the writer knows what is meant: what lies on the disk is to be added, and not to be replaced.
_FOR_PEOPLE = (c.UNDEFINED_REFERENCE, c.UNDEFINED_FOOTNOTE, c.LINE_OUT_OF_RANGE, c.UNTRACKED, c.BROKEN_SYMLINK)
_NUMBERS = re.compile(r"\d+")
_WORDS = re.compile(r"[^\W_]+")
_SLIP = 0.75


class Suggestion(NamedTuple):
    """Hold a target that exists: ``path`` from the root, ``fragment`` (None: none), its score, and why in a word."""

    path: str
    fragment: str | None
    score: float
    why: str

    @property
    def target(self) -> str:
        """Return path and fragment."""
        return self.path if self.fragment is None else f"{self.path}#{self.fragment}"


def confidence(score: float) -> str:
    """Return a score's name: high, medium or low."""
    return "high" if score >= HIGH else "medium" if score >= MEDIUM else "low"


class Judged(NamedTuple):
    """Hold a fault and what it most likely means."""

    broken: BrokenLink
    suggestions: list[Suggestion]

    @property
    def level(self) -> str:
        """Return a fix's confidence: high, medium or low. Prose is left to people, so a mention's is low."""
        return confidence(self.suggestions[0].score) if self.suggestions else "low"


class Suggester:
    """Make suggestions for one run. ``history`` is called when a link first needs it."""

    def __init__(self, context: ResolveContext, history: Callable[[], History]) -> None:
        self._context = context
        self._tree = context.tree
        self._make_history = history
        self._certainty = Certainty(context.tree)
        self._former: dict[str, list[str]] = {}
        self._similar: dict[str, list[tuple[float, str]]] = {}
        self._shapes: dict[tuple[str, ...], list[tuple[str, set[str]]]] = {}

    @cached_property
    def _history(self) -> History:
        return self._make_history()

    def suggest(self, broken: BrokenLink) -> list[Suggestion]:
        """Return suggestions, the best first; empty where nothing is known."""
        verdict = broken.verdict
        if verdict.category == c.MISSING_ANCHOR or (
            verdict.category == c.OWN_REPOSITORY_URL and self._tree.exists(verdict.path)
        ):
            return list(self._anchors(verdict.path, verdict.fragment or ""))[:_LIMIT]
        if verdict.exact is None and (verdict.category in _FOR_PEOPLE or not verdict.path):
            return []
        fragment = verdict.anchor if verdict.anchor is not None else verdict.fragment
        best: dict[str, Suggestion] = {}
        for path, score, why in self._paths(broken):
            if fragment is not None and fragment_fault(path, fragment, broken.source, self._context):
                score = min(score, BELOW_MEDIUM)
            if path not in best or best[path].score < score:
                best[path] = Suggestion(path, fragment, score, why)
        if verdict.exact is not None:
            return list(best.values())
        ranked = sorted(best.values(), key=lambda s: (-s.score, s.path))[:_LIMIT]
        if broken.link.form == MENTION:
            ranked = [s._replace(score=min(s.score, BELOW_MEDIUM)) for s in ranked]
        return ranked

    def _paths(self, broken: BrokenLink) -> Iterator[tuple[str, float, str]]:
        verdict, written = broken.verdict, parse_target(broken.link.target.strip()).path
        wanted = verdict.path
        if verdict.exact is not None and verdict.category != c.WRONG_BASE:
            yield verdict.exact, 0.98, verdict.category
            return
        if meant := self._before_the_move(broken.source, written):
            yield meant, 1.0, "history"
            return
        if verdict.category == c.OUTSIDE_REPOSITORY:
            yield from self._tail(wanted)
            return
        if moved := self._history.follow(wanted) or self._moved_folder(wanted):
            yield moved, 1.0, "history"
            return
        # A link that was good once is not written wrongly, and what was deleted is not its namesake.
        most = LIKELY if self._history.knows(wanted) else 1.0
        if verdict.exact is not None:
            score = self._certainty.of_base(verdict.exact, wanted, written)
            yield verdict.exact, min(most, 0.99 if score == SURE else score), verdict.category
            return
        if verdict.category == c.CASE_MISMATCH:
            yield from ((path, BELOW_HIGH, "spelling") for path in self._tree.other_spellings(wanted))
            return
        for ending in (".md", "/README.md"):
            if wanted + ending in self._tree.modes:
                yield wanted + ending, 0.95, "extension"
        named = list(self._named(wanted, broken.source, written))
        for path, score, why in named or self._alike(wanted, broken.source):
            yield path, min(score, most), why

    def _before_the_move(self, source: str, written: str) -> str | None:
        """Return where a link led when its document had another name, and where that is today."""
        if not written or written.startswith("/"):
            return None
        if source not in self._former:
            self._former[source] = self._history.former_names(source)
        for name in self._former[source]:
            path = normal(join(name, written))
            if self._tree.exists(path):
                return path
            if moved := self._history.follow(path):
                return moved
        return None

    def _moved_folder(self, wanted: str) -> str | None:
        """Return where ``wanted`` is now, as a folder that moved, or inside one."""
        head, tail = wanted, ""
        while head:
            goal = self._history.follow_folder(head)
            if goal is not None and self._tree.exists(goal + tail):
                return goal + tail
            head, _, last = head.rpartition("/")
            tail = f"/{last}{tail}"
        return None

    def _tail(self, wanted: str) -> Iterator[tuple[str, float, str]]:
        """Yield the longest end of a foreign path that is one of ours."""
        parts = normal(wanted.replace("\\", "/")).split("/")
        for start in range(1, len(parts) - 1):
            tail = "/".join(parts[start:])
            if self._tree.find_plain(tail):
                yield tail, 0.87, "path"
                return

    def _named(self, wanted: str, source: str, written: str) -> Iterator[tuple[str, float, str]]:
        """Yield tracked files (or folders) of the same name."""
        folder, _, name = wanted.rpartition("/")
        others = self._tree.by_name.get(name) or self._folders.get(name, [])
        others = [path for path in others if path not in (source, wanted)]
        if name.lower() in COMMON:
            others = [path for path in others if _shared_end(path, wanted) > 1]
        near = [path for path in others if _is_near(posixpath.dirname(path), folder, posixpath.dirname(source))]
        if len(others) == 1:
            score = self._certainty.of_name(others[0], wanted, source, written)
            yield others[0], 0.95 if near and score == SURE else score, "neighbour" if near else "unique name"
        elif len(near) == 1:
            yield near[0], LIKELY, "neighbour"
        elif others:
            ranked = sorted(others, key=lambda path: (*_likeness(path, wanted), path))
            clear = _likeness(ranked[0], wanted) < _likeness(ranked[1], wanted)
            yield ranked[0], LIKELY if clear else UNLIKELY, "nearest of several"
            for path in ranked[1:_LIMIT]:
                yield path, UNLIKELY, "one of several"

    @cached_property
    def _folders(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for path in sorted(self._tree.folders):
            names.setdefault(path.rpartition("/")[2], []).append(path)
        return names

    def _alike(self, wanted: str, source: str) -> Iterator[tuple[str, float, str]]:
        """Yield files of a similar name."""
        name = wanted.rpartition("/")[2]
        if name.lower() in COMMON:
            return
        if name not in self._similar:
            self._similar[name] = self._most_alike(name)
        for ratio, other in self._similar[name]:
            for path in self._tree.by_name[other][:_LIMIT]:
                if path != source:
                    sure = len(self._tree.by_name[other]) == 1 and _same_words(name, other)
                    yield path, min(ratio, BELOW_HIGH if sure else BELOW_MEDIUM), "similar name"

    def _most_alike(self, name: str) -> list[tuple[float, str]]:
        low = name.lower()
        words = set(_WORDS.findall(low))
        found = []
        for other, theirs in self._candidates(low):
            # Half of the words must be the same before letters are compared, which is slow.
            if len(words & theirs) * 2 >= len(words) and abs(len(other) - len(low)) * 6 <= len(low):
                ratio = likeness(low, other.lower())
                if ratio >= MEDIUM:
                    found.append((ratio, other))
        return sorted(found, reverse=True)[:_LIMIT]

    @cached_property
    def _names_by_extension(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for name in sorted(self._tree.by_name):
            names.setdefault(name.rpartition(".")[2].lower(), []).append(name)
        return names

    def _candidates(self, low: str) -> list[tuple[str, set[str]]]:
        """Return names of the same extension and numbers, each with its words."""
        shape = _shape(low)
        if shape not in self._shapes:
            extension = shape[0]
            for name in self._names_by_extension.pop(extension, ()):
                words = set(_WORDS.findall(name.lower()))
                self._shapes.setdefault(_shape(name.lower()), []).append((name, words))
        return self._shapes.get(shape, [])

    def _anchors(self, path: str, fragment: str) -> Iterator[Suggestion]:
        """Yield anchors of the same document that are like ``fragment``."""
        target = path if path.lower().endswith(MARKDOWN) else self._tree.readme(path)
        facts = self._context.links(target) if target else None
        if facts is None:
            return
        wanted = fragment.lower()
        letters = _letters(wanted)
        same = sorted(anchor for anchor in facts.anchors if _letters(anchor) == letters)
        if same and wanted:
            yield from (Suggestion(path, anchor, 0.95 if len(same) == 1 else 0.80, "spelling") for anchor in same)
            return
        longer = [anchor for anchor in facts.anchors if anchor.startswith(f"{wanted}-")]
        if len(longer) == 1 and len(wanted) > 3:
            yield Suggestion(path, longer[0], 0.87, "beginning")
            return
        numbers = _NUMBERS.findall(wanted)
        alike = [a for a in facts.anchors if _NUMBERS.findall(a) == numbers]
        ranked = sorted(((likeness(wanted, anchor), anchor) for anchor in alike), reverse=True)
        for ratio, anchor in ranked[:_LIMIT]:
            if ratio >= MEDIUM:
                yield Suggestion(path, anchor, min(ratio, BELOW_HIGH), "similar")


def _shape(name: str) -> tuple[str, ...]:
    """Return what similar names must share: the extension and every number."""
    return (name.rpartition(".")[2], *_NUMBERS.findall(name))


def likeness(one: str, other: str) -> float:
    """Return how much two texts are alike, from 0 to 1 (difflib's ratio); 0 for what cannot reach a medium score."""
    from difflib import SequenceMatcher  # only where something is broken and no name is the same

    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < _SLIP or matcher.quick_ratio() < _SLIP:
        return 0.0
    return matcher.ratio()


def _same_words(one: str, other: str) -> bool:
    """Return whether two names have the same words but for typos: cli_reference is not api_reference."""
    words = [_WORDS.findall(name.lower()) for name in (one, other)]
    pairs = zip(*words, strict=False)
    return len(words[0]) == len(words[1]) and all(a == b or likeness(a, b) >= _SLIP for a, b in pairs)


def _letters(anchor: str) -> str:
    return anchor.replace("-", "").replace("_", "").replace("\ufe0f", "")


def _is_near(folder: str, wanted: str, source: str) -> bool:
    """Return whether a folder is the source's own, or the parent, a child or a sibling of the wanted one."""
    parent = posixpath.dirname(wanted)
    return folder in (source, parent) or posixpath.dirname(folder) in (wanted, parent if wanted else None)


def _shared_end(one: str, other: str) -> int:
    """Return how many last parts two paths share."""
    pairs = zip(reversed(one.split("/")), reversed(other.split("/")), strict=False)
    return _leading(a == b for a, b in pairs)


def _likeness(path: str, wanted: str) -> tuple[int, int]:
    """Return a sort key: paths that share more of their end, then of their beginning, come first."""
    start = _leading(a == b for a, b in zip(path.split("/"), wanted.split("/"), strict=False))
    return -_shared_end(path, wanted), -start


def _leading(equal: Iterable[bool]) -> int:
    count = 0
    for same in equal:
        if not same:
            break
        count += 1
    return count
