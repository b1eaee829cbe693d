"""Approvals: a person's consent to one plan, bound to its digest, for a time, signed where git signs with SSH.

An approval is a small JSON file. Its ``id`` is the SHA-256 over the rest of it, which reveals an accidental change.
Only a signature reveals a deliberate one, and its author.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from autopack_hooks.audit.operator import Operator, parse_operator, placeholder
from autopack_hooks.audit.signing import Signer, verifier_of
from autopack_hooks.audit.trail import stamp
from autopack_hooks.core.errors import Refused, UsageError
from autopack_hooks.core.files import read_regular
from autopack_hooks.core.hashing import canonical, fingerprint
from autopack_hooks.project.workspace import Workspace

NAMESPACE = "autopack-hooks-approval"
"""The namespace of SSH signatures of approvals, so that no other signature passes for one."""

VERSION = 1
DAYS = 7.0
SKEW = timedelta(minutes=5)
"""How far the approver's clock may be ahead of this one."""

_TEXTS = ("plan_digest", "operator", "approved_at", "expires_at", "note", "id", "signature")
_AGAIN = "make a new one with `approve PLAN`"
Fault = Callable[[bytes, str, str], "str | None"]


@dataclass(frozen=True)
class Approval:
    """The content of the file. Times are in UTC; ``signature`` is "" where it is not signed."""

    plan_digest: str
    operator: Operator
    approved_at: datetime
    expires_at: datetime
    note: str
    id: str
    signature: str
    document: Mapping[str, Any]

    def signed_bytes(self) -> bytes:
        """Return the bytes that the signature covers: all but the signature itself."""
        return canonical({key: value for key, value in self.document.items() if key != "signature"})

    def for_record(self) -> dict[str, str]:
        """Return the part that goes into the audit trail."""
        return {"id": self.id, "operator": str(self.operator), "signed": "yes" if self.signature else "no"}


@dataclass(frozen=True)
class Signatures:
    """The requirements on signatures. ``fault(data, signature, mail)`` returns why one is not valid, None where it is."""

    required: bool
    fault: Fault


def make_approval(
    plan_digest: str, operator: Operator, now: datetime, *, days: float = DAYS, note: str = "", signer: Signer | None
) -> dict[str, Any]:
    """Return the document of a new approval.

    Args:
        plan_digest: The digest of the approved plan.
        operator: The person who approves it.
        now: The current time, with its zone.
        days: How long it is valid, at most 366.
        note: One line of text.
        signer: Signs it; None leaves it unsigned.

    Raises:
        Refused: The operator is a placeholder.
        UsageError: ``signer`` cannot sign, or ``days`` is out of range.
    """
    reason = placeholder(operator)
    if reason:
        raise Refused(f"an approval needs a person: {reason}; set user.name and user.email in git, or give --operator")
    if not 0 < days <= 366:
        raise UsageError(f"an approval is valid for more than 0 and at most 366 days, not for {days:g}")
    body = {
        "version": VERSION,
        "plan_digest": plan_digest,
        "operator": str(operator),
        "approved_at": stamp(now),
        "expires_at": stamp(now + timedelta(days=days)),
        "note": note,
    }
    body["id"] = fingerprint(body)
    return {**body, "signature": signer.sign(canonical(body), NAMESPACE) if signer else ""}


def read_approval(path: Path) -> Approval:
    """Read an approval. Raises UsageError where it is unreadable or not JSON, Refused where it is not an approval."""
    try:
        document = json.loads(read_regular(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; check --approval") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not an approval: {error}; {_AGAIN}") from error
    try:
        return parse_approval(document)
    except (ValueError, RecursionError, UsageError) as error:
        raise Refused(f"{path}: not an approval: {error}; {_AGAIN}") from None


def parse_approval(document: Any) -> Approval:
    """Read the JSON value of an approval without checking it. Raises ValueError or UsageError for another form."""
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    for key in _TEXTS:
        if not isinstance(document.get(key), str):
            raise ValueError(f"{key} is missing")
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
    """Raise Refused, with the reason, unless ``approval`` allows the plan of ``digest`` at ``now``."""
    if approval.plan_digest != digest:
        raise Refused(
            f"the approval is for the plan {approval.plan_digest[:12]}, and what would be done now is {digest[:12]}: "
            "make a new plan and have it approved"
        )
    reason = placeholder(approval.operator)
    if reason:
        raise Refused(f"the approval has no operator: {reason}; {_AGAIN}")
    if approval.approved_at > now + SKEW:
        raise Refused(f"the approval is dated {stamp(approval.approved_at)}, in the future; check the clock")
    if approval.expires_at <= now:
        raise Refused(f"the approval expired at {stamp(approval.expires_at)}; {_AGAIN}")
    if fingerprint({k: v for k, v in approval.document.items() if k not in ("id", "signature")}) != approval.id:
        raise Refused(f"the approval was changed after it was made; {_AGAIN}")
    if not approval.signature:
        if signatures.required:
            raise Refused(f"the approval is not signed, but sync.approvals.require_signature is set; {_AGAIN}")
        return
    fault = signatures.fault(approval.signed_bytes(), approval.signature, approval.operator.email)
    if fault:
        raise Refused(f"the approval's signature by {approval.operator} is not valid: {fault}; {_AGAIN}")


def signatures_of(workspace: Workspace) -> Signatures:
    """Return what the configuration requires of signatures. Raises Refused where that cannot be verified."""
    wanted = workspace.config.sync.approvals
    verifier = verifier_of(workspace.repo, workspace.root, workspace.environ, wanted.allowed_signers)
    if wanted.require_signature and verifier.allowed_signers is None:
        raise Refused(
            "sync.approvals.require_signature needs a file of allowed signers: set sync.approvals.allowed_signers, or "
            "gpg.ssh.allowedSignersFile in git"
        )
    return Signatures(wanted.require_signature, lambda data, text, mail: verifier.fault(data, text, NAMESPACE, mail))


def approved(workspace: Workspace, path: Path, digest: str, now: datetime) -> Approval:
    """Return the approval in the file ``path`` if it allows the plan of ``digest`` at ``now`` in this workspace.

    Guards call this before they let a plan through. Raises Refused (exit 6) or UsageError (exit 2).
    """
    approval = read_approval(path)
    check_approval(approval, digest, now, signatures_of(workspace))
    return approval


def _moment(text: str) -> datetime:
    """Return the time of a ``stamp``; raise ValueError for any other form."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
