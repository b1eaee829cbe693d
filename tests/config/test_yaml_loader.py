"""The one loader of YAML: what it gives, and that no file crashes it or loses a value in silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.config.yaml_loader import load_document, load_yaml
from autopack_hooks.core.errors import ConfigError

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (new, new, b",".join([b"*%c" % old] * 10))
    for old, new in zip(b"abcdefg", b"bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", None),
        (b"# a comment\n", None),
        (b"---\n...\n", None),
        (b"a: 1\nb: [x, 'y']\n", {"a": 1, "b": ["x", "y"]}),
        (b"\xef\xbb\xbfa: 1\n", {"a": 1}),
        (b"a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("a: é\n".encode("utf-16"), {"a": "é"}),
        (b"[" * 20 + b"]" * 20, [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]),
        (b"a: {x: 1}\nb: {x: 2}\n", {"a": {"x": 1}, "b": {"x": 2}}),
        (b"- x\n- x\n", ["x", "x"]),
    ],
)
def test_values(data: bytes, value: object) -> None:
    assert load_yaml(data, "f.yaml") == value


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[" * 30, "f.yaml:1:21: not valid YAML: nested too deeply"),
        (b"[" * 30_000, "f.yaml:1:"),
        (b"{a: " * 30_000, "f.yaml:1:81: not valid YAML: nested too deeply"),
        (b"- " * 30_000, "f.yaml:1:41: not valid YAML: nested too deeply"),
        (b"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: not valid YAML: 'a' is given twice"),
        (b"x:\n  - {k: 1, 'k': 2}\n", "f.yaml:2:12: not valid YAML: 'k' is given twice"),
        (b"? [{k: 1, k: 2}]\n: 1\n", "f.yaml:1:11: not valid YAML: 'k' is given twice"),
        (b"a: [1\n", "f.yaml:2:1: not valid YAML: "),
        (b"a: *b\n", "f.yaml:1:4: not valid YAML: "),
        (b"a: &b 1\nc: *b\n", "f.yaml:2:4: not valid YAML: aliases are not read here"),
        (b"x: !!python/object:os.system 1\n", "f.yaml:1:4: not valid YAML: "),
        (b"a: 1\nx: 2026-99-99\n", "f.yaml:2:4: not valid YAML: "),
        (b"a: " + b"9" * 5000, "f.yaml:1:4: not valid YAML: "),
        (b"a: 1\nb: \x80\n", "f.yaml:2:4: not valid YAML: "),
        (b"a: 1\nb: \x00\n", "f.yaml:2:4: not valid YAML: "),
        (b'x: !!int "_"\n', "f.yaml:1:4: not valid YAML: '_' is not a valid int"),
        (b"a: 1\nx: !!float _\n", "f.yaml:2:4: not valid YAML: '_' is not a valid float"),
        (b"x: !!bool maybe\n", "f.yaml:1:4: not valid YAML: 'maybe' is not a valid bool"),
        (b"- !!timestamp x\n", "f.yaml:1:3: not valid YAML: 'x' is not a valid timestamp"),
        (b"x: !!binary a\n", "f.yaml:1:4: not valid YAML: "),
        (b"x: !!int {a: 1}\n", "f.yaml:1:4: not valid YAML: "),
        (b"!!bool maybe: 1\n", "f.yaml:1:1: not valid YAML: 'maybe' is not a valid bool"),
        (b"<<: 1\n", "f.yaml:1:5: not valid YAML: "),
        (b"<<: [1]\n", "f.yaml:1:6: not valid YAML: "),
        (b"? {a: 1}\n: 2\n", "f.yaml:1:3: not valid YAML: "),
        (b"x: !!set [a]\n", "f.yaml:1:4: not valid YAML: "),
        (b"x: !!omap {a: 1}\n", "f.yaml:1:4: not valid YAML: "),
        (b"x: 0x" + b"f" * 5000, "f.yaml:1:4: not valid YAML: the number is too large"),
        (b"x: !!bool " + b"y" * 5000, "f.yaml:1:4: not valid YAML: 'yyy"),
        (b'a: "b\\0c"\n', "f.yaml:1:4: not valid YAML: the character U+0000 cannot be used"),
        (b'"a\\0": 1\n', "f.yaml:1:1: not valid YAML: the character U+0000 cannot be used"),
        (b'a: "\\ud800"\n', "f.yaml:1:"),
        (b'"a": 1\n"\\x61": 2\n', "f.yaml:2:1: not valid YAML: 'a' is given twice"),
        (b"--- a\n--- b\n", "f.yaml:2:1: not valid YAML: "),
    ],
)
def test_faults_name_the_file_and_the_place(data: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_yaml(data, "f.yaml")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("data", [b"a: &b [1]\nc: *b\n", b"a: &b {x: 1}\nc: {<<: *b, y: 2}\n"])
def test_aliases_where_they_are_allowed(data: bytes) -> None:
    assert "c" in load_document(data, "f.yaml", aliases=True).value


@pytest.mark.parametrize("data", [b"a: &a [*a]\n", b"a: &a {k: *a}\n", BOMB])
def test_aliases_without_end_are_refused(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^f\.yaml:\d+:\d+: .*aliases"):
        load_document(data, "f.yaml", aliases=True)


def test_lines_of_items() -> None:
    document = load_document(b"a:\n  - x\n\n  - y: 1\n    z: 2\nb: {c: 1}\nd: [1,\n  2]\n", "f.yaml")
    assert [document.item_lines(key) for key in ("a", "b", "d", "e")] == [[2, 4], [], [7, 8], []]
    assert load_document(b"- 1\n", "f.yaml").item_lines("a") == []
    assert load_document(b"", "f.yaml").item_lines("a") == []


@given(st.binary(max_size=60) | st.text(st.sampled_from("ab:-[]{}*&!#|>'\"\n ,?%@\t1.~<"), max_size=40).map(str.encode))
def test_any_bytes_are_a_value_or_a_config_error(data: bytes) -> None:
    for aliases in (False, True):
        try:
            load_document(data, "f.yaml", aliases=aliases)
        except ConfigError as error:
            assert str(error).startswith("f.yaml")
