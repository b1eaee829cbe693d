"""Codes about rules that were learned from incidents (RUL###)."""

from __future__ import annotations

from autopack_hooks.checks.code import Code
from autopack_hooks.core.findings import Severity

RUL001 = Code(
    "RUL001",
    "link to a file that moved",
    Severity.ERROR,
    "A learned rule (kind `link_moved`) says that this file moved, or that it is gone: the same link has broken before. "
    "The message has the rule's reason and its id; `autopack-hooks learn show ID` has the incidents. The severity is the rule's.",
    bad="[the guide](docs/guide.md)",
    good="[the guide](docs/manual/guide.md)",
    remedy="`autopack-hooks fix-links` writes the new path where the rule knows it; else name the file that is meant.",
    fix="safe",
)
RUL002 = Code(
    "RUL002",
    "text that a learned rule forbids",
    Severity.ERROR,
    "A learned rule (kind `forbidden_text`) has a pattern for a text that caused incidents before. It is matched line by "
    "line, in the files of the rule's scope.",
    remedy="write what the rule's reason asks for; where the text is right, an ignore comment with its reason says so.",
)
RUL003 = Code(
    "RUL003",
    "entry without a field that a learned rule asks for",
    Severity.ERROR,
    "A learned rule (kind `required_field`) says that each entry of this ledger has the field.",
    bad="### BUILD-003 | 2026-01-03 | Third\n\n**Status**: Complete",
    good="### BUILD-003 | 2026-01-03 | Third\n\n**Status**: Complete\n**Tests**: pass",
    remedy="add the field to the entry.",
)
RUL004 = Code(
    "RUL004",
    "id in another form than a learned rule asks for",
    Severity.ERROR,
    "A learned rule (kind `id_format`) has a pattern for the ids of this ledger.",
    bad="### BUILD-12 | 2026-01-03 | Third",
    good="### BUILD-012 | 2026-01-03 | Third",
    remedy="write the id in the form of the others; `autopack-hooks renumber` changes it everywhere.",
)
RUL010 = Code(
    "RUL010",
    "fault in the file of learned rules",
    Severity.ERROR,
    "`docs/LEARNED_RULES.json` cannot be read in full: it is not JSON, of another version, or a rule has a duplicate id, an "
    "unknown field, a value of the wrong type or a pattern that cannot be used. That rule does not act, and nobody would notice.",
    remedy="correct the file; a file of an older tool is taken over by `autopack-hooks learn import`.",
)
RUL011 = Code(
    "RUL011",
    "learned rules removed",
    Severity.ERROR,
    "Five rules or more, or most of them, are in the last commit and not here. A rule that is no longer wanted is retired, with "
    "a reason, and stays in the file.",
    remedy="restore the file, and use `autopack-hooks learn retire`; `check.allow_removal` lets a removal pass.",
)
RUL012 = Code(
    "RUL012",
    "more active rules than allowed",
    Severity.WARNING,
    "More rules are active than `learn.max_active` allows; those beyond it, by id, do not act.",
    remedy="retire what no longer fires (`autopack-hooks learn list` marks it as stale), or raise `learn.max_active`.",
)

CODES = (RUL001, RUL002, RUL003, RUL004, RUL010, RUL011, RUL012)
