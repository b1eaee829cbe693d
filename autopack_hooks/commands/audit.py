"""The audit trail of what commands wrote: `audit show` lists its records, `audit verify` detects changes to them.

Examples:
    autopack-hooks audit show --since 2026-01-31 --limit 20
    autopack-hooks audit verify
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from autopack_hooks.audit.signing import verifier_of
from autopack_hooks.audit.trail import AuditTrail, open_trail
from autopack_hooks.core.errors import FINDINGS, OK, UsageError
from autopack_hooks.core.terminal import escape, json_text, write_line, write_text
from autopack_hooks.project.workspace import Workspace

WIDTH = 100
"""The table's last column is cut to this many characters; JSON has all of it."""

_COLUMNS = ("seq", "time", "action", "result", "operator", "what")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``audit``."""
    parser.add_argument("what", choices=("show", "verify"), help="list the records, or detect tampering")
    parser.add_argument("--since", type=_moment, metavar="DATE", help="show: from this day or time on (ISO 8601, UTC)")
    parser.add_argument("--action", metavar="A", help="show: only this command's, such as sync")
    parser.add_argument("--limit", type=_count, metavar="N", help="show: only the last N")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="output format")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-01-31 or 2026-01-31T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of records above 0")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Show the records, or verify them: exit 1 and a line per problem. Raises AuditError, LockTimeout."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    trail = open_trail(workspace, lambda: datetime.now(UTC))
    if args.what == "verify":
        if args.since or args.action or args.limit:
            raise UsageError("audit verify checks the whole trail: --since, --action and --limit belong to audit show")
        return _verify(trail, workspace, args.format)
    records = [record for record in trail.read() if _wanted(record, args.since, args.action)]
    records = records[-args.limit :] if args.limit else records
    write_text(json_text(records) if args.format == "json" else _table(records))
    return OK


def _wanted(record: Mapping[str, Any], since: datetime | None, action: str | None) -> bool:
    if action is not None and record["action"] != action:
        return False
    try:
        return since is None or datetime.fromisoformat(record["time"].replace("Z", "+00:00")) >= since
    except (ValueError, TypeError):
        # Its time was tampered with: better to show it than to hide it.
        return True


def _verify(trail: AuditTrail, workspace: Workspace, form: str) -> int:
    wanted = workspace.config.sync.approvals.allowed_signers
    verifier = verifier_of(workspace.repo, workspace.root, workspace.environ, wanted)
    problems, head = trail.verify(verifier), trail.head()
    if form == "json":
        write_text(json_text([problem._asdict() for problem in problems]))
        return FINDINGS if problems else OK
    for problem in problems:
        write_line(str(problem))
    if problems:
        return FINDINGS
    if head is None:
        write_line("nothing was recorded yet")
        return OK
    signed = "signed" if head.signature else "not signed"
    if head.signature and not verifier.allowed_signers:
        signed += ", but without allowed signers it is unknown by whom"
    count = "1 record" if head.seq == 1 else f"{head.seq} records"
    write_line(f"{count}, none changed, removed or moved; the head {head.hash[:12]} is {signed}")
    return OK


def _table(records: Sequence[Mapping[str, Any]]) -> str:
    rows = [_COLUMNS, *(_row(record) for record in records)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    return "".join(
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )


def _row(record: Mapping[str, Any]) -> tuple[str, ...]:
    texts = (record["seq"], record["time"], record["action"], record.get("result", ""), record.get("operator", ""))
    return tuple(escape(str(text)) for text in (*texts, _details(record)))


def _approved(approval: Any) -> str:
    """Say whether a plan was approved, or which guards the operator lifted."""
    lifted = str(approval.get("id")) if isinstance(approval, dict) else ""
    return f"lifted: {lifted}" if set(lifted.split(", ")) <= {"allow-deletes", "set-back"} else "approved"


def _details(record: Mapping[str, Any]) -> str:
    """Return the counts per target, the approval and the error of a record, whatever its form."""
    parts = []
    targets = record.get("targets")
    for name, target in targets.items() if isinstance(targets, dict) else ():
        counts = {key: value for key, value in target.items() if type(value) is int} if isinstance(target, dict) else {}
        changes = [f"{value} {key}" for key, value in counts.items() if value]
        parts += [" ".join([str(name), *changes])] if changes else []
    if record.get("approval"):
        parts.append(_approved(record["approval"]))
    parts += [str(record[key]) for key in ("error", "lost") if record.get(key)]
    text = "; ".join(parts)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."
