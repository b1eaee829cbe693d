"""One cause is one finding; what only resembles it is left."""

from __future__ import annotations

import pytest

from autopack_hooks.checks.causes import root_causes
from autopack_hooks.core.findings import Finding


def found(*specs: str) -> list[Finding]:
    """Findings from `path:line CODE [id]`."""
    made = []
    for spec in specs:
        place, code, *entry = spec.split()
        path, _, line = place.partition(":")
        entry_id = entry[0] if entry else None
        made.append(Finding(path, int(line), 1, code, f"{entry_id} is odd", entry_id=entry_id, ledger="l"))
    return made


def shown(findings: list[Finding]) -> list[str]:
    return [f"{f.path}:{f.line} {f.code}" for f in root_causes(findings)]


@pytest.mark.parametrize(
    ("specs", "left"),
    [
        (["a:1 LED002", "a:3 LED004 B-1", "a:9 CFG002"], ["a:1 LED002"]),
        (["a:1 LED002", "b:3 LED004 B-1"], ["a:1 LED002", "b:3 LED004"]),
        (["a:3 LED009", "a:3 LED011", "a:3 LED013 B-1"], ["a:3 LED009"]),
        (["a:3 LED009", "a:4 LED011"], ["a:3 LED009", "a:4 LED011"]),
        (["a:3 LED005 B-1", "a:9 LED004 B-1"], ["a:9 LED004"]),
        (["a:3 LED005 B-2", "a:9 LED004 B-1"], ["a:3 LED005", "a:9 LED004"]),
        (["a:3 LED016", "a:9 LED008 B-1"], ["a:9 LED008"]),
        (["a:3 LED016", "b:9 LED008 B-1"], ["a:3 LED016", "b:9 LED008"]),
        (["a:3 LED016", "a:9 LED007 B-1"], ["a:3 LED016", "a:9 LED007"]),
        (["a:3 LED010 B-1", "a:4 LED010 B-2", "a:5 LED010 B-3"], ["a:3 LED010"]),
        (["a:3 LED010 B-1", "a:5 LED010 B-2"], ["a:3 LED010", "a:5 LED010"]),
        (["a:1 LED021 B-1", "a:1 LED021 B-2"], ["a:1 LED021"]),
        (["a:1 LED021 B-1", "b:1 LED021 B-2"], ["a:1 LED021", "b:1 LED021"]),
        ([], []),
    ],
)
def test_what_only_follows_is_left_out(specs: list[str], left: list[str]) -> None:
    assert shown(found(*specs)) == left


def test_the_first_of_a_run_names_the_others() -> None:
    (one,) = root_causes(found(*(f"a:1 LED021 B-{n}" for n in range(1, 7))))
    assert one.message == "B-1 is odd (also B-2, B-3, B-4 and 2 more)"


def test_a_run_is_fixable_where_all_of_it_is() -> None:
    first, second = found("a:3 LED010 B-1", "a:4 LED010 B-2")
    assert not root_causes([first._replace(fixable=True), second])[0].fixable
