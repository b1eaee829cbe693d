"""Plans as values, and in files: one digest, whoever computes it, and no edited plan goes through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.errors import FatalError, Refused, UsageError
from autopack_hooks.sync.plan import FIX_LINKS, SYNC, Plan, digest_of, load_plan, make_plan, with_digest

A, B, C = ("l", "X-1"), ("l", "X-2"), ("m", "X-1")


@pytest.mark.parametrize(
    ("stored", "wanted", "kept", "plan"),
    [
        ({}, {}, (), Plan()),
        ({}, {B: "b", A: "a"}, (), Plan(insert=(A, B))),
        ({A: "a"}, {A: "a"}, (), Plan(unchanged=1)),
        ({A: "a"}, {A: "b"}, (), Plan(update=(A,))),
        ({A: ""}, {A: "a"}, (), Plan(update=(A,))),
        ({A: "a", C: "c"}, {C: "c"}, (), Plan(delete=(A,), unchanged=1)),
        ({A: "a", C: "c"}, {}, ("l",), Plan(delete=(C,))),
        ({A: "a"}, {A: "b"}, ("l",), Plan(update=(A,))),
    ],
)
def test_make_plan(stored, wanted, kept, plan):
    assert make_plan(stored, wanted, kept) == plan


def test_an_empty_plan_is_false_and_any_other_is_true():
    assert not Plan(unchanged=3)
    assert Plan(insert=(A,)) and Plan(update=(A,)) and Plan(delete=(A,))


keys = st.tuples(st.sampled_from("lm"), st.text("12", min_size=1, max_size=2))
states = st.dictionaries(keys, st.sampled_from("abc"), max_size=8)


@given(states, states)
def test_a_plan_done_makes_the_next_one_empty(stored, wanted):
    plan = make_plan(stored, wanted)
    after = {key: value for key, value in stored.items() if key not in plan.delete}
    after |= {key: wanted[key] for key in (*plan.insert, *plan.update)}
    assert after == wanted
    assert not make_plan(after, wanted)
    assert not set(plan.insert) & set(stored) and set(plan.update) <= set(stored)


BODY: dict[str, Any] = {"version": 1, "commit": None, "targets": {"database": {"url": "u", "delete": ["a/B-1"]}}}
FIXES: dict[str, Any] = {"generated_at": "x", "broken_links": [{"fix_type": "manual_review"}]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON))
def test_a_digest_is_of_the_content_alone(body: dict[str, Any]) -> None:
    document = with_digest(body)
    assert next(iter(document)) == "digest"
    assert digest_of(document) == digest_of(body) == digest_of(json.loads(json.dumps(document, indent=2)))
    assert digest_of(dict(reversed(document.items()))) == digest_of(body)
    assert digest_of({**body, "more": 1}) != digest_of({**body, "more": 2})


@pytest.mark.parametrize(
    ("document", "kind"), [(with_digest(BODY), SYNC), (with_digest(FIXES), FIX_LINKS), (FIXES, FIX_LINKS)]
)
def test_a_plan_is_read(tmp_path: Path, document: dict[str, Any], kind: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document, indent=2))
    plan = load_plan(path)
    assert (plan.kind, plan.digest) == (kind, digest_of(document))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (None, UsageError),
        (b"", UsageError),
        (b"\xff", UsageError),
        (b"[" * 100_000, UsageError),
        (b"[]", UsageError),
        (b"{}", UsageError),
        (b'{"targets": []}', UsageError),
        (b'{"targets": {}, "x": NaN}', UsageError),
        (json.dumps(BODY).encode(), Refused),
        (json.dumps({**with_digest(BODY), "commit": "c0ffee"}).encode(), Refused),
        (json.dumps({**with_digest(BODY), "digest": 7}).encode(), Refused),
        (json.dumps({**with_digest(FIXES), "generated_at": "y"}).encode(), Refused),
    ],
)
def test_what_is_no_plan_is_one_line(tmp_path: Path, data: bytes | None, error: type[FatalError]) -> None:
    path = tmp_path / "plan.json"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(error) as caught:
        load_plan(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
