"""Our block in somebody's .pre-commit-config.yaml."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.core.text import SourceText
from autopack_hooks.install.origin import Origin
from autopack_hooks.install.precommit import HOOK_TYPES, HOOKS, block, extend, has_hooks, installs_all, new_file, read

REV = Origin("https://example.com/autopack-hooks", "v1.2.3")
OURS = "\n".join("  " + line for line in block(REV)) + "\n"
FLAT = "\n".join(block(REV)) + "\n"
BLOCK_SCALAR = "repos:\n  - repo: local\n    hooks:\n      - id: a\n        entry: |\n          x\n          y\n\n"
BLACK = "  - repo: https://github.com/psf/black\n    rev: 24.1.0\n    hooks:\n      - id: black\n"


def extended(text: str) -> str | None:
    return extend(SourceText.from_text(".pre-commit-config.yaml", text), REV)


def test_a_new_file_has_our_hooks_and_installs_all_their_types() -> None:
    data = yaml.safe_load(new_file(REV))
    assert has_hooks(data)
    assert installs_all(data)
    assert [hook["id"] for hook in data["repos"][0]["hooks"]] == list(HOOKS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(f"repos:\n{BLACK}", f"repos:\n{BLACK}{OURS}", id="behind the last repo"),
        pytest.param(f"repos:\n{BLACK}\n\n", f"repos:\n{BLACK}{OURS}\n\n", id="before blank lines at the end"),
        pytest.param(f"# top\nrepos:\n{BLACK}# end\n", f"# top\nrepos:\n{BLACK}{OURS}# end\n", id="comments are kept"),
        pytest.param(
            f"repos:\n{BLACK[:-1]} # why\n", f"repos:\n{BLACK[:-1]} # why\n{OURS}", id="a comment on its line"
        ),
        pytest.param(f"repos:\n{BLACK}ci: {{}}\n", f"repos:\n{BLACK}{OURS}ci: {{}}\n", id="a key behind repos"),
        pytest.param(f"repos:\n{BLACK[:-1]}", f"repos:\n{BLACK}{OURS[:-1]}", id="no newline at the end"),
        pytest.param("repos: []\n", f"repos: \n{OURS}", id="an empty list"),
        pytest.param(
            "repos:\n- repo: local\n  hooks: [{id: a, name: a, entry: a, language: system}]\n",
            "repos:\n- repo: local\n  hooks: [{id: a, name: a, entry: a, language: system}]\n" + FLAT,
            id="a list that is not indented, ending in a flow collection",
        ),
        pytest.param(
            "repos:\n  - repo: local\n    hooks:\n      - id: a\n        entry: |\n          x\n          y\n\nfail_fast: true\n",
            "repos:\n  - repo: local\n    hooks:\n      - id: a\n        entry: |\n          x\n          y\n\n"
            + OURS
            + "fail_fast: true\n",
            id="behind a block scalar",
        ),
        pytest.param(
            f"repos:\n{BLACK}".replace("\n", "\r\n"), f"repos:\n{BLACK}{OURS}".replace("\n", "\r\n"), id="CRLF newlines"
        ),
    ],
)
def test_extended(before: str, after: str) -> None:
    assert extended(before) == after
    assert has_hooks(read(after))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "repos:\n",
        "repos: {}\n",
        "- repo: x\n",
        "nothing: here\n",
        "repos: [{repo: local, hooks: []}]\n",
        "repos:\n  - repo: [\n",
        "repos: []\n---\nrepos: []\n",
        "repos:\n\t- repo: x\n",
        "[" * 30_000,
        "repos: [a]\nrepos:\n  - repo: local\n",
        "x: &x\n  - id: a\nrepos:\n  - repo: local\n    hooks: *x\n",
    ],
)
def test_what_cannot_be_extended_safely_is_left(text: str) -> None:
    assert extended(text) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"repos": [{"repo": "https://elsewhere/fork", "hooks": [{"id": "ledger-check"}]}]}, True),
        ({"repos": [{"repo": "local", "hooks": [{"id": "x"}, {"id": "ledger-sync"}]}]}, True),
        ({"repos": [{"repo": "local", "hooks": [{"id": "my-ledger-check"}]}]}, False),
        ({"repos": []}, False),
        ({"repos": None}, False),
        ({"repos": ["x", {"hooks": "y"}, {"hooks": ["z"]}]}, False),
        (None, False),
        ([], False),
    ],
)
def test_has_hooks(data: object, expected: bool) -> None:
    assert has_hooks(data) is expected


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ([*HOOK_TYPES], True),
        ([*HOOK_TYPES, "post-checkout"], True),
        (["pre-commit"], False),
        ([*HOOK_TYPES[1:], 1, []], False),
        ("pre-commit", False),
        (None, False),
    ],
)
def test_installs_all(types: object, expected: bool) -> None:
    assert installs_all({"default_install_hook_types": types}) is expected


@given(st.text("re:pos-[]{}#&*|>\n\t 'a\"", max_size=60))
def test_any_text_is_extended_rightly_or_left(tail: str) -> None:
    text = "repos:\n  - repo: local\n    hooks:\n" + tail
    result = extended(text)
    if result is not None:
        assert read(result)["repos"][:-1] == read(text)["repos"]
        assert has_hooks(read(result))
