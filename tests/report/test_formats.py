"""Each format of findings, on plain and on hostile ones."""

from __future__ import annotations

import json
import re

import pytest

from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.report import FORMATS, render

PLAIN = Finding(
    "docs/A.md", 3, 7, "LED020", "BUILD-9 is no entry", Severity.WARNING, 3, 14, False, "build_history", None
)
HOSTILE = Finding("docs/a b,%:\n#ü\udcff.md", 1, 1, "LED004", "100% \r\n::error::x\x1b[31m \u202e <b> \ud800 é")
FOUND = [PLAIN, HOSTILE]


@pytest.mark.parametrize(("form", "text"), [("text", ""), ("json", "[]\n"), ("github", "")])
def test_nothing_found(form: str, text: str) -> None:
    assert render([], form) == text


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_can_be_written_as_utf8_and_ends_with_a_newline(form: str) -> None:
    text = render(FOUND, form)
    assert text.endswith("\n")
    text.encode("utf-8", "backslashreplace")


def test_text_is_one_line_a_finding_and_cannot_steer_a_terminal() -> None:
    first, second = render(FOUND, "text").split("\n")[:-1]
    assert first == "docs/A.md:3:7: LED020 [warning] BUILD-9 is no entry"
    assert second.isprintable()
    assert "LED004 100% \\x0d\\x0a::error::x\\x1b[31m" in second


def test_json_is_the_contract() -> None:
    assert json.loads(render([PLAIN], "json")) == [PLAIN.to_json()]
    assert len(json.loads(render(FOUND, "json"))) == 2


def test_github_commands_are_escaped() -> None:
    first, second = render(FOUND, "github").split("\n")[:-1]
    assert first.startswith("::warning file=docs/A.md,line=3,col=7,")
    assert first.endswith("title=LED020::BUILD-9 is no entry")
    assert second.startswith(
        "::error file=docs/a b%2C%25%3A%0A#ü\\xdcff.md,line=1,col=1,title=LED004::100%25 %0D%0A::error::x"
    )


def test_sarif_has_what_the_schema_requires() -> None:
    document = json.loads(render(FOUND, "sarif"))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert run["tool"]["driver"]["name"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    for result, finding in zip(run["results"], FOUND, strict=True):
        assert result["ruleId"] in rules
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", place["artifactLocation"]["uri"])
        assert place["region"]["startLine"] == finding.line
        assert place["region"]["startColumn"] >= 1
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"]["endColumn"] == 14
    assert json.loads(render([], "sarif"))["runs"][0]["results"] == []


def test_sarif_counts_columns_as_it_says() -> None:
    """Columns are counted in characters here; SARIF's default are UTF-16 units."""
    assert json.loads(render([], "sarif"))["runs"][0]["columnKind"] == "unicodeCodePoints"
