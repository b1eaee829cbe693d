from __future__ import annotations

import re

import pytest

from autopack_hooks.core.errors import ConfigError
from autopack_hooks.core.findings import Severity
from autopack_hooks.links.policy import Enforcement, Policy, PolicyEntry
from autopack_hooks.links.policy_file import joined, parse_overrides, parse_policy
from autopack_hooks.links.resolve import Verdict
from autopack_hooks.markdown.structure import LINK, MENTION, Link


def entry(kind: str, pattern: str, file: str = "", reason: str = "why") -> PolicyEntry:
    return PolicyEntry(kind, pattern, file, reason, "p.yaml", 1)


def classify(
    rule: PolicyEntry, target: str, category: str = "missing_file", source: str = "README.md", path: str = ""
) -> str | None:
    policy = Policy((rule,))
    link = Link(LINK, 1, 1, target, target, "")
    found = policy.classify(source, link, Verdict(category, "", path or target.lstrip("./")))
    assert (policy.stale() == []) == (found != category)
    return found


@pytest.mark.parametrize(
    ("kind", "pattern", "target", "matches"),
    [
        ("runtime_endpoints", "api/", "/api/auth", True),
        ("runtime_endpoints", "api/", "../api/auth", True),
        ("runtime_endpoints", "api/", "docs/api/gone.md", False),
        ("runtime_endpoints", "api/", "myapi/x", False),
        ("runtime_endpoints", "autonomous_runs/", ".autonomous_runs/x.json", True),
        ("runtime_endpoints", "localhost:", "localhost:8000/x", True),
        ("runtime_endpoints", "localhost:", "mylocalhost:8000/x", False),
        ("runtime_endpoints", "tidy.log", "a/tidy.log", True),
        ("runtime_endpoints", "tidy.log", "a/untidy.log", False),
        ("runtime_endpoints", "tidy.log", "a/tidy.logs", False),
        ("historical_refs", "src/backend/", "src/backend/x.py", True),
        ("historical_refs", "src/backend/", "lib/src/backend/x.py", False),
        ("historical_refs", "PROPOSED", "docs/PROPOSED_V2.md", True),
        ("historical_refs", "PROPOSED", "docs/UNPROPOSED.md", False),
        ("historical_refs", ":", "a.py:3", True),
        ("historical_refs", "autopack.", "autopack.module.Class", True),
        ("external_deps", "github.com/", "https://github.com/x", True),
        ("pattern_ignores", "*.tmp", "a/b.tmp", True),
        ("pattern_ignores", "*.tmp", "a/b.tmp#L3", True),
        ("pattern_ignores", "*.tmp", "a/b.tmpl", False),
        ("pattern_ignores", "venv/", "a/venv/x", True),
        ("pattern_ignores", "venv/", "a/myvenv/x", False),
        ("ignore_patterns", "docs/known.md", "docs/known.md", True),
        ("ignore_patterns", "docs/known.md", "docs/known.md#part", True),
        ("ignore_patterns", "docs/known.md", "other/docs/known.md", False),
        ("ignore_patterns", "docs/*.md", "./docs/a.md", True),
    ],
)
def test_patterns(kind: str, pattern: str, target: str, matches: bool) -> None:
    category = "missing_file"
    assert (classify(entry(kind, pattern), target, category) != category) == matches


def test_an_entry_may_name_a_file() -> None:
    rule = entry("ignore_patterns", "docs/known.md", "docs/*.md")
    assert classify(rule, "docs/known.md", source="docs/a.md") is None
    assert classify(rule, "docs/known.md", source="README.md") == "missing_file"
    assert classify(entry("ignore_patterns", "", "README.md"), "anything.md") is None


@pytest.mark.parametrize(
    ("file", "source", "left_out"),
    [
        ("README.md", "README.md", True),
        ("./README.md", "README.md", True),
        ("README.md", "sub/README.md", False),
        ("sub/README.md", "sub/README.md", True),
        ("sub/README.md", "a/sub/README.md", False),
        ("README*.md", "sub/README.md", True),
        ("sub", "sub/README.md", True),
        ("sub", "a/sub/README.md", False),
    ],
)
def test_a_plain_name_is_one_document(file: str, source: str, left_out: bool) -> None:
    assert (classify(entry("ignore_patterns", "docs/gone.md", file), "docs/gone.md", source=source) is None) == left_out


