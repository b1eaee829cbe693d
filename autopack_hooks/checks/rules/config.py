"""Codes about the configuration, the baseline and inline ignores (CFG###)."""

from __future__ import annotations

from autopack_hooks.checks.code import Code
from autopack_hooks.core.findings import Severity

CFG001 = Code(
    "CFG001",
    "baseline entry that no longer occurs",
    Severity.WARNING,
    "The baseline lists a finding that is not there any more. A baseline may only shrink: an entry that stays would "
    "let the same fault come back unseen.",
    remedy="run the command again with `--prune-baseline`, which drops it, and commit the file; `fix` does it too.",
)

CFG002 = Code(
    "CFG002",
    "inline ignore that silences nothing",
    Severity.WARNING,
    "An `<!-- autopack: ignore CODE reason -->` comment stands where no finding of that code is. It would hide the next "
    "real one.",
    remedy="remove the comment.",
)

CFG003 = Code(
    "CFG003",
    "inline ignore without a code or a reason",
    Severity.WARNING,
    "An ignore comment needs the code that it silences and the reason why, for the next reader. Without both it "
    "silences nothing.",
    bad="<!-- autopack: ignore -->",
    good="<!-- autopack: ignore LED019 the id is of another repository -->",
    remedy="write the code and the reason, or remove the comment.",
)

CFG004 = Code(
    "CFG004",
    "configured ledger that does not exist",
    Severity.ERROR,
    "The configuration names a ledger's file, or its index, that is not in the repository, so nothing of it is checked or "
    "synced.",
    remedy="create the file, correct its path, or take it out of the configuration.",
)

CODES = (CFG001, CFG002, CFG003, CFG004)
