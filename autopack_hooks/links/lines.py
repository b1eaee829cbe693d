"""Where the lines of a text begin and end and how far they are indented, as markdown-it's block rules want it."""

from __future__ import annotations

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock


class Lines(StateBlock):
    """The parser's state, its line marks found with string methods instead of a loop over characters."""

    def __init__(self, text: str, parser: MarkdownIt, env: dict[str, Any]) -> None:
        super().__init__("", parser, env, [])
        self.src = text
        begin, indents = 0, []
        lines = text.split("\n")
        if not lines[-1].strip(" \t"):
            lines.pop()
        self.bMarks.clear()
        self.eMarks.clear()
        for line in lines:
            self.bMarks.append(begin)
            begin += len(line)
            self.eMarks.append(begin)
            begin += 1
            indents.append(len(line) - len(line.lstrip(" \t")))
        self.tShift = [*indents, 0]
        self.sCount = [_width(line, n) if "\t" in line[:n] else n for line, n in zip(lines, indents, strict=True)] + [0]
        self.bsCount = [0] * (len(lines) + 1)
        self.bMarks.append(len(text))
        self.eMarks.append(len(text))
        self.lineMax = len(lines)


def _width(line: str, indent: int) -> int:
    width = 0
    for char in line[:indent]:
        width += 4 - width % 4 if char == "\t" else 1
    return width
