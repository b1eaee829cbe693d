"""What every ``Target`` promises (autopack_hooks/sync/target.py), as tests that each backend is held to.

A backend's test module makes a subclass whose name starts with Test and gives it the fixture ``target``: a target
on an empty store. Where a backend cannot be asked a question, it overrides that test and says why.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from autopack_hooks.core.errors import DeadlineExceeded, TargetError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.plan import Plan, make_plan
from autopack_hooks.sync.records import Key, Record
from autopack_hooks.sync.target import Applied, FieldDifferences, Stored, Target

MANY = 1200
"""Entries enough for several batches of any backend."""

HOSTILE = [
    "'; DROP TABLE sot_entries; --",
    'a "quoted" word, a \\ backslash, a %s and a {brace} :name $1 ?',
    "line\nbreak\r\n\ttab \x0b\x1b[31m",
    "\u2028 \ufeff \u202e \U0001f600 e\u0301 ß",
    " leading and trailing ",
    "",
]


class Stop(BaseException):
    """Stands for anything that ends a run where nobody expects it."""


def record(
    number: int | str, body: str = "", project: str = "demo", ledger: str = "build_history", **fields: Any
) -> Record:
    """An entry whose hash follows from what it says."""
    made = Record(
        project_id=project,
        file_type=ledger,
        entry_id=f"BUILD-{number}",
        title=f"Entry {number}",
        content=body or f"Body of {number}.",
        metadata={"status": "Complete"},
        created_at="2026-01-03T15:30:00+00:00",
        content_hash="",
    )
    made = replace(made, **fields)
    return replace(made, content_hash=sha256(repr(made).encode()).hexdigest())


def by_key(records: Iterable[Record]) -> dict[Key, Record]:
    return {r.key: r for r in records}


def hashes(records: Mapping[Key, Record]) -> dict[Key, str]:
    return {key: r.content_hash for key, r in records.items()}


def soon(seconds: float = 60) -> Deadline:
    """A real deadline, far enough away for any work here."""
    return Deadline(seconds, time.monotonic)


def sync(target: Target, records: Iterable[Record], commit: str | None = "c1", project: str = "demo") -> Applied:
    """One whole run: compare, plan, write."""
    wanted = by_key(records)
    with target.connect(project, soon(), write=True) as session:
        plan = make_plan(session.stored().hashes, hashes(wanted))
        return session.apply(plan, wanted, commit, soon(), lambda _: None)


def read(target: Target, project: str = "demo") -> Stored:
    with target.connect(project, soon(), write=False) as session:
        return session.stored()


def fields(target: Target, records: Iterable[Record], project: str = "demo") -> FieldDifferences:
    with target.connect(project, soon(), write=False) as session:
        session.stored()
        return session.differences(by_key(records), soon())


def counts(applied: Applied) -> tuple[int, int, int, bool]:
    return applied.inserted, applied.updated, applied.deleted, applied.complete


class TargetContract:
    """The tests; ``target`` comes from the subclass."""

    def test_what_does_not_exist_reads_as_empty(self, target: Target) -> None:
        assert read(target) == Stored({}, None)

    def test_an_empty_store_reads_as_empty_for_a_writer_too(self, target: Target) -> None:
        with target.connect("demo", soon(), write=True) as session:
            assert session.stored() == Stored({}, None)
        assert read(target) == Stored({}, None)

    def test_a_session_without_work_writes_nothing(self, target: Target) -> None:
        sync(target, [record(1)])
        before = read(target)
        with target.connect("demo", soon(), write=True) as session:
            session.stored()
        assert read(target) == before

    def test_insert_update_delete_and_unchanged_are_counted(self, target: Target) -> None:
        assert counts(sync(target, [record(n) for n in range(4)])) == (4, 0, 0, True)
        wanted = [record(0), record(1, "changed"), record(7), record(8)]
        assert counts(sync(target, wanted)) == (2, 1, 2, True)
        assert read(target).hashes == hashes(by_key(wanted))

    def test_a_second_run_has_nothing_to_do(self, target: Target) -> None:
        records = [record(n) for n in range(3)]
        sync(target, records)
        applied = sync(target, records)
        assert (counts(applied), applied.embedded) == ((0, 0, 0, True), 0)

    def test_the_commit_is_remembered(self, target: Target) -> None:
        sync(target, [record(1)], "c1")
        assert read(target).commit == "c1"
        assert counts(sync(target, [record(1)], "c2")) == (0, 0, 0, True)
        assert read(target).commit == "c2"
        sync(target, [record(1, "from the working tree")], None)
        assert read(target).commit is None

    def test_an_empty_plan_does_not_ask_for_records(self, target: Target) -> None:
        with target.connect("demo", soon(), write=True) as session:
            session.stored()
            assert counts(session.apply(Plan(), {}, "c1", soon(), lambda _: None)) == (0, 0, 0, True)

    def test_the_same_id_in_two_ledgers_is_two_entries(self, target: Target) -> None:
        records = [record(1), record(1, ledger="debug_log"), record("170.1"), record("170.10")]
        assert counts(sync(target, records)) == (4, 0, 0, True)
        assert counts(sync(target, records[1:])) == (0, 0, 1, True)
        assert read(target).hashes == hashes(by_key(records[1:]))

    def test_other_projects_are_left_alone(self, target: Target) -> None:
        sync(target, [record(1, project="other"), record(2, project="other")], "o1", "other")
        before = read(target, "other")
        sync(target, [record(1), record(3)])
        sync(target, [])
        assert read(target, "other") == before
        assert read(target).hashes == {}

    def test_a_project_takes_over_the_entries_of_another(self, target: Target) -> None:
        sync(target, [record(n, project="Old") for n in range(300)], "c1", "Old")
        sync(target, [record(1, project="other")], "o1", "other")
        sync(target, [record(0, "of its own")], None)
        with target.connect("demo", soon(), write=False) as session:
            assert {"Old", "demo", "other"} == set(session.projects())
            assert len(session.stored_of("Old").hashes) == 300 and session.stored_of("Old").commit == "c1"
        wanted = by_key([record(0, "of its own"), *(record(n) for n in range(1, 300))])
        for count in (1, 2):
            with target.connect("demo", soon(), write=True) as session:
                session.adopt("Old", "c2")
                stored = session.stored()
                assert len(stored.hashes) == 300 and (count == 2 or stored.commit == "c1")
                plan = make_plan(stored.hashes, hashes(wanted))
                assert wanted[("build_history", "BUILD-0")].key not in plan.update, "its own entry stayed"
                session.apply(plan, wanted, "c2", soon(), lambda _: None)
        assert read(target, "Old") == Stored({}) and read(target) == Stored(hashes(wanted), "c2")
        assert len(read(target, "other").hashes) == 1

    def test_progress_adds_up(self, target: Target) -> None:
        done: list[int] = []
        records = by_key(record(n) for n in range(MANY))
        with target.connect("demo", soon(), write=True) as session:
            plan = make_plan(session.stored().hashes, hashes(records))
            session.apply(plan, records, "c1", soon(), done.append)
        assert sum(done) == MANY and len(done) > 1

    def test_a_deadline_that_is_up_stops_before_the_first_batch(self, target: Target) -> None:
        records = by_key([record(1)])
        with target.connect("demo", soon(), write=True) as session:
            plan = make_plan(session.stored().hashes, hashes(records))
            applied = session.apply(plan, records, "c1", Deadline(0, lambda: 0.0), lambda _: None)
        assert counts(applied) == (0, 0, 0, False)
        assert read(target) == Stored({}, None)

    def test_the_deadline_stops_between_batches_and_the_next_run_goes_on(self, target: Target) -> None:
        records = by_key(record(n) for n in range(MANY))
        clock = [0.0]
        deadline = Deadline(60, lambda: clock[0])
        with target.connect("demo", soon(), write=True) as session:
            plan = make_plan(session.stored().hashes, hashes(records))
            applied = session.apply(plan, records, "c1", deadline, lambda _: clock.__setitem__(0, 61.0))
        assert not applied.complete and 0 < applied.inserted < MANY
        stored = read(target)
        assert (len(stored.hashes), stored.commit) == (applied.inserted, None)
        assert counts(sync(target, records.values())) == (MANY - applied.inserted, 0, 0, True)
        assert read(target) == Stored(hashes(records), "c1")

    @pytest.mark.parametrize("after", [1, 2])
    def test_ended_anywhere_every_entry_is_as_before_or_as_planned(self, target: Target, after: int) -> None:
        old = by_key(record(n) for n in range(MANY))
        new = by_key([*(record(n, "new") for n in range(MANY // 2)), record("added")])
        sync(target, old.values(), "c1")
        calls = 0

        def stop(_: int) -> None:
            nonlocal calls
            calls += 1
            if calls == after:
                raise Stop

        with pytest.raises(Stop), target.connect("demo", soon(), write=True) as session:
            session.apply(make_plan(session.stored().hashes, hashes(new)), new, "c2", soon(), stop)
        stored = read(target)
        assert all(digest in (hashes(old).get(key), hashes(new).get(key)) for key, digest in stored.hashes.items())
        assert set(new) - {("build_history", "BUILD-added")} <= set(stored.hashes)
        assert stored.commit != "c2"
        sync(target, new.values(), "c2")
        assert read(target) == Stored(hashes(new), "c2")

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_text_is_text(self, target: Target, text: str) -> None:
        sync(target, [record(9)])
        entry = record(1, title=text, content=text, metadata={"key": text, text: [text]})
        assert counts(sync(target, [entry, record(9)])) == (1, 0, 0, True)
        assert counts(sync(target, [entry, record(9)])) == (0, 0, 0, True)

    @pytest.mark.parametrize("text", [text for text in HOSTILE if text])
    def test_hostile_names_are_names(self, target: Target, text: str) -> None:
        entry = record(1, project=text, file_type=text, entry_id=text)
        assert counts(sync(target, [entry], project=text)) == (1, 0, 0, True)
        assert read(target, text).hashes == {(text, text): entry.content_hash}
        assert counts(sync(target, [], project=text)) == (0, 0, 1, True)

    @pytest.mark.parametrize(
        "fields", [{"content": "a\0b"}, {"title": "\0"}, {"metadata": {"a": ["\0"]}}, {"content": "\ud800"}]
    )
    def test_text_that_no_store_can_hold_is_refused(self, target: Target, fields: dict[str, Any]) -> None:
        sync(target, [record(1)])
        with pytest.raises(TargetError, match="BUILD-2"):
            sync(target, [record(1), record(2, **fields)], "c2")
        assert read(target) == Stored(hashes(by_key([record(1)])), "c1")

    def test_huge_content(self, target: Target) -> None:
        entry = record(1, "word " * 400_000)
        assert counts(sync(target, [entry])) == (1, 0, 0, True)
        assert counts(sync(target, [entry])) == (0, 0, 0, True)

    def test_an_entry_without_a_date(self, target: Target) -> None:
        entry = record(1, created_at=None)
        assert counts(sync(target, [entry])) == (1, 0, 0, True)
        assert counts(sync(target, [entry])) == (0, 0, 0, True)

    def test_an_untouched_store_differs_in_no_field(self, target: Target) -> None:
        assert fields(target, [record(1)]) == {}
        texts = [record(n, text, title=text, metadata={"a": [text], "b": {}}) for n, text in enumerate(HOSTILE)]
        entries = [*texts, record("long", "word " * 9000), record("undated", created_at=None), record(1, ledger="x")]
        sync(target, entries)
        assert fields(target, entries) == {}

    def test_the_fields_of_an_entry_that_changed_are_named(self, target: Target) -> None:
        sync(target, [record(1), record(2), record(3)])
        found = fields(target, [record(1), record(2, title="new"), record(4)])
        # The vector of a passage knows the title too.
        assert {key: set(names) - {"vector"} for key, names in found.items()} == {
            record(2).key: {"title", "content_hash"}
        }

    def test_an_entry_is_written_again_whatever_its_stored_hash_says(self, target: Target) -> None:
        entry = record(1)
        sync(target, [replace(record(1, "tampered"), content_hash=entry.content_hash), record(2)])
        assert list(fields(target, [entry, record(2)])) == [entry.key]
        with target.connect("demo", soon(), write=True) as session:
            session.stored()
            applied = session.apply(Plan(update=(entry.key,)), by_key([entry]), "c1", soon(), lambda _: None)
        assert counts(applied) == (0, 1, 0, True) and fields(target, [entry, record(2)]) == {}

    def test_a_deadline_ends_the_comparison(self, target: Target) -> None:
        sync(target, [record(1)])
        with pytest.raises(DeadlineExceeded), target.connect("demo", soon(), write=False) as session:
            session.stored()
            session.differences(by_key([record(1)]), Deadline(0, lambda: 0.0))

    def test_a_session_for_reading_refuses_to_write(self, target: Target) -> None:
        for _ in range(2):
            with pytest.raises(Exception, match="reading"), target.connect("demo", soon(), write=False) as session:
                session.apply(Plan(insert=(record(1).key,)), by_key([record(1)]), "c1", soon(), lambda _: None)
            sync(target, [])
        assert read(target).hashes == {}
