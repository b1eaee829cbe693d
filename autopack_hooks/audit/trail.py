"""The audit trail: a record of everything that a command wrote, in JSON lines that are only appended to.

    trail = open_trail(workspace, clock)
    with trail.writing(AuditRecord("sync", operator, commit)) as entry:  # AuditError here: write nothing
        ...  # write to the targets
        entry.set(targets=..., deleted=..., exit_code=0)

A record is sealed into a chain of hashes (``audit.chain``) under the trail's own lock, and is on the disk before the
command ends. A killed command leaves a mark behind, which the next one turns into a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from autopack_hooks.audit.chain import Head, Problem, find_problems, parse_record
from autopack_hooks.audit.operator import git_operator
from autopack_hooks.audit.signing import Verifier, signer_of
from autopack_hooks.audit.store import AuditStore, Mark, Sign, orphans
from autopack_hooks.core.errors import INTERRUPTED, OK, REFUSED, TERMINATED, USAGE, FatalError, LockTimeout
from autopack_hooks.core.redact import redact
from autopack_hooks.project.workspace import Workspace

FOLDER = "audit"
NAMESPACE = "autopack-hooks-audit"
"""The namespace of SSH signatures of the head."""

LOCK_SECONDS = 10.0
_KILLED_FIELDS = ("time", "action", "operator", "commit", "plan_digest")
"""The fields of a mark that go into the record of a killed command."""

Clock = Callable[[], datetime]


class AuditError(FatalError):
    """The trail cannot be written or read (exit 2)."""


@dataclass(frozen=True)
class AuditRecord:
    """One command's work. Texts must not hold secrets: targets are given by their masked URLs.

    ``targets``: name -> {"url", "inserted", "updated", "deleted", "unchanged", ...}; ``deleted``: name -> the deleted
    keys, as ``ledger/ID``; ``approval``: {"id", "operator"}; ``duration`` in seconds; ``result``: ok, failed, refused
    or interrupted, with ``exit_code`` and, in words, ``error``.
    """

    action: str
    operator: str = ""
    commit: str | None = None
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    deleted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    plan_digest: str | None = None
    approval: Mapping[str, str] | None = None
    duration: float = 0.0
    result: str = "ok"
    exit_code: int = OK
    error: str = ""


class TrailEntry:
    """The record of a command under way."""

    def __init__(self, record: AuditRecord) -> None:
        self.record = record

    def set(self, **fields: Any) -> None:
        """Change fields of the record (see ``AuditRecord``). ``result`` follows from ``exit_code`` unless given."""
        if "exit_code" in fields:
            fields.setdefault("result", result_of(fields["exit_code"]))
        self.record = replace(self.record, **fields)


def result_of(exit_code: int) -> str:
    """Return an exit code as a word: ok, refused, interrupted or failed."""
    words = {OK: "ok", REFUSED: "refused", INTERRUPTED: "interrupted", TERMINATED: "interrupted"}
    return words.get(exit_code, "failed")


class AuditTrail:
    """The trail in ``folder``, which is created when it is first written to.

    ``clock`` returns the time with its zone; ``sign`` signs the head, or returns "" where it cannot.
    """

    def __init__(
        self, folder: Path, clock: Clock, *, sign: Sign | None = None, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        self.folder = folder
        self._clock = clock
        self._store = AuditStore(folder, sign)
        self._lock_seconds = lock_seconds

    @contextmanager
    def writing(self, record: AuditRecord) -> Iterator[TrailEntry]:
        """Append the record at the end of the block in which a command writes, however the block ends.

        An error in the block goes into the record and is raised again. Where the record cannot be appended, AuditError
        is raised, unless the block itself failed; the mark then stays, for the next command.

        Raises:
            AuditError: The trail cannot be written; the block was not entered.
            LockTimeout: Others hold the trail for too long.
        """
        entry, start = TrailEntry(record), self._clock()
        with self._usable("nothing was done"):
            self._store.prove_writable()
            self._record_the_killed()
            mark = Mark(self.folder, _body(record, start))
        try:
            yield entry
        except BaseException as error:
            entry.set(**_result_fields(error))
            with suppress(FatalError):
                self._finish(entry.record, start, mark)
            raise
        self._finish(entry.record, start, mark)

    def append(self, record: AuditRecord) -> dict[str, Any]:
        """Append one record and return it as stored. Raises AuditError, LockTimeout."""
        with self._usable("nothing was recorded"):
            return self._store.append(_body(record, self._clock()))

    def read(self) -> list[dict[str, Any]]:
        """Return the records, the oldest first, without unreadable lines. Raises AuditError, LockTimeout."""
        with self._usable("nothing was read", reading=True):
            lines = self._store.lines()
        return [record for line in lines if (record := parse_record(line.data)) is not None]

    def verify(self, verifier: Verifier | None = None) -> list[Problem]:
        """Return all signs that the trail is not as it was written; with a ``verifier``, check the signature too."""
        with self._usable("nothing was verified", reading=True):
            lines, head = self._store.lines(), self._store.head()
        problems = find_problems(lines, head)
        if head and head.signature and verifier:
            fault = verifier.fault(head.signed_bytes(), head.signature, NAMESPACE, None)
            problems += [Problem("head", f"its signature is not valid: {fault}")] if fault else []
        return problems

    def head(self) -> Head | None:
        """Return the head, None where nothing was recorded yet or the head is lost."""
        with self._usable("nothing was read", reading=True):
            return self._store.head()

    def _finish(self, record: AuditRecord, start: datetime, mark: Mark) -> None:
        end = self._clock()
        timed = replace(record, duration=round((end - start).total_seconds(), 3))
        with self._usable("what was written is complete, but is not in the trail"):
            self._store.append(_body(timed, end))
            mark.remove()

    def _record_the_killed(self) -> None:
        for body in orphans(self.folder):
            known = {key: body[key] for key in _KILLED_FIELDS if isinstance(body.get(key), str)}
            began = known.pop("time", "an unknown time")
            killed = AuditRecord("unknown", result="killed", error=f"started at {began}, ended without a record")
            self._store.append({**_body(killed, self._clock()), "exit_code": None, **known})

    @contextmanager
    def _usable(self, consequence: str, *, reading: bool = False) -> Iterator[None]:
        """Hold the lock; turn errors of the file system into an AuditError that says what happened to the work."""
        if reading and not self.folder.exists():
            yield
            return
        from filelock import Timeout

        try:
            with ExitStack() as stack:
                try:
                    stack.enter_context(self._store.locked(self._lock_seconds))
                except PermissionError:
                    # Reading needs no lock where it cannot be had: at worst, a record is being written.
                    if not reading:
                        raise
                yield
        except Timeout:
            raise LockTimeout(
                f"the audit trail in {self.folder} was not free within {self._lock_seconds:g} s; {consequence}; run again"
            ) from None
        except (OSError, NotImplementedError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise AuditError(
                f"the audit trail in {self.folder} cannot be used: {reason}; {consequence}; repair the folder, or move it away"
            ) from error


def open_trail(workspace: Workspace, clock: Clock) -> AuditTrail:
    """Return the trail of the repository and all its worktrees. Its head is signed where git signs with SSH."""
    signer = signer_of(workspace.repo)
    sign = None if signer is None else lambda data: signer.sign_unattended(data, NAMESPACE)
    return AuditTrail(workspace.state_dir / FOLDER, clock, sign=sign)


def operator_of(workspace: Workspace) -> str:
    """Return git's identity of the user for a record: ``Name <mail>``, or the part that is set."""
    return str(git_operator(workspace.repo, workspace.environ)).replace("<>", "").strip()


def _result_fields(error: BaseException) -> dict[str, Any]:
    if isinstance(error, FatalError):
        return {"exit_code": error.exit_code, "error": str(error)}
    if isinstance(error, KeyboardInterrupt):
        return {"exit_code": getattr(error, "exit_code", INTERRUPTED), "error": "interrupted"}
    # The text of a foreign error may hold anything.
    return {"exit_code": USAGE, "error": f"internal error: {type(error).__name__}"}


def _body(record: AuditRecord, moment: datetime) -> dict[str, Any]:
    body: dict[str, Any] = _scrubbed({**asdict(record), "time": stamp(moment)})
    return body


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        # A last resort: callers pass no secrets. Keys of entries, of which there may be many, cannot hold any.
        return redact(value) if "=" in value or ":" in value else value
    if isinstance(value, Mapping):
        return {_scrubbed(str(key)): _scrubbed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(item) for item in value]
    return value


def stamp(moment: datetime) -> str:
    """Return a time as records and approvals have it, in UTC."""
    """Return a time as records and approvals have it, in UTC."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
