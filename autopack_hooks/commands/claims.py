"""The ids that writers have claimed at the remote: list them, release one, or prune those that nobody needs any more.

`new` claims the id that it gives at `origin` where there is one, so that two writers who do not see each other's branches
never take the same. `prune` deletes the claims of entries that the default branch has, and those older than 90 days.

Examples:
    autopack-hooks claims list
    autopack-hooks claims release BUILD-012
    autopack-hooks claims prune
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable

from autopack_hooks.core.errors import FINDINGS, OK, UsageError
from autopack_hooks.core.git import Repo
from autopack_hooks.core.terminal import json_text, write_line, write_text
from autopack_hooks.project.claims import REMOTE, IdClaim, claim_ref, has_remote, list_claims, release
from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import Workspace

_OLD = 90 * 24 * 3600


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of ``claims``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the claims at the remote")
    listing.add_argument("--format", choices=("text", "json"), default="text", help="output format")
    releasing = actions.add_parser("release", help="give ids free that will not be used")
    releasing.add_argument("ids", nargs="+", metavar="ID", help="a claimed id")
    actions.add_parser("prune", help="delete the claims of merged entries, and those older than 90 days")


def run(args: argparse.Namespace) -> int:
    """Run the action. Raises UsageError without a remote, GitError where it cannot be reached."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    repo = workspace.repo
    if repo is None or not has_remote(repo):
        raise UsageError(f"{workspace.root}: there is no remote {REMOTE!r}, so no ids are claimed")
    claims = list_claims(repo)
    if args.action == "release":
        return _release(repo, claims, args.ids)
    merged = _merged(workspace, repo)
    if args.action == "prune":
        now = time.time()
        return _delete(repo, [c for c in claims if _is_merged(c, merged) or 0 < c.time < now - _OLD])
    _show(claims, merged, args.format)
    return OK


def _show(claims: Iterable[IdClaim], merged: dict[str, set[str]], form: str) -> None:
    rows = [
        {
            "ledger": c.ledger,
            "entry_id": c.entry_id,
            "owner": c.owner,
            "claimed_at": c.claimed_at,
            "merged": _is_merged(c, merged),
        }
        for c in claims
    ]
    if form == "json":
        write_text(json_text(rows))
        return
    for row in rows:
        state = "merged" if row["merged"] else "open"
        write_line(f"{row['entry_id']}  {row['ledger']}  {row['claimed_at']}  {state}  {row['owner']}")


def _release(repo: Repo, claims: list[IdClaim], ids: list[str]) -> int:
    known = {c.entry_id for c in claims}
    unknown = [entry_id for entry_id in ids if entry_id not in known]
    for entry_id in unknown:
        write_line(f"{entry_id} is not claimed at {REMOTE}; `autopack-hooks claims list` shows what is", error=True)
    code = _delete(repo, [c for c in claims if c.entry_id in ids])
    return FINDINGS if unknown else code


def _delete(repo: Repo, claims: list[IdClaim]) -> int:
    refs = {claim_ref(c.ledger, c.entry_id): c.oid for c in claims}
    left = set(release(repo, refs))
    for c, ref in zip(claims, refs, strict=True):
        if ref in left:
            write_line(f"{c.entry_id}: {REMOTE} did not let its claim go", error=True)
        else:
            write_line(f"{c.entry_id} is free")
    return FINDINGS if left else OK


def _merged(workspace: Workspace, repo: Repo) -> dict[str, set[str]]:
    """Return ledger -> the ids of its entries on the remote's default branch, as it was fetched last."""
    commit = repo.resolve(f"refs/remotes/{REMOTE}/{repo.default_branch() or 'HEAD'}")
    if commit is None:
        return {}
    return {ledger.name: set(ledger.entries) for ledger in load_ledgers(workspace, GitView(repo, commit)).ledgers}


def _is_merged(one: IdClaim, merged: dict[str, set[str]]) -> bool:
    return one.entry_id in merged.get(one.ledger, ())
