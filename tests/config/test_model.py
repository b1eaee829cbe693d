"""The configuration: each option's good and bad values, and what is said of a bad file."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.config.model import Config, parse_config
from autopack_hooks.core.errors import ConfigError


def parsed(text: str | bytes) -> Config:
    return parse_config(text.encode() if isinstance(text, str) else text, "c.yaml")


def option(config: Any, name: str) -> Any:
    for part in name.split("."):
        config = config[part] if isinstance(config, dict) else getattr(config, part)
    return config


@pytest.mark.parametrize(
    "text", ["", "# only a comment\n", "version: 1\n", "check:\nsync:\nlinks:\nledgers:\n", "{}", "---\n...\n"]
)
def test_nothing_said_means_the_defaults(text: str) -> None:
    assert dataclasses.replace(parsed(text), source=None) == Config()


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("project: autopack", "project", "autopack"),
        ("ledgers: {}", "ledgers", {}),
        ("check: {select: [LED, LNK001]}", "check.select", ("LED", "LNK001")),
        ("check: {select: []}", "check.select", ()),
        ("check: {ignore: [LED014]}", "check.ignore", ("LED014",)),
        ("check: {severity: {LED007: warning, LED: info}}", "check.severity", {"LED007": "warning", "LED": "info"}),
        ("check: {baseline: a/b.json}", "check.baseline", "a/b.json"),
        ("check: {allow_removal: true}", "check.allow_removal", True),
        (
            "references: {external: ['meta-llm  ADR-*', ADR-0380]}",
            "references.external",
            ("meta-llm ADR-*", "ADR-0380"),
        ),
        ("links: {nav: [A.md]}", "links.nav", ("A.md",)),
        ("links: {nav: []}", "links.nav", ()),
        ("links: {nav: null}", "links.nav", None),
        ("links: {include: ['docs/**/*.md']}", "links.include", ("docs/**/*.md",)),
        ("links: {exclude: ['archive/**']}", "links.exclude", ("archive/**",)),
        ("links: {policy: p.yaml}", "links.policy", "p.yaml"),
        ("links: {history: 0}", "links.history", 0),
        ("links: {max_fixes: 7}", "links.max_fixes", 7),
        ("sync: {mode: db-only}", "sync.mode", "db-only"),
        ("sync: {database_url: 'postgresql://h/d'}", "sync.database_url", "postgresql://h/d"),
        ("sync: {qdrant: {path: .autopack/qdrant}}", "sync.qdrant.path", ".autopack/qdrant"),
        ("sync: {qdrant: {url: 'http://h:6333', api_key_env: K}}", "sync.qdrant.api_key_env", "K"),
        ("sync: {qdrant: null}", "sync.qdrant.path", None),
        ("sync: {collection: c}", "sync.collection", "c"),
        ("sync: {embedder: lexical}", "sync.embedder", "lexical"),
        ("sync: {embedder: {openai: {url: u, model: m}}}", "sync.embedder.api_key_env", "OPENAI_API_KEY"),
        ("sync: {embedder: {openai: {url: u, model: m, dimensions: 8}}}", "sync.embedder.dimensions", 8),
        (f"sync: {{embedder: {{onnx: {{path: /m, sha256: {'ab' * 32}}}}}}}", "sync.embedder.path", "/m"),
        ("sync: {branches: [main, dev]}", "sync.branches", ("main", "dev")),
        ("sync: {shared: true}", "sync.shared", True),
        ("sync: {max_seconds: 0.5}", "sync.max_seconds", 0.5),
        ("sync: {max_seconds: 3}", "sync.max_seconds", 3.0),
        ("sync: {max_deletes: 10%}", "sync.max_deletes", "10%"),
        ("sync: {max_deletes: 7}", "sync.max_deletes", "7"),
        ("sync: {max_deletes: 2.5%}", "sync.max_deletes", "2.5%"),
        ("sync: {approvals: {require_signature: true}}", "sync.approvals.require_signature", True),
        ("sync: {approvals: {allowed_signers: keys/signers}}", "sync.approvals.allowed_signers", "keys/signers"),
        ("locks: {names: [mine, your-s_2]}", "locks.names", ("mine", "your-s_2")),
        ("locks: {ttl: 60, grace: 0.5}", "locks.grace", 0.5),
        ("locks: {allow_network_fs: true}", "locks.allow_network_fs", True),
        ("locks:", "locks.ttl", 1800.0),
        ("ledgers: {build_history: {}}", "ledgers.build_history.path", "docs/BUILD_HISTORY.md"),
        ("ledgers: {build_history: {path: X.md}}", "ledgers.build_history.dialect", "build-history"),
        ("ledgers: {a: {path: a, dialect: madr, index: a/./b.md}}", "ledgers.a.index", "a/b.md"),
        ("ledgers: {a: {path: a, dialect: madr, statuses_also: [Done]}}", "ledgers.a.statuses_also", ("Done",)),
        ("ledgers: {mine: {path: ./a//b.md, dialect: debug-log}}", "ledgers.mine.path", "a/b.md"),
    ],
)
def test_good_values(text: str, name: str, value: Any) -> None:
    assert option(parsed(text), name) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "the file must be a mapping"),
        ("word", "the file must be a mapping"),
        ("0", "the file must be a mapping"),
        ("false", "the file must be a mapping"),
        ("version: 2", "version 2 is not known"),
        ("version: '1'", "version '1' is not known"),
        ("project: 3", "project must be a non-empty text"),
        ("project: ''", "project must be a non-empty text"),
        ("project: null", "project must be a non-empty text"),
        ("ledgers: []", "ledgers must map names"),
        ("ledgers: {'a b': {path: x, dialect: debug-log}}", "'a b' is not a name"),
        ("ledgers: {1: {path: x, dialect: debug-log}}", "1 is not a name"),
        ("ledgers: {a: {path: x.md}}", "ledgers.a needs a dialect"),
        ("ledgers: {a: {dialect: debug-log}}", "ledgers.a needs a path"),
        ("ledgers: {a: {path: x.md, dialect: madr, index: [y.md]}}", "ledgers.a.index must be a non-empty text"),
        ("ledgers: {a: {path: x.md, dialect: madr, index: ../y.md}}", "ledgers.a.index must be a path inside"),
        ("ledgers: {a: {path: x.md, dialect: madr, index: ./x.md}}", "ledgers.a: index must be one file, and another"),
        ("ledgers: {a: {path: docs/adr, dialect: madr, index: '*.md'}}", "ledgers.a: index must be one file"),
        ("ledgers: {a: {path: x.md, dialect: madr, statuses_also: Done}}", "ledgers.a.statuses_also must be a list"),
        ("references: {external: ADR-*}", "references.external must be a list"),
        ("references: {external: [' ']}", "must be a non-empty text"),
        ("ledgers: {a: null}", "ledgers.a must be a mapping"),
        ("ledgers: {a: x.md}", "ledgers.a must be a mapping"),
        ("ledgers: {a: {path: x.md, dialect: nope}}", "ledgers.a.dialect must be one of build-history"),
        ("ledgers: {a: {path: x.md, dialect: [a]}}", "ledgers.a.dialect must be one of build-history"),
        ("ledgers: {a: {path: /x.md, dialect: debug-log}}", "ledgers.a.path must be a path inside"),
        ("ledgers: {a: {path: ../x.md, dialect: debug-log}}", "ledgers.a.path must be a path inside"),
        ("ledgers: {a: {path: a/../../x.md, dialect: debug-log}}", "ledgers.a.path must be a path inside"),
        ("ledgers: {a: {path: 'a\\x.md', dialect: debug-log}}", "ledgers.a.path must be a path inside"),
        ("ledgers: {a: {path: '.', dialect: debug-log}}", "ledgers.a.path must be a path inside"),
        ('ledgers: {a: {path: "a\\nb", dialect: debug-log}}', "ledgers.a.path must be a path inside"),
        ('ledgers: {a: {path: "a\\eb", dialect: debug-log}}', "ledgers.a.path must be a path inside"),
        ("ledgers: {a: {path: x, dialect: debug-log}, b: {path: ./x, dialect: debug-log}}", "name the same file x"),
        ("ledgers: {a: {path: x, dialect: debug-log, format: y}}", "unknown key 'format' in ledgers.a"),
        ("check: []", "check must be a mapping of select"),
        ("check: {select: LED}", "check.select must be a list"),
        ("check: {select: [led]}", r"check.select\[0\] must be a code"),
        ("check: {select: [LED1234]}", r"check.select\[0\] must be a code"),
        ("check: {select: [7]}", r"check.select\[0\] must be a code"),
        ("check: {ignore: [LED, null]}", r"check.ignore\[1\] must be a code"),
        ("check: {severity: [LED007]}", "check.severity must map codes"),
        ("check: {severity: {LED007: fatal}}", "check.severity.LED007 must be one of error, warning, info"),
        ("check: {severity: {x: info}}", "check.severity.x must be a code"),
        ("check: {severity: {LED007: [error]}}", "check.severity.LED007 must be one of"),
        ("check: {baseline: ''}", "check.baseline must be a non-empty text"),
        ("check: {allow_removal: 'yes'}", "check.allow_removal must be true or false"),
        ("check: {allow_removal: 1}", "check.allow_removal must be true or false"),
        ("links: {nav: README.md}", "links.nav must be a list"),
        ("links: {nav: [/README.md]}", r"links.nav\[0\] must be a path inside"),
        ("links: {include: [3]}", r"links.include\[0\] must be a non-empty text"),
        ("links: {history: -1}", "links.history must be a whole number"),
        ("links: {history: 1.5}", "links.history must be a whole number"),
        ("links: {max_fixes: true}", "links.max_fixes must be a whole number"),
        ("sync: {mode: everything}", "sync.mode must be one of auto"),
        ("sync: {database_url: 5}", "sync.database_url must be a non-empty text"),
        ("sync: {qdrant: here}", "sync.qdrant must be a mapping of path"),
        ("sync: {qdrant: {path: a, url: b}}", "sync.qdrant: give either path"),
        ("sync: {max_seconds: 0}", "sync.max_seconds must be a number above 0"),
        ("sync: {max_seconds: .nan}", "sync.max_seconds must be a number above 0"),
        ("sync: {max_seconds: .inf}", "sync.max_seconds must be a number above 0"),
        ("sync: {max_seconds: true}", "sync.max_seconds must be a number above 0"),
        ("sync: {max_seconds: '5'}", "sync.max_seconds must be a number above 0"),
        ("sync: {max_deletes: -1}", "sync.max_deletes must be a whole number or a percentage"),
        ("sync: {max_deletes: 1.5}", "sync.max_deletes must be a whole number or a percentage"),
        ("sync: {max_deletes: ten}", "sync.max_deletes must be a whole number or a percentage"),
        ("sync: {max_deletes: [1]}", "sync.max_deletes must be a whole number or a percentage"),
        ("sync: {shared: no way}", "sync.shared must be true or false"),
        ("sync: {approvals: true}", "sync.approvals must be a mapping of require_signature"),
        ("sync: {approvals: {require_signature: 1}}", "sync.approvals.require_signature must be true or false"),
        ("sync: {approvals: {allowed_signers: /etc/signers}}", "sync.approvals.allowed_signers must be a path inside"),
        ("locks: {names: mine}", "locks.names must be a list"),
        ("locks: {names: [../x]}", r"locks.names\[0\] must be the name of a lock"),
        ("locks: {names: [Mine]}", r"locks.names\[0\] must be the name of a lock"),
        ("locks: {names: [con]}", r"locks.names\[0\] must be the name of a lock"),
        ("locks: {names: [1]}", r"locks.names\[0\] must be the name of a lock"),
        ("locks: {names: [docs]}", r"locks.names\[0\] must be a name of your own: docs is built in"),
        ("locks: {ttl: 0}", "locks.ttl must be a number above 0"),
        ("locks: {ttl: 30m}", "locks.ttl must be a number above 0"),
        ("locks: {grace: -1}", "locks.grace must be a number above 0"),
        ("locks: {allow_network_fs: 'no'}", "locks.allow_network_fs must be true or false"),
        ("sync: {embedder: magic}", "sync.embedder must be one of lexical"),
        ("sync: {embedder: {}}", "sync.embedder must be one of lexical, openai, onnx"),
        ("sync: {embedder: {cohere: {}}}", "unknown key 'cohere' in sync.embedder"),
        ("sync: {embedder: {openai: {model: m}}}", "sync.embedder.openai: url and model are needed"),
        ("sync: {embedder: {openai: {url: u, model: m, key: k}}}", "unknown key 'key' in sync.embedder.openai"),
        ("sync: {embedder: {openai: {url: u, model: m, dimensions: 0}}}", r"openai\.dimensions must be a whole number"),
        ("sync: {embedder: {onnx: {path: p}}}", "sync.embedder.onnx: path and sha256 are needed"),
        ("sync: {embedder: {onnx: {path: p, sha256: abc}}}", "sync.embedder.onnx.sha256 must be a SHA-256"),
    ],
)
def test_bad_values_name_the_file_and_the_key(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"^c.yaml: .*{reason}") as caught:
        parsed(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chek: {}", "unknown key 'chek'; did you mean 'check'?"),
        ("check: {selct: []}", "unknown key 'selct' in check; did you mean 'select'?"),
        ("sync: {qdrant: {pat: x}}", "unknown key 'pat' in sync.qdrant; did you mean 'path'?"),
        ("zzz: 1", "unknown key 'zzz'; known: version, project"),
        ("3: 1", "unknown key 3; known: version"),
        ("null: 1", "unknown key None; known: version"),
    ],
)
def test_an_unknown_key_names_file_key_and_near_miss(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"c.yaml: {said}")):
        parsed(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("check:\n  select: [LED\nsync: {}\n", "c.yaml:3:"),
        ("a: b: c\n", "c.yaml:1:5:"),
        ("check:\n\tselect: []\n", "c.yaml:2:1:"),
        ("x: *nowhere\n", "c.yaml:1:4:"),
        ("x: !!python/object:os.system 1\n", "c.yaml:1:4:"),
        ("? [a]\n: 1\n", "c.yaml:1:3:"),
        ("x: 2026-99-99\n", "c.yaml:"),
    ],
)
def test_bad_yaml_names_its_line(text: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(text)
    assert str(caught.value).startswith(place)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["check", "sync"])
def test_a_key_given_twice_is_told(key: str) -> None:
    with pytest.raises(ConfigError, match=f"c.yaml:2:1: .*'{key}' is given twice"):
        parsed(f"{key}: {{}}\n{key}: {{}}\n")


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfea",
        b"a: \x00",
        b"\x80",
        b"[" * 100_000,
        b"{a: " * 50_000,
        b"- " * 50_000,
        b"a: &a [*a]",
        b"check: &c {select: *c}",
        b"ledgers: &l {a: *l}",
        b"check: &c\n  severity: *c\n",
        b"--- a\n--- b\n",
        b"%YAML 9.9\n---\na",
        b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        b"ledgers: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n",
    ],
)
def test_a_hostile_file_is_one_line(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^c\.yaml") as caught:
        parsed(data)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@given(st.binary(max_size=60) | st.text(st.sampled_from("ab:-[]{}*&!#|>'\"\n ,?%@\t1.~"), max_size=40).map(str.encode))
def test_any_bytes_are_a_configuration_or_a_config_error(data: bytes) -> None:
    try:
        parsed(data)
    except ConfigError as error:
        assert str(error).startswith("c.yaml")


def options(kind: type[Any]) -> list[dataclasses.Field[Any]]:
    found = []
    for field in dataclasses.fields(kind):
        found += options(type(field.default)) if dataclasses.is_dataclass(field.default) else [field]
    return found


@pytest.mark.parametrize("section", ["check", "links", "sync", "locks"])
def test_each_option_has_a_doc_and_a_default_that_its_own_check_accepts(section: str) -> None:
    for field in options(type(getattr(Config(), section))):
        assert field.metadata["doc"]
        default = field.default if field.default is not dataclasses.MISSING else {}
        raw = list(default) if isinstance(default, tuple) else default
        assert field.metadata["check"](raw, field.name) == default


@pytest.mark.parametrize(("dialect", "expected"), [("madr", "superseded Done"), ("architecture-decisions", "")])
def test_more_statuses_are_those_of_the_dialect_and_more(dialect: str, expected: str) -> None:
    config = parsed(f"ledgers: {{a: {{path: a.md, dialect: {dialect}, statuses_also: [Done]}}}}")
    assert config.ledgers
    assert " ".join(config.dialect_of(config.ledgers["a"]).statuses[-2:]) == expected
