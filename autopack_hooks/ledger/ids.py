"""Ids: which ones a text takes, and the next free one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import ID, Dialect
from autopack_hooks.ledger.headings import parse_heading

_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)$")


def ids_in(text: str, dialect: Dialect) -> Iterator[str]:
    """Yield ids that headings and INDEX rows of ``text`` take. One too many (in a code block, say) does no harm."""
    before = [i for i, column in enumerate(dialect.columns) if column.role == ID]
    cells = r"\|" + r"[^|\n]*\|" * (before[0] if before else 0)
    row = re.compile(rf"\s*{cells}[\s*`\[]*({dialect.id_expression})[\s*`\]]*\|")
    for line in SourceText.from_text("", text).lines:
        if line.lstrip().startswith("#"):
            match = _ATX.match(line)
            parts = parse_heading(match[2].rstrip().rstrip("#"), len(match[1]), dialect) if match else None
            if parts:
                yield parts.entry_id
        elif before and "|" in line and (found := row.match(line)):
            yield found[1]


def next_id(taken: Collection[str], dialect: Dialect) -> str:
    """Return the id above the highest one of ``taken``, with as many digits as those have."""
    tails = (entry_id.rpartition("-")[2].partition(".")[0] for entry_id in taken)
    numbers = [tail[:-1] if tail[-1:].isalpha() else tail for tail in tails]
    numbers = [number for number in numbers if number.isdecimal()]
    free = max((int(number[:18]) for number in numbers), default=0) + 1
    padded = [len(number) for number in numbers if number.startswith("0")]
    if padded:
        return f"{dialect.prefix}-{free:0{max(padded)}}"
    plain = any(len(number) < dialect.digits for number in numbers)
    return f"{dialect.prefix}-{free}" if plain else dialect.make_id(free)
