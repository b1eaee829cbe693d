"""The audit trail on the disk: appended to, written by many processes, damaged, and never with a secret."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from autopack_hooks.audit.chain import Head
from autopack_hooks.audit.store import Mark
from autopack_hooks.audit.trail import AuditError, AuditRecord, AuditTrail, open_trail, operator_of
from autopack_hooks.core.errors import LockTimeout, Refused, TargetError, Terminated
from autopack_hooks.project.workspace import Workspace
from tests.support import GitRepo

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def clock() -> Callable[[], datetime]:
    """Each look at it is a second later."""
    moments = (NOW + timedelta(seconds=n) for n in range(10_000))
    return lambda: next(moments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "audit"


@pytest.fixture
def trail(folder: Path) -> AuditTrail:
    return AuditTrail(folder, clock())


def problems(trail: AuditTrail) -> list[str]:
    return [str(problem) for problem in trail.verify()]


def test_a_record_says_what_was_done(trail: AuditTrail) -> None:
    before = AuditRecord(
        "sync", "Ann <ann@host.org>", "c0ffee", plan_digest="d1", approval={"id": "a1", "operator": "Bob <b@h.org>"}
    )
    with trail.writing(before) as entry:
        entry.set(
            targets={"database": {"url": "sqlite:///x", "deleted": 1}}, deleted={"database": ["a/B-1"]}, exit_code=0
        )
    (record,) = trail.read()
    assert record.pop("hash") == trail.head().hash  # type: ignore[union-attr]  # there is one
    assert record == {
        "seq": 1, "time": "2026-01-02T03:04:06Z", "action": "sync", "operator": "Ann <ann@host.org>", "commit": "c0ffee",
        "targets": {"database": {"url": "sqlite:///x", "deleted": 1}}, "deleted": {"database": ["a/B-1"]},
        "plan_digest": "d1", "approval": {"id": "a1", "operator": "Bob <b@h.org>"}, "duration": 1.0, "result": "ok",
        "exit_code": 0, "error": "", "prev": "0" * 64, "signed": False,
    }  # fmt: skip
    assert problems(trail) == []


def test_nothing_is_made_by_looking(trail: AuditTrail, folder: Path) -> None:
    assert trail.read() == [] and trail.verify() == [] and trail.head() is None
    assert not folder.exists()


@pytest.mark.parametrize(
    ("error", "result", "code", "text"),
    [
        (Refused("too much"), "refused", 6, "too much"),
        (TargetError("gone"), "failed", 4, "gone"),
        (KeyboardInterrupt(), "interrupted", 130, "interrupted"),
        (Terminated(), "interrupted", 143, "interrupted"),
        (ZeroDivisionError("with hunter2 in it"), "failed", 2, "internal error: ZeroDivisionError"),
    ],
)
def test_whatever_the_end_is_it_is_recorded(
    trail: AuditTrail, error: BaseException, result: str, code: int, text: str
) -> None:
    with pytest.raises(type(error)), trail.writing(AuditRecord("sync")):
        raise error
    (record,) = trail.read()
    assert (record["result"], record["exit_code"], record["error"]) == (result, code, text)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://bob:hunter2@host/db",
        "cannot reach postgres://bob:hunter2@host:1/x?sslmode=require, refused",
        "postgresql://bob:p@hunter2/x@host/db",
        "host=h password=hunter2 user=u",
        "QDRANT_API_KEY=hunter2",
        "https://h/x?api-key=hunter2&a=b",
    ],
)
def test_no_secret_reaches_the_disk(trail: AuditTrail, folder: Path, text: str) -> None:
    with pytest.raises(TargetError), trail.writing(AuditRecord("sync", targets={"database": {"url": text}})) as entry:
        entry.set(deleted={text: [text]})
        assert b"hunter2" not in b"".join(path.read_bytes() for path in folder.iterdir())
        raise TargetError(text)
    assert b"hunter2" not in b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_folder_that_cannot_be_written_ends_it_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    trail = AuditTrail(tmp_path / "file" / "audit", clock())
    with (
        pytest.raises(AuditError, match=r"cannot be used: .*; nothing was done") as caught,
        trail.writing(AuditRecord("sync")),
    ):
        pytest.fail("the block must not be entered")
    assert caught.value.exit_code == 2 and "\n" not in str(caught.value)


def test_a_trail_that_cannot_be_appended_to_ends_it_before_anything_is_done(trail: AuditTrail, folder: Path) -> None:
    (folder / "audit.jsonl").mkdir(parents=True)
    with pytest.raises(AuditError, match="nothing was done"), trail.writing(AuditRecord("sync")):
        pytest.fail("the block must not be entered")


def test_a_record_that_cannot_be_written_at_the_end_is_told_and_not_forgotten(trail: AuditTrail, folder: Path) -> None:
    with (
        pytest.raises(AuditError, match="what was written is complete, but is not in the trail"),
        trail.writing(AuditRecord("sync")),
    ):
        (folder / "audit.jsonl").unlink()
        (folder / "audit.jsonl").mkdir()
    (folder / "audit.jsonl").rmdir()
    # The mark is still there. Its lock is freed with the process, here with the object.
    assert list(folder.glob("running-*.json"))


def test_the_error_of_the_work_comes_before_that_of_the_trail(trail: AuditTrail, folder: Path) -> None:
    with pytest.raises(Refused), trail.writing(AuditRecord("sync")):
        (folder / "audit.jsonl").unlink()
        (folder / "audit.jsonl").mkdir()
        raise Refused("no")


def test_files_that_were_set_aside_belong_to_the_trail(trail: AuditTrail, folder: Path) -> None:
    for number in (1, 2):
        for _ in range(2):
            trail.append(AuditRecord("sync"))
        (folder / "audit.jsonl").rename(folder / f"audit-{number:06}.jsonl")
    trail.append(AuditRecord("sync"))
    assert [record["seq"] for record in trail.read()] == [1, 2, 3, 4, 5]
    assert problems(trail) == []
    (folder / "audit-000002.jsonl").unlink()
    assert problems(trail) == ["audit.jsonl:1: records 3 to 4 were removed before record 5"]


@pytest.mark.parametrize("count", [0, 2])
@pytest.mark.parametrize("torn", [b"{", b'{"action":"sync","seq":3', b"\xff", b"\0" * 9000])
def test_a_line_that_a_crash_cut_short_gives_way_to_the_next_record(
    trail: AuditTrail, folder: Path, torn: bytes, count: int
) -> None:
    trail.append(AuditRecord("sync"))
    for _ in range(count):
        trail.append(AuditRecord("sync"))
    path = folder / "audit.jsonl"
    before = path.read_bytes()
    path.write_bytes(before + torn)
    assert "not a record" in problems(trail)[0]
    trail.append(AuditRecord("last"))
    assert path.read_bytes().startswith(before + b"{")
    assert trail.read()[-1]["action"] == "last"
    assert problems(trail) == []


def test_a_record_that_was_cut_short_afterwards_stays_visible(trail: AuditTrail, folder: Path) -> None:
    for _ in range(3):
        trail.append(AuditRecord("sync"))
    path = folder / "audit.jsonl"
    path.write_bytes(path.read_bytes()[:-10])
    trail.append(AuditRecord("sync"))
    assert problems(trail) == ["audit.jsonl:3: record 3 was removed before record 4"]


def test_a_line_that_is_not_a_record_stays_visible(trail: AuditTrail, folder: Path) -> None:
    trail.append(AuditRecord("sync"))
    with open(folder / "audit.jsonl", "ab") as stream:
        stream.write(b"{}\n")
    trail.append(AuditRecord("sync"))
    assert [record["seq"] for record in trail.read()] == [1, 2]
    assert problems(trail) == ["audit.jsonl:2: not a record: it was changed, or its writing was cut short"]


def test_a_missing_last_newline_is_no_damage(trail: AuditTrail, folder: Path) -> None:
    trail.append(AuditRecord("sync"))
    path = folder / "audit.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    trail.append(AuditRecord("sync"))
    assert [record["action"] for record in trail.read()] == ["sync", "sync"]
    assert problems(trail) == []


@pytest.mark.parametrize("damage", ["cut off", "no head", "bad head", "no file"])
def test_damage_stays_visible(trail: AuditTrail, folder: Path, damage: str) -> None:
    for _ in range(3):
        trail.append(AuditRecord("sync"))
    path, head = folder / "audit.jsonl", folder / "audit-head.json"
    if damage == "cut off":
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:1]))
    elif damage == "no file":
        path.unlink()
    elif damage == "no head":
        head.unlink()
    else:
        head.write_bytes(b"{}")
    assert problems(trail)
    trail.append(AuditRecord("sync"))
    trail.append(AuditRecord("sync"))
    assert problems(trail)


@pytest.mark.parametrize(("behind", "shows"), [(1, False), (2, True), (3, True)])
def test_a_head_that_is_behind(trail: AuditTrail, folder: Path, behind: int, shows: bool) -> None:
    heads = []
    for action in ("sync", "sync", "audit.heal", "sync"):
        trail.append(AuditRecord(action))
        heads.append((folder / "audit-head.json").read_bytes())
    (folder / "audit-head.json").write_bytes(heads[3 - behind])
    assert bool(problems(trail)) == shows
    trail.append(AuditRecord("sync"))
    assert bool(problems(trail)) == shows
    trail.append(AuditRecord("sync"))
    assert bool(problems(trail)) == shows


def append_some(folder: str, count: int) -> None:
    trail = AuditTrail(Path(folder), lambda: NOW)
    for number in range(count):
        with trail.writing(AuditRecord("sync", operator=str(os.getpid()))) as entry:
            entry.set(targets={"database": {"inserted": number}})


def test_many_processes_keep_one_chain(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=append_some, args=(str(folder), 8)) for _ in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    trail = AuditTrail(folder, clock())
    records = trail.read()
    assert [record["seq"] for record in records] == list(range(1, 33))
    assert {record["result"] for record in records} == {"ok"}
    assert problems(trail) == []
    assert not list(folder.glob("running-*"))


WRITE = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from autopack_hooks.audit.trail import AuditTrail, AuditRecord
trail = AuditTrail(Path(sys.argv[1]), lambda: datetime(2026, 1, 1, tzinfo=timezone.utc))
with trail.writing(AuditRecord("sync", "Ann <a@h.org>")):
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_a_command_that_is_killed_is_recorded_by_the_next(trail: AuditTrail, folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout and child.stdout.readline().strip() == b"writing"
        with trail.writing(AuditRecord("other")):
            assert trail.read() == []  # it is alive, and its mark is left alone
        child.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    with trail.writing(AuditRecord("sync")):
        pass
    other, killed, last = trail.read()
    assert (other["action"], killed["result"], last["result"]) == ("other", "killed", "ok")
    assert killed["operator"] == "Ann <a@h.org>" and "2026-01-01T00:00:00Z" in killed["error"]
    assert sorted(path.name for path in folder.iterdir()) == ["audit-head.json", "audit.jsonl", "audit.lock"]
    assert problems(trail) == []


def test_what_a_killed_command_had_only_begun_is_swept_away(trail: AuditTrail, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("running-0.lock", ".running-1.json.x.tmp", ".audit-head.json.y.tmp"):
        (folder / name).touch()
    with trail.writing(AuditRecord("sync")):
        pass
    assert [record["result"] for record in trail.read()] == ["ok"]
    assert sorted(path.name for path in folder.iterdir()) == ["audit-head.json", "audit.jsonl", "audit.lock"]


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"action": 3, "targets": "x", "seq": "y", "prev": 1}'])
def test_a_mark_of_any_content_does_not_break_the_chain(trail: AuditTrail, folder: Path, content: bytes) -> None:
    trail.append(AuditRecord("sync"))
    (folder / "running-0.json").write_bytes(content)
    with trail.writing(AuditRecord("sync")):
        pass
    assert [record["seq"] for record in trail.read()] == [1, 2, 3]
    assert problems(trail) == []


def test_a_trail_that_others_hold_is_not_waited_for_without_end(folder: Path) -> None:
    from filelock import FileLock

    folder.mkdir(parents=True)
    trail = AuditTrail(folder, clock(), lock_seconds=0.01)
    with FileLock(folder / "audit.lock"), pytest.raises(LockTimeout, match="nothing was recorded"):
        trail.append(AuditRecord("sync"))


def test_the_head_is_signed_where_something_signs(folder: Path) -> None:
    trail = AuditTrail(folder, clock(), sign=lambda data: f"over {data.decode()}")
    assert trail.append(AuditRecord("sync"))["signed"] is True
    head = trail.head()
    assert head and head.signature == f"over {head.signed_bytes().decode()}"
    assert problems(trail) == []


def test_a_key_that_is_locked_leaves_the_head_unsigned_and_that_shows_only_after_signed_ones(folder: Path) -> None:
    locked = AuditTrail(folder, clock(), sign=lambda data: "")
    assert locked.append(AuditRecord("sync"))["signed"] is False
    assert problems(locked) == []
    AuditTrail(folder, clock(), sign=lambda data: "s").append(AuditRecord("sync"))
    assert problems(locked) == []
    locked.append(AuditRecord("sync"))
    assert "not signed, though it was before" in problems(locked)[0]


def test_a_mark_can_be_removed_twice(tmp_path: Path) -> None:
    mark = Mark(tmp_path, {})
    mark.remove()
    mark.remove()
    assert list(tmp_path.iterdir()) == []


def test_the_trail_of_a_repository_is_shared_by_its_worktrees(ledger_repo: GitRepo, tmp_path: Path) -> None:
    ledger_repo.git("worktree", "add", "-q", tmp_path / "linked")
    for root in (ledger_repo.root, tmp_path / "linked"):
        workspace = Workspace.open(os.environ, str(root))
        open_trail(workspace, clock()).append(AuditRecord("sync", operator_of(workspace)))
    records = open_trail(workspace, clock()).read()
    assert [record["operator"] for record in records] == ["a <a@example.invalid>"] * 2
    assert (ledger_repo.root / ".git/autopack-hooks/audit/audit.jsonl").exists()


def test_the_lines_are_plain_json_for_other_tools(trail: AuditTrail, folder: Path) -> None:
    trail.append(AuditRecord("sync", operator="Ännë \ud800 <a@h.org>\n"))
    (line,) = (folder / "audit.jsonl").read_text("ascii").splitlines()
    assert json.loads(line)["operator"] == "Ännë \ud800 <a@h.org>\n"
    assert trail.head() == Head(1, json.loads(line)["hash"])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root and Windows ignore permissions")
def test_who_may_only_read_may_look_and_not_write(trail: AuditTrail, folder: Path) -> None:
    trail.append(AuditRecord("sync"))
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert len(trail.read()) == 1 and problems(trail) == []
        with pytest.raises(AuditError, match="Permission denied; nothing was done"), trail.writing(AuditRecord("sync")):
            pytest.fail("the block must not be entered")
    finally:
        folder.chmod(0o755)