def test_a_plain_target_is_one_target() -> None:
    rule = entry("ignore_patterns", "gone.md", "docs/a.md")
    assert classify(rule, "gone.md", source="docs/a.md", path="docs/gone.md") is None
    assert classify(rule, "other/gone.md", source="docs/a.md", path="docs/other/gone.md") == "missing_file"


RULES = b"""
- pattern: "docs/CHANGELOG.md"
  broken_target: "docs/gone.md"
  action: ignore
  reason_filter: missing_file
  note: "merged elsewhere"
- {id: 2, pattern: "**/*.md", broken_target_glob: "src/old/**", action: ignore, reason_filter: historical_ref}
- {broken_target: "store/a.py", action: fix, fix_target: "src/store/a.py", scope: deep}
- {broken_target: "store/a.py", action: ignore}
- {broken_target: "b.md", action: create_stub, stub_target: "docs/b.md", stub_title: B}
- {broken_target: "b.md", action: ignore}
"""


@pytest.mark.parametrize(
    ("source", "target", "category", "strict", "action"),
    [
        ("docs/CHANGELOG.md", "docs/gone.md", "missing_file", False, "ignore"),
        ("docs/CHANGELOG.md", "docs/gone.md", "untracked", False, "ignore"),
        ("docs/CHANGELOG.md", "docs/gone.md#part", "missing_file", False, "ignore"),
        ("docs/CHANGELOG.md", "docs/gone.md", "missing_file", True, None),
        ("docs/CHANGELOG.md", "docs/gone.md", "wrong_base", False, None),
        ("a/docs/CHANGELOG.md", "docs/gone.md", "missing_file", False, None),
        ("README.md", "docs/gone.md", "missing_file", False, None),
        ("README.md", "src/old/a/b.py", "historical_ref", True, "ignore"),
        ("README.md", "src/old/a/b.py", "missing_file", True, None),
        ("docs/x.md", "../store/a.py", "missing_file", False, "fix"),
        ("docs/x.md", "../store/a.py", "missing_file", True, None),
        ("docs/x.md", "b.md", "missing_file", False, "create_stub"),
        ("docs/x.md", "b.md/c", "missing_file", False, None),
    ],
)
def test_overrides_of_the_older_tool(source: str, target: str, category: str, strict: bool, action: str | None) -> None:
    policy = Policy(overrides=parse_overrides("t.yaml", RULES))
    verdict = Verdict("missing_file", "", target.removeprefix("../").partition("#")[0])
    found = policy.override(source, Link(LINK, 1, 1, target, target, ""), verdict, category, strict=strict)
    assert (found and found.action) == action


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a: b", "t.yaml: must be a list of rules"),
        (b"- a", "t.yaml: rule 1 must be a mapping"),
        (b"- {pattern: a, brokentarget: b}", "unknown key 'brokentarget' in rule 1; did you mean 'broken_target'?"),
        (b"- {broken_target: a, action: ignor}", "rule 1: action 'ignor' is not known; did you mean 'ignore'?"),
        (b"- {broken_target: [a]}", "the values of rule 1 must be texts"),
    ],
)
def test_overrides_that_cannot_be_read(data: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        parse_overrides("t.yaml", data)
    assert parse_overrides("t.yaml", b"# nothing yet\n") == ()


def test_what_is_there_is_not_excused() -> None:
    assert classify(entry("historical_refs", "docs/"), "docs/x.md", "wrong_base") == "wrong_base"
    assert classify(entry("historical_refs", "a.py"), "a.py:3", "line_suffix") == "line_suffix"
    assert classify(entry("historical_refs", ":"), "a.py:3", "line_suffix") == "historical_ref"
    assert classify(entry("pattern_ignores", "docs/"), "docs/x.md", "wrong_base") is None


def test_urls_of_other_places() -> None:
    local, colon = entry("runtime_endpoints", "https://localhost"), entry("historical_refs", ":")
    deps = [entry("external_deps", pattern) for pattern in ("https://", "github.com/", "e.org/")]
    policy = Policy((local, colon, *deps))
    assert policy.external("README.md", Link(LINK, 1, 1, "https://github.com/x", "", "")) == "external_url"
    assert policy.external("README.md", Link(LINK, 1, 1, "https://localhost:80/x", "", "")) == "runtime_endpoint"
    assert [e.pattern for e in policy.stale()] == [":", "e.org/"]


@pytest.mark.parametrize(
    ("category", "form", "strict", "severity"),
    [
        ("missing_file", LINK, True, "error"),
        ("wrong_base", LINK, True, "error"),
        ("historical_ref", LINK, True, "info"),
        ("missing_anchor", LINK, True, "warning"),
        ("missing_file", LINK, False, "error"),
        ("wrong_base", LINK, False, "warning"),
        ("historical_ref", LINK, False, "warning"),
        ("runtime_endpoint", LINK, False, "info"),
        ("missing_anchor", LINK, False, "info"),
        ("missing_file", MENTION, False, "info"),
        ("elsewhere", MENTION, False, "info"),
    ],
)
def test_severity(category: str, form: str, strict: bool, severity: str) -> None:
    rules = Enforcement(("missing_file",), ("historical_ref",), ("runtime_endpoint",), True)
    assert Policy((), rules).severity(category, form, strict=strict).value == severity


def test_mentions_fail_when_the_policy_says_so() -> None:
    policy = Policy((), Enforcement(("mention",), (), (), False))
    assert policy.severity("missing_file", MENTION, strict=False) is Severity.ERROR
    assert policy.severity("missing_file", LINK, strict=False) is Severity.WARNING


OLDER = b"""\
version: 1
runtime_endpoints:
  - pattern: "api/"
    reason: at run time
historical_refs:
external_deps: []
pattern_ignores:
  - {pattern: "*.tmp"}
ignore_patterns:
  - {file: README.md, target: docs/known.md, reason: known}
allow_missing_anchors: true
ci_enforcement:
  fail_on: [missing_file]
  warn_on: [historical_ref]
  report_only: [anchor_only]
"""


def test_the_older_form() -> None:
    policy = parse_policy("p.yaml", OLDER)
    assert [(e.kind, e.name, e.reason, e.line) for e in policy.entries] == [
        ("runtime_endpoints", "api/", "at run time", 3),
        ("pattern_ignores", "*.tmp", "", 8),
        ("ignore_patterns", "README.md: docs/known.md", "known", 10),
    ]
    assert policy.enforcement == Enforcement(("missing_file",), ("historical_ref",), ("missing_anchor",), True)
    assert parse_policy("p.yaml", b"") == Policy()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("runtime_endpoints: [\n", "p.yaml:2:1: not valid YAML"),
        ("- a\n", "p.yaml: the file must be a mapping"),
        ("version: 2\n", "version 2"),
        ("runtime_endpoint: []\n", "unknown key 'runtime_endpoint' in the file; did you mean 'runtime_endpoints'?"),
        ("historical_refs: x\n", "historical_refs must be a list"),
        ("historical_refs:\n  - x\n", "p.yaml:2: an entry of historical_refs must be a mapping"),
        ("historical_refs:\n  - {patern: x}\n", "did you mean 'pattern'?"),
        ("historical_refs:\n  - {pattern: 3}\n", "must be texts"),
        ("historical_refs:\n  - {reason: x}\n", "needs a pattern"),
        ("ignore_patterns:\n  - {reason: x}\n", "needs a file"),
        ("allow_missing_anchors: 1\n", "must be true or false"),
        ("ci_enforcement: {fail: []}\n", "did you mean 'fail_on'?"),
        ("ci_enforcement: {fail_on: missing_file}\n", "fail_on must be a list"),
        ("ci_enforcement: {fail_on: [missing_files]}\n", "did you mean 'missing_file'?"),
        ("a: &a [*a]\n", "p.yaml:1:4: not valid YAML: aliases"),
        ("pattern_ignores: []\npattern_ignores: []\n", "p.yaml:2:1: not valid YAML: 'pattern_ignores' is given twice"),
        ("[" * 30_000, "not valid YAML"),
        ("a: \xff\n", "not valid YAML"),
    ],
)
def test_what_does_not_parse_is_refused_by_name(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_policy("p.yaml", text.encode("latin-1"))
    assert told in str(error.value) and str(error.value).startswith("p.yaml")


def test_two_policies_are_one() -> None:
    one = Policy((entry("historical_refs", "a"),), Enforcement(("missing_file",)))
    both = joined(one, Policy((entry("historical_refs", "b"),), Enforcement((), ("wrong_base",), (), True)))
    assert [e.pattern for e in both.entries] == ["a", "b"]
    assert both.enforcement == Enforcement(("missing_file",), ("wrong_base",), (), True)
