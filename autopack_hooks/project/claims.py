"""IdClaim ids at the remote, so that writers who do not see each other's branches never take the same one.

A claim is a ref ``refs/autopack/ids/LEDGER/ID`` at ``origin`` that points at a commit without parents. It is pushed with
``--force-with-lease=REF:``, which lets it through only while the ref does not exist: a compare-and-swap on the server.
Each commit holds a nonce, since two that are equal to the byte would be one object, and both writers would win.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum
from typing import NamedTuple
from urllib.parse import quote, unquote

from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.git import GitError, Repo
from autopack_hooks.core.git_remote import TIMED_OUT, run_remote

REMOTE = "origin"
PATIENCE = 3.0
"""The time in seconds that one request to the remote may take."""
_PREFIX = "refs/autopack/ids/"
_OWN = "claims"
_MOST = 10_000
_MOST_RACES = 100
_OID = re.compile(r"[0-9a-f]{40,64}")
_FIELDS = "%H%x00%an%x00%cI%x00%ct"


class Outcome(Enum):
    """Tell how a claim ended: it is ours, another writer has the id, or the remote cannot be asked or refuses."""

    WON = "won"
    LOST = "lost"
    FAILED = "failed"


class ClaimResult(NamedTuple):
    """Hold the outcome of a claim, the reason where it failed, and the refs of all claims where it was lost."""

    outcome: Outcome
    reason: str = ""
    held: Collection[str] = ()


class IdClaim(NamedTuple):
    """Hold one claim: whose entry id it is, who claimed it and when (ISO 8601; ``age`` in seconds since 1970)."""

    ledger: str
    entry_id: str
    oid: str
    owner: str = ""
    claimed_at: str = ""
    time: int = 0


def has_remote(repo: Repo) -> bool:
    """Return whether there is a remote at which ids can be claimed."""
    return repo.config(f"remote.{REMOTE}.url") is not None


def claim_ref(ledger: str, entry_id: str) -> str:
    """Return the ref of a claim; what a ref's name may not hold is percent-encoded."""
    return f"{_PREFIX}{ledger}/{_encoded(entry_id)}"


def claim(repo: Repo, ledger: str, entry_id: str, *, nonce: str, now: int) -> ClaimResult:
    """IdClaim one id at the remote.

    What the server holds afterwards decides, not what it answered: an answer can be lost while the claim was taken.

    Args:
        repo: the repository, whose ``origin`` is asked.
        ledger: the ledger's name.
        entry_id: the id.
        nonce: random text, new for each claim.
        now: the time in seconds since 1970.

    Returns:
        ClaimResult: FAILED with a reason where the remote cannot be reached or does not take claims.
    """
    ref, oid = claim_ref(ledger, entry_id), _claim_commit(repo, ledger, entry_id, nonce, now)
    _keep_own(repo, oid)
    code, _, error = run_remote(
        repo, "push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--no-signed",
        f"--force-with-lease={ref}:", REMOTE, f"{oid}:{ref}", seconds=PATIENCE,
    )  # fmt: skip
    if code == 0:
        return ClaimResult(Outcome.WON)
    if code == TIMED_OUT:
        return ClaimResult(Outcome.FAILED, f"{REMOTE} cannot be reached: {error}")
    try:
        held = claimed_oids(repo)
    except GitError as silent:
        return ClaimResult(Outcome.FAILED, str(silent))
    if ref not in held:
        return ClaimResult(Outcome.FAILED, f"{REMOTE} takes no claims: {_refusal(error)}")
    return ClaimResult(Outcome.WON) if held[ref] == oid else ClaimResult(Outcome.LOST, held=held)


def claim_free(
    repo: Repo, ledger: str, propose: Callable[[Collection[str]], str], *, nonce: str, now: int
) -> tuple[str, str]:
    """IdClaim the first free id; a lost race takes the next one.

    Args:
        repo: the repository, whose ``origin`` is asked.
        ledger: the ledger's name.
        propose: gives the next id that is not among those given to it.
        nonce: random text, new for each call.
        now: the time in seconds since 1970.

    Returns:
        tuple: the id, and the reason where it could not be claimed; "" where it is ours.
    """
    claimed: set[str] = set()
    for _ in range(_MOST_RACES):
        entry_id = propose(claimed)
        result = claim(repo, ledger, entry_id, nonce=nonce, now=now)
        if result.outcome is not Outcome.LOST:
            return entry_id, result.reason
        claimed = claimed_ids(result.held, ledger) | {entry_id}
    return propose(claimed), "too many others claim ids at this moment"


def claimed_oids(repo: Repo, pattern: str = f"{_PREFIX}*") -> dict[str, str]:
    """Return the refs of all claims at the remote with their commits. Raises GitError where it cannot be reached."""
    code, out, error = run_remote(repo, "ls-remote", "--refs", REMOTE, pattern, seconds=PATIENCE)
    if code:
        raise GitError(f"{REMOTE} cannot be reached: {_refusal(error)}")
    rows = [line.split("\t", 1) for line in os.fsdecode(out).splitlines() if "\t" in line]
    return {ref: oid for oid, ref in rows if ref.startswith(_PREFIX) and _OID.fullmatch(oid)}


