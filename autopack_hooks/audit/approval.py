"""Approvals: a person's yes to one plan, bound to the plan's digest, with an end, signed where git signs with SSH.

An approval is a small JSON file. Its ``id`` is the SHA-256 over the rest of it, which shows a change by accident.
Only a signature shows a change on purpose, and who made it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from autopack_hooks.audit.operator import Operator, parse_operator, placeholder
from autopack_hooks.audit.signing import Signer, verifier_of
from autopack_hooks.core.errors import Refused, UsageError
from autopack_hooks.core.hashing import canonical, fingerprint
from autopack_hooks.project.workspace import Workspace

NAMESPACE = "autopack-hooks-approval"
"""What an SSH signature of an approval is made for, so that no other signature passes for one."""

VERSION = 1
DAYS = 7.0
SKEW = timedelta(minutes=5)
"""How far the clock of who approved may be ahead of this one."""

_TEXTS = ("plan_digest", "operator", "approved_at", "expires_at", "note", "id", "signature")
_AGAIN = "make a new one with `approve PLAN`"
Fault = Callable[[bytes, str, str], "str | None"]


@dataclass(frozen=True)
class Approval:
    """What the file says. Times are in UTC; ``signature`` is "" where it is not signed."""

    plan_digest: str
    operator: Operator
    approved_at: datetime
    expires_at: datetime
    note: str
    id: str
    signature: str
    document: Mapping[str, Any]

    def signed_bytes(self) -> bytes:
        """What the signature vouches for: all of it but the signature itself."""
        return canonical({key: value for key, value in self.document.items() if key != "signature"})

    def for_record(self) -> dict[str, str]:
        """What the audit trail keeps of it."""
        return {"id": self.id, "operator": str(self.operator), "signed": "yes" if self.signature else "no"}


@dataclass(frozen=True)
class Signatures:
    """What is asked of a signature. ``fault(data, signature, mail)`` tells why one is not good, None where it is."""

    required: bool
    fault: Fault


def make_approval(
    plan_digest: str, operator: Operator, now: datetime, *, days: float = DAYS, note: str = "", signer: Signer | None
) -> dict[str, Any]:
    """The document of a new approval, good from ``now`` for ``days``.

    Raises Refused for a placeholder operator, UsageError where ``signer`` cannot sign or ``days`` makes no sense.
    """
    reason = placeholder(operator)
    if reason:
        raise Refused(f"an approval needs a person: {reason}; set user.name and user.email in git, or give --operator")
    if not 0 < days <= 366:
        raise UsageError(f"an approval holds for up to 366 days, not for {days:g}")
    body = {
        "version": VERSION,
        "plan_digest": plan_digest,
        "operator": str(operator),
        "approved_at": _stamp(now),
        "expires_at": _stamp(now + timedelta(days=days)),
        "note": note,
    }
    body["id"] = fingerprint(body)
    return {**body, "signature": signer.sign(canonical(body), NAMESPACE) if signer else ""}


def read_approval(path: Path) -> Approval:
    """Read the file. Raises UsageError for one that cannot be read or is no JSON, Refused for one that is no approval."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; check --approval") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not an approval: {error}; {_AGAIN}") from error
    try:
        return parse_approval(document)
    except (ValueError, RecursionError, UsageError) as error:
        raise Refused(f"{path}: not an approval: {error}; {_AGAIN}") from None


def parse_approval(document: Any) -> Approval:
    """Read the JSON value of an approval; it is not checked. Raises ValueError or UsageError for another form."""
    if not isinstance(document, dict):
        raise ValueError("no JSON object")
    for key in _TEXTS:
        if not isinstance(document.get(key), str):
            raise ValueError(f"no {key} in it")
    if document.get("version") != VERSION:
        raise ValueError(f"this release reads version {VERSION}")
    canonical(document)
    return Approval(
        plan_digest=document["plan_digest"],
        operator=parse_operator(document["operator"]),
        approved_at=_moment(document["approved_at"]),
        expires_at=_moment(document["expires_at"]),
        note=document["note"],
        id=document["id"],
        signature=document["signature"],
        document=document,
    )


def check_approval(approval: Approval, digest: str, now: datetime, signatures: Signatures) -> None:
    """Return where ``approval`` allows the plan of ``digest`` at ``now``; raises Refused, saying why it does not."""
    if approval.plan_digest != digest:
        raise Refused(
            f"the approval is for the plan {approval.plan_digest[:12]}, and what would be done now is {digest[:12]}: "
            "make a new plan and have it approved"
        )
    reason = placeholder(approval.operator)
    if reason:
        raise Refused(f"the approval is nobody's: {reason}; {_AGAIN}")
    if approval.approved_at > now + SKEW:
        raise Refused(f"the approval is of {_stamp(approval.approved_at)}, which is not yet; check the clock")
    if approval.expires_at <= now:
        raise Refused(f"the approval expired at {_stamp(approval.expires_at)}; {_AGAIN}")
    if fingerprint({k: v for k, v in approval.document.items() if k not in ("id", "signature")}) != approval.id:
        raise Refused(f"the approval was changed after it was made; {_AGAIN}")
    if not approval.signature:
        if signatures.required:
            raise Refused(f"the approval is not signed, and sync.approvals.require_signature asks for it; {_AGAIN}")
        return
    fault = signatures.fault(approval.signed_bytes(), approval.signature, approval.operator.email)
    if fault:
        raise Refused(f"the approval's signature by {approval.operator} is not good: {fault}; {_AGAIN}")


def signatures_of(workspace: Workspace) -> Signatures:
    """What the configuration asks of signatures. Raises Refused where it asks for what cannot be verified."""
    wanted = workspace.config.sync.approvals
    verifier = verifier_of(workspace.repo, workspace.root, workspace.environ, wanted.allowed_signers)
    if wanted.require_signature and verifier.allowed_signers is None:
        raise Refused(
            "sync.approvals.require_signature needs a file of allowed signers: set sync.approvals.allowed_signers, or "
            "gpg.ssh.allowedSignersFile in git"
        )
    return Signatures(wanted.require_signature, lambda data, text, mail: verifier.fault(data, text, NAMESPACE, mail))


def approved(workspace: Workspace, path: Path, digest: str, now: datetime) -> Approval:
    """The approval in the file ``path``, if it allows the plan of ``digest`` at ``now`` by this workspace's rules.

    What a guard calls before it lets a plan through. Raises Refused (exit 6) or UsageError (exit 2).
    """
    approval = read_approval(path)
    check_approval(approval, digest, now, signatures_of(workspace))
    return approval


def _stamp(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    """The reverse of ``_stamp``; raises ValueError for any other form."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
