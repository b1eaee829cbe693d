from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.sync.plan import Plan, make_plan

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