def claimed_ids(refs: Iterable[str], ledger: str) -> set[str]:
    """Return the ids of ``ledger`` among the refs of claims."""
    start = f"{_PREFIX}{ledger}/"
    return {unquote(ref.removeprefix(start)) for ref in refs if ref.startswith(start)}


def list_claims(repo: Repo) -> list[IdClaim]:
    """Return all claims at the remote, in the order of their refs. Raises GitError where it cannot be reached."""
    oids = claimed_oids(repo)
    if not oids:
        return []
    asked = "".join(f"{ref}\n" for ref in oids).encode()
    run_remote(
        repo, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--stdin", REMOTE,
        data=asked, seconds=10 * PATIENCE,
    )  # fmt: skip
    known = _described(repo, set(oids.values()))
    return [_as_claim(ref, oid, known.get(oid, [])) for ref, oid in sorted(oids.items())]


def claimed_by_others(repo: Repo, ids: Mapping[str, Collection[str]]) -> list[IdClaim]:
    """Return the claims of other writers among the ``ids`` of each ledger. Raises GitError where the remote is not reached."""
    wanted = {claim_ref(ledger, entry_id) for ledger, own in ids.items() for entry_id in own}
    if not wanted:
        return []
    own = set(own_claims(repo))
    found = {ref: oid for ref, oid in claimed_oids(repo).items() if ref in wanted and oid not in own}
    return [_as_claim(ref, oid, []) for ref, oid in sorted(found.items())]


def own_claims(repo: Repo) -> list[str]:
    """Return the commits of the claims that were made in this clone, the newest last."""
    try:
        return (repo.state_dir / _OWN).read_text().split()
    except (OSError, UnicodeDecodeError):
        return []


def release(repo: Repo, claims: Mapping[str, str]) -> list[str]:
    """Delete claims at the remote, each only while it is the one that was read.

    Args:
        repo: the repository, whose ``origin`` is asked.
        claims: the refs with their commits.

    Returns:
        list: the refs that are still there.

    Raises:
        GitError: the remote cannot be reached.
    """
    if claims:
        leases = [f"--force-with-lease={ref}:{oid}" for ref, oid in claims.items()]
        run_remote(
        repo, "push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--no-signed",
            *leases, REMOTE, *(f":{ref}" for ref in claims), seconds=10 * PATIENCE,
        )  # fmt: skip
    left = claimed_oids(repo)
    return [ref for ref, oid in claims.items() if left.get(ref) == oid]


def _claim_commit(repo: Repo, ledger: str, entry_id: str, nonce: str, now: int) -> str:
    """Write the commit of a claim. It is made by hand: git itself would refuse where nobody has set a name."""
    tree = repo.run("hash-object", "-t", "tree", "-w", "--stdin", data=b"").decode().strip()
    name, email = (_identity(repo.config(f"user.{key}") or "") for key in ("name", "email"))
    who = f"{name or 'unknown'} <{email}> {now} +0000"
    text = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nclaim {ledger} {entry_id}\n\nnonce {nonce}\n"
    return repo.run("hash-object", "-t", "commit", "-w", "--stdin", data=text.encode()).decode().strip()


def _identity(text: str) -> str:
    return re.sub(r"[<>\x00-\x1f\x7f]", "", text).strip()


def _keep_own(repo: Repo, oid: str) -> None:
    kept = [*own_claims(repo), oid][-_MOST:]
    repo.state_dir.mkdir(parents=True, exist_ok=True)
    write_atomic(repo.state_dir / _OWN, "".join(f"{one}\n" for one in kept).encode(), durable=False)


def _described(repo: Repo, oids: set[str]) -> dict[str, list[str]]:
    """Return commit -> owner, time as text, time in seconds; those that could not be fetched are left out."""
    data = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
    args = ("log", "--no-walk=unsorted", "--ignore-missing", f"--format={_FIELDS}", "--stdin")
    _, out, _ = repo.try_run(*args, data=data)
    rows = [line.split("\0") for line in out.decode("utf-8", "replace").splitlines()]
    return {row[0]: row[1:] for row in rows if len(row) == 4}


def _as_claim(ref: str, oid: str, fields: list[str]) -> IdClaim:
    ledger, _, name = ref.removeprefix(_PREFIX).partition("/")
    owner, claimed_at, seconds = fields or ("", "", "0")
    return IdClaim(ledger, unquote(name), oid, owner, claimed_at, int(seconds))


def _encoded(entry_id: str) -> str:
    """Return an id as the last part of a ref's name, which may hold no signs of git's, and dots in few places only."""
    name = quote(entry_id, safe="").replace("~", "%7E")
    bad = name.startswith(".") or name.endswith((".", ".lock")) or ".." in name
    return name.replace(".", "%2E") if bad else name


def _refusal(error: str) -> str:
    """Return git's reason in one line."""
    lines = [line.strip() for line in error.splitlines()]
    wanted = [line for line in lines if line.startswith(("remote:", "fatal:", "ssh:")) or "rejected]" in line]
    return (wanted or [line for line in lines if line] or ["no answer"])[0]
