"""Codes: what is emitted is documented, what is documented is emitted, and the page is up to date."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.manual import page, rules_page
from autopack_hooks.checks.rules import CODES
from autopack_hooks.core.findings import Severity
from tests.checks.helpers import findings

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "autopack_hooks").rglob("*.py"))
NAME = re.compile(r"(?:LED|LNK|CFG|RUL)\d{3}")


def emitted(source: Path) -> set[str]:
    """Return the codes that a module uses, beyond declaring them."""
    tree = ast.parse(source.read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Code"]
    declared = {id(call.args[0]) for call in calls}
    lists = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CODES"
    ]
    declared |= {id(name) for listed in lists for name in ast.walk(listed)}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in declared:
            found |= {node.value} if NAME.fullmatch(node.value) else set()
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in declared:
            found |= {node.id} if NAME.fullmatch(node.id) else set()
    return found


def test_what_is_emitted_is_documented_and_the_other_way_round() -> None:
    found = {code for path in SOURCES for code in emitted(path)}
    assert found - set(CODES) == set(), "emitted, and not declared in autopack_hooks/checks/rules"
    assert set(CODES) - found == set(), "declared, and nothing emits it"


def test_codes_are_in_order_and_stand_once() -> None:
    for family in ("LED", "LNK", "CFG", "RUL"):
        numbers = [code for code in CODES if code.startswith(family)]
        assert numbers == sorted(numbers)


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
def test_a_page_says_what_why_and_what_to_do(code: Code) -> None:
    text = page(code)
    assert text.startswith(f"## {code.code}: {code.title}\n\nSeverity: {code.severity.value}.")
    assert text.endswith("\n") and "\n\n\n" not in text
    assert code.why and (code.remedy or code.fix != "no" or code.severity is Severity.INFO)
    assert code.fix in ("no", "safe", "stubs", "unsafe")


# The examples of the codes after LED024 are several files; tests of their own modules cover those.
EXAMPLES = [code for code in CODES.values() if code.bad and code.code <= "LED024" and code.code.startswith("LED")]


@pytest.mark.parametrize("code", EXAMPLES, ids=lambda code: code.code)
def test_the_bad_example_is_reported_and_the_good_one_is_not(code: Code) -> None:
    name, head = (
        "build_history",
        "## INDEX\n\n| Timestamp | BUILD-ID | Phase | Summary | Files Changed |\n|---|---|---|---|---|\n",
    )
    if "DBG-" in code.bad or "Severity" in code.bad:
        name, head = "debug_log", "### DBG-1 | 2026-01-01 | T\n\n"
    elif code.code == "LED017":
        head = "<!-- META\n"
    elif code.code == "LED023":
        name, head = "architecture", ""
    elif not code.bad.startswith("|"):
        head = ""
    end = "\n-->\n" if "META" in head else "\n"
    assert code.code in {f.code for f in findings(head + code.bad + end, name)}
    assert not code.good or code.code not in {f.code for f in findings(head + code.good + end, name)}


def test_the_page_of_rules_is_up_to_date() -> None:
    assert (ROOT / "docs/rules.md").read_text("utf-8") == rules_page(), (
        "run `python3 dev.py docs` and commit docs/rules.md"
    )


def test_the_table_links_to_every_page() -> None:
    from autopack_hooks.markdown.reader import read

    text = rules_page()
    titles = [heading.text for heading in read(text).headings]
    assert titles[1:] == [f"{code.code}: {code.title}" for code in CODES.values()]
    anchors = re.findall(r"\]\(#([^)]+)\)", text.split("## ")[0])
    assert anchors == [re.sub(r"[^\w\s-]", "", title.lower()).replace(" ", "-") for title in titles[1:]]
