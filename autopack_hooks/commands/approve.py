"""Approve a plan that a guard refuses, from `sync --plan FILE` or `links --export-json FILE`.

Read the plan first. The approval is a file bound to exactly that plan, signed with your SSH key where git signs with it.

Examples:
    autopack-hooks approve plan.json --note "the archive was split off"
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autopack_hooks.audit.approval import DAYS, Approval, make_approval, parse_approval
from autopack_hooks.audit.operator import git_operator, parse_operator
from autopack_hooks.audit.signing import Signer, signer_of
from autopack_hooks.audit.trail import AuditRecord, open_trail
from autopack_hooks.core.errors import OK, Refused, UsageError
from autopack_hooks.core.files import write_named
from autopack_hooks.core.terminal import text_of, write_line, write_text
from autopack_hooks.core.words import counted
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.sync.plan import SYNC, PlanFile, load_plan

SHOWN = 5
"""How many keys of entries to delete are printed; the plan has all of them."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``approve``."""
    parser.add_argument("plan", metavar="PLAN", help="the file of the plan")
    parser.add_argument("--output", metavar="FILE", help="where the approval goes (default: beside PLAN)")
    parser.add_argument("--operator", metavar="'NAME <MAIL>'", help="who approves (default: git's identity)")
    parser.add_argument("--expires", type=float, default=DAYS, metavar="DAYS", help="how long it holds (default: 7)")
    parser.add_argument("--note", default="", metavar="TEXT", help="why; kept in the approval")


def run(args: argparse.Namespace) -> int:
    """Write the approval and summarize it. Raises UsageError for a bad plan, Refused for an edited plan or no operator."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    path = Path(args.plan)
    plan = load_plan(path)
    output = Path(args.output) if args.output else path.with_name(f"{path.stem}.approval.json")
    if os.path.realpath(output) == os.path.realpath(path):
        raise UsageError(f"{output}: this is the plan itself; choose another file for --output")
    if not args.note.isprintable():
        raise UsageError("--note must be one line of text")
    operator = parse_operator(args.operator) if args.operator is not None else git_operator(workspace.repo, os.environ)
    now = datetime.now(UTC)
    signer = _signer(workspace)
    document = make_approval(plan.digest, operator, now, days=args.expires, note=args.note, signer=signer)
    approval = parse_approval(document)
    record = AuditRecord("approve", str(operator), plan_digest=plan.digest, approval=approval.for_record())
    with open_trail(workspace, lambda: datetime.now(UTC)).writing(record):
        write_named(workspace.root, output, (json.dumps(document, indent=2) + "\n").encode())
    _summarize(plan, approval, output)
    return OK


def _signer(workspace: Workspace) -> Signer | None:
    signer = signer_of(workspace.repo)
    if signer is None and workspace.config.sync.approvals.require_signature:
        raise Refused(
            "sync.approvals.require_signature asks for a signature: set gpg.format to ssh and user.signingkey to your key in git"
        )
    return signer


def _summarize(plan: PlanFile, approval: Approval, output: Path) -> None:
    signed = "signed" if approval.signature else "not signed (git is not set up to sign with SSH)"
    lines = _sync_lines(plan.document) if plan.kind == SYNC else _fix_lines(plan.document)
    write_text(text_of(f"  {line}" for line in lines))
    write_line(f"approved by {approval.operator} until {approval.document['expires_at']}, {signed}")
    write_line(f"wrote {output}; give it as --approval to the command that was refused")


def _sync_lines(document: Mapping[str, Any]) -> list[str]:
    lines = [
        f"sync {document.get('mode')} of {document.get('commit') or 'no commit'}",
        str(document.get("reason") or ""),
    ]
    for name, target in document["targets"].items():
        lists = target if isinstance(target, dict) else {}
        keys = {
            verb: lists[verb] if isinstance(lists.get(verb), list) else [] for verb in ("insert", "update", "delete")
        }
        counts = ", ".join(f"{len(listed)} to {verb}" for verb, listed in keys.items())
        lines.append(f"{name}: {counts}  {lists.get('url', '')}")
        lines.append(_some(keys["delete"]))
    return [line for line in lines if line]


def _some(keys: Sequence[Any]) -> str:
    """Return the first of the keys to delete as a line, "" without any."""
    more = f" and {len(keys) - SHOWN} more, see the plan" if len(keys) > SHOWN else ""
    return f"  delete {', '.join(map(str, keys[:SHOWN]))}{more}" if keys else ""


def _fix_lines(document: Mapping[str, Any]) -> list[str]:
    rows = [row for row in document["broken_links"] if isinstance(row, dict)]
    kinds = Counter(str(row.get("fix_type")) for row in rows)
    return [f"{counted(count, 'link')}: {kind}" for kind, count in sorted(kinds.items())] or ["nothing to do"]
