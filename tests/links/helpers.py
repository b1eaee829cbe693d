"""Facts, resolution and suggestions over documents given as text, with no repository."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from autopack_hooks.links.extract import extract
from autopack_hooks.links.model import DocumentLinks
from autopack_hooks.links.policy import Policy
from autopack_hooks.links.remotes import OwnRepository
from autopack_hooks.links.resolve import ResolveContext, Verdict, resolve
from autopack_hooks.links.scan import BrokenLink
from autopack_hooks.links.suggest import Suggester, Suggestion
from autopack_hooks.links.tree import Tree
from autopack_hooks.markdown.structure import Link
from autopack_hooks.project.history import History, HistoryChange

PIECES = [
    "[a](x.md)", "![i](p.png)", "[r]", "[a][r]", "[r][]", "[q]: t.md\n", "[r]: d.md 'T'\n", "[", "]", "(", ")", "](", "][",
    "`", "``", "<", ">", "<b>", "<!--", "-->", "\\", "*", "**", "_", "~", "#", "# h\n", "## h ##\n", "- ", "* ", "+ ",
    "1. ", "2) ",
    "> ", "    ", "  ", "\t", "\n", "\n\n", "```\n", "~~~\n", "---\n", "===\n", "***\n", "| a | b |\n", "|---|---|\n", "|", "\\|",
    "<div>\n", "</div>\n", "<pre>\n", "</pre>", "word", "a b", "x(y)", "<u v>", '"t"', "'", "é", "!", "&amp;", ":",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
OWN = OwnRepository((("github.com", "me/mine"),), ("main",))


def facts_of(text: str, path: str = "README.md", *, mentions: bool = False) -> DocumentLinks:
    """The facts of one document."""
    return extract(text, mentions=mentions)


class World:
    """Tracked files (path -> text), symbolic links (path -> target), and files that only lie on disk."""

    def __init__(
        self, files: Mapping[str, str], links: Mapping[str, str] | None = None, untracked: tuple[str, ...] = ()
    ) -> None:
        self.files = files
        symlinks = links or {}
        modes = dict.fromkeys(files, "100644") | dict.fromkeys(symlinks, "120000")
        self.tree = Tree(modes, lambda path: symlinks[path])
        self.context = ResolveContext(self.tree, self._facts, self._lines, untracked.__contains__, lambda: OWN)

    def _facts(self, path: str) -> DocumentLinks | None:
        return facts_of(self.files[path], path) if path in self.files else None

    def _lines(self, path: str) -> int | None:
        text = self.files.get(path)
        return None if text is None else len(text.splitlines())

    def verdicts(self, source: str, *, mentions: bool = False) -> list[tuple[Link, Verdict]]:
        """What is wrong with each broken link of ``source``."""
        links = facts_of(self.files[source], source, mentions=mentions).links
        found = [(link, resolve(source, link, self.context)) for link in links]
        return [(link, verdict) for link, verdict in found if isinstance(verdict, Verdict)]

    def categories(self, source: str, *, mentions: bool = False) -> list[str]:
        """The categories of the broken links of ``source``."""
        return [verdict.category for _, verdict in self.verdicts(source, mentions=mentions)]

    def suggestions(self, source: str, *changes: tuple[str, str]) -> list[Suggestion]:
        """The suggestions for the only broken link of ``source``; ``changes`` are renames, newest first."""
        ((link, verdict),) = self.verdicts(source)
        history = History([HistoryChange(old, new, "") for old, new in changes], self.tree.exists, {})
        severity = Policy().severity(verdict.category, link.form, strict=True)
        broken = BrokenLink(source, link, verdict, verdict.category, severity)
        return Suggester(self.context, lambda: history).suggest(broken)
