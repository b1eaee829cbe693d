"""Editing JSON in place: the value is what it should be, and what was not edited keeps its bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.install.json_edit import append, delete

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=3)
INDENTS = st.sampled_from([None, 0, 1, 2, 4, "\t"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{"a": 1}', '{"a": 1,\n  "k": [\n    2\n  ]}'),
        ('{\n\t"a": {}\n}\n', '{\n\t"a": {},\n\t"k": [\n\t\t2\n\t]\n}\n'),
        ("{}\n", '{\n  "k": [\n    2\n  ]\n}\n'),
        ("\ufeff { } ", '\ufeff {\n  "k": [\n    2\n  ]\n} '),
        ('{\r\n    "a": "x, }"\r\n}', '{\r\n    "a": "x, }",\r\n    "k": [\r\n        2\r\n    ]\r\n}'),
    ],
)
def test_append(old: str, new: str) -> None:
    assert append(old, [], "k", [2]) == new


@pytest.mark.parametrize(
    ("old", "path", "new"),
    [
        ('{"a": [1, 2 , 3], "b": 2}', ["a", 0], '{"a": [2 , 3], "b": 2}'),
        ('{"a": [1, 2 , 3], "b": 2}', ["a", 1], '{"a": [1 , 3], "b": 2}'),
        ('{"a": [1, 2 , 3], "b": 2}', ["a", 2], '{"a": [1, 2], "b": 2}'),
        ('{"a": [1, 2 , 3], "b": 2}', ["a"], '{"b": 2}'),
        ('{\n  "a\\"]": 1,\n  "b": 2\n}', ["b"], '{\n  "a\\"]": 1\n}'),
        ('{"a": 1, "a": [ 2 ]}', ["a", 0], '{"a": 1, "a": []}'),
    ],
)
def test_delete(old: str, path: list[str | int], new: str) -> None:
    assert delete(old, path) == new


@given(OBJECTS, INDENTS, VALUES)
def test_what_is_appended_is_there_and_can_be_deleted(known: dict[str, Any], indent: Any, value: Any) -> None:
    known.pop("new", None)
    text = json.dumps(known, indent=indent)
    longer = append(text, [], "new", value)
    assert json.loads(longer) == {**known, "new": value}
    assert delete(longer, ["new"]) == text


@given(st.lists(VALUES, max_size=4), INDENTS, VALUES)
def test_items(items: list[Any], indent: Any, value: Any) -> None:
    text = json.dumps({"x": items}, indent=indent)
    longer = append(text, ["x"], None, value)
    assert json.loads(longer) == {"x": [*items, value]}
    assert delete(longer, ["x", len(items)]) == text
