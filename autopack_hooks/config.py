"""``.autopack-hooks.yaml`` -> a frozen Config.

Each option is declared once, as a dataclass field with its default, its check and its documentation; the
commented file that ``init`` writes and the table in the README come from the same declarations. An unknown key
is an error that names the file, the key and the nearest known one.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from autopack_hooks.errors import ConfigError
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS

CONFIG_NAME = ".autopack-hooks.yaml"
MODES = ("auto", "docs-only", "db-only", "qdrant-only", "full")
SEVERITIES = ("error", "warning", "info")
Check = Callable[[Any, str], Any]


class _Bad(ValueError):
    """A value of the wrong kind; the message says what was expected."""


def _option(check: Check, default: Any, doc: str) -> Any:
    """One configuration option. ``check(value, key)`` returns the clean value or raises _Bad."""
    metadata = {"check": check, "doc": doc}
    return (
        field(default_factory=dict, metadata=metadata) if default == {} else field(default=default, metadata=metadata)
    )


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Bad(f"{key} must be a non-empty text")
    return value


def _path(value: Any, key: str) -> str:
    path = PurePosixPath(_text(value, key))
    if path.is_absolute() or ".." in path.parts or "\\" in str(value):
        raise _Bad(f"{key} must be a path inside the repository, with forward slashes: {value!r}")
    return str(path)


def _flag(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise _Bad(f"{key} must be true or false")
    return value


def _positive(value: Any, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise _Bad(f"{key} must be a number above 0")
    return float(value)


def _count(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _Bad(f"{key} must be a whole number, 0 or more")
    return value


def _list(item: Check) -> Check:
    def check(value: Any, key: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Bad(f"{key} must be a list")
        return tuple(item(v, f"{key}[{i}]") for i, v in enumerate(value))

    return check


def _choice(*choices: str) -> Check:
    def check(value: Any, key: str) -> str:
        if value not in choices:
            raise _Bad(f"{key} must be one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return check


def _optional(item: Check) -> Check:
    return lambda value, key: None if value is None else item(value, key)


def _severities(value: Any, key: str) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise _Bad(f"{key} must map codes to {', '.join(SEVERITIES)}")
    one = _choice(*SEVERITIES)
    return {_code(code, f"{key}.{code}"): one(severity, f"{key}.{code}") for code, severity in value.items()}


def _code(value: Any, key: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{3}\d{0,3}", value):
        raise _Bad(f"{key} must be a code such as LED007, or a prefix such as LED: {value!r}")
    return value


def _deletes(value: Any, key: str) -> str:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"\d+|\d{1,3}(\.\d+)?%", text):
        raise _Bad(f"{key} must be a whole number or a percentage such as 10%, not {value!r}")
    return text


def _globs(value: Any, key: str) -> tuple[str, ...]:
    items: tuple[str, ...] = _list(_text)(value, key)
    return items


def _entries(*keys: str) -> Check:
    """A list of mappings of texts, as the link policy has them."""

    def check(value: Any, key: str) -> tuple[Mapping[str, str], ...]:
        rows: tuple[dict[str, Any], ...] = _list(lambda row, name: _mapping(row, name, keys))(value, key)
        for i, row in enumerate(rows):
            for name, text in row.items():
                _text(text, f"{key}[{i}].{name}")
        return rows

    return check


@dataclass(frozen=True)
class LedgerConfig:
    """One ledger: where it is and which dialect it is written in."""

    path: str = _option(_path, "", "the ledger's file")
    dialect: str = _option(_choice(*DIALECTS), "build-history", "how it is written: " + ", ".join(DIALECTS))


@dataclass(frozen=True)
class CheckConfig:
    """``check:`` what is checked and how much it matters."""

    select: tuple[str, ...] = _option(
        _list(_code), ("LED", "CFG", "RUL"), "codes or prefixes of codes that are looked for"
    )
    ignore: tuple[str, ...] = _option(_list(_code), (), "codes or prefixes that are left out")
    severity: Mapping[str, str] = _option(_severities, {}, "code -> error, warning or info")
    baseline: str = _option(
        _path, ".autopack-hooks-baseline.json", "the file of known findings that --write-baseline makes"
    )
    allow_removal: bool = _option(_flag, False, "whether a commit may remove or renumber an entry")


@dataclass(frozen=True)
class LinksConfig:
    """``links:`` which documents are looked at for links."""

    nav: tuple[str, ...] | None = _option(
        _optional(_list(_path)),
        None,
        "documents that must have no broken link; default: README.md, docs/INDEX.md and the ledgers that exist",
    )
    include: tuple[str, ...] = _option(_globs, ("**/*.md",), "what a deep scan reads (gitignore-style patterns)")
    exclude: tuple[str, ...] = _option(_globs, (), "what a deep scan leaves out")
    policy: str = _option(_path, "config/doc_link_check_ignore.yaml", "the policy file, if it exists")
    fail_on: tuple[str, ...] = _option(_globs, (), "categories of links that fail a deep scan")
    warn_on: tuple[str, ...] = _option(_globs, (), "categories that a deep scan warns of")
    report_only: tuple[str, ...] = _option(_globs, (), "categories that a deep scan tells as information")
    allow_missing_anchors: bool = _option(_flag, False, "whether a link to a heading that is not there may pass")
    runtime_endpoints: tuple[Mapping[str, str], ...] = _option(
        _entries("pattern", "reason"), (), "{pattern, reason}: targets that exist at run time"
    )
    historical_refs: tuple[Mapping[str, str], ...] = _option(
        _entries("pattern", "reason"), (), "{pattern, reason}: targets that are history"
    )
    external_deps: tuple[Mapping[str, str], ...] = _option(
        _entries("pattern", "reason"), (), "{pattern, reason}: targets of other places"
    )
    pattern_ignores: tuple[Mapping[str, str], ...] = _option(
        _entries("pattern", "reason"), (), "{pattern, reason}: targets that are not looked at"
    )
    ignore_patterns: tuple[Mapping[str, str], ...] = _option(
        _entries("file", "target", "reason"), (), "{file, target, reason}: broken links that are known"
    )
    history: int = _option(_count, 5000, "how many commits are searched for renames")
    max_fixes: int = _option(_count, 200, "more fixes than this at once need an approval")


@dataclass(frozen=True)
class QdrantConfig:
    """``sync.qdrant:`` an embedded store (path) or a server (url)."""

    path: str | None = _option(_optional(_text), None, "folder of the embedded store")
    url: str | None = _option(_optional(_text), None, "URL of a server")
    api_key_env: str = _option(_text, "QDRANT_API_KEY", "environment variable that holds the server's API key")


@dataclass(frozen=True)
class SyncConfig:
    """``sync:`` what is derived from the ledgers, and where it goes."""

    mode: str = _option(
        _choice(*MODES), "auto", "what the hook does; auto: full when Qdrant is configured, else db-only"
    )
    database_url: str = _option(
        _text, "sqlite:///autopack.db", "SQLAlchemy URL; SQLite paths are relative to the repository"
    )
    qdrant: QdrantConfig = QdrantConfig()
    collection: str = _option(_text, "autopack_sot_docs", "the Qdrant collection")
    embedder: str = _option(_choice("lexical"), "lexical", "how passages become vectors")
    branches: tuple[str, ...] | None = _option(
        _optional(_list(_text)),
        None,
        "branches that may write to a shared target; default: the remote's default branch",
    )
    shared: bool = _option(_flag, False, "whether the target is shared by several clones (servers always are)")
    max_seconds: float = _option(_positive, 120.0, "how long one sync may take")
    max_deletes: str = _option(
        _deletes, "10%", "more deletions than this are refused (a number, or % of what is stored; never below 5)"
    )


@dataclass(frozen=True)
class Config:
    """The whole configuration; ``ledgers`` is None where the file does not name any (the defaults then apply)."""

    project: str = ""
    ledgers: Mapping[str, LedgerConfig] | None = None
    check: CheckConfig = CheckConfig()
    links: LinksConfig = LinksConfig()
    sync: SyncConfig = SyncConfig()
    source: str | None = None


def parse_config(data: bytes, source: str, default_project: str) -> Config:
    """Read the YAML ``data`` of the file named ``source``; raises ConfigError naming file, place and remedy."""
    import yaml  # 31 ms: only where there is a configuration to read

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        raw = yaml.load(data, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(f"{source}{place}: not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ConfigError(f"{source}: not valid YAML: {str(error).splitlines()[0]}") from error
    try:
        return _build(raw if raw is not None else {}, source, default_project)
    except _Bad as error:
        raise ConfigError(f"{source}: {error}") from error


def default_config(default_project: str) -> Config:
    """The configuration of a repository that has no configuration file."""
    return Config(project=default_project)


def _build(raw: Any, source: str, default_project: str) -> Config:
    top = _mapping(raw, "the file", ("version", "project", "ledgers", "check", "links", "sync"))
    if top.get("version", 1) != 1:
        raise _Bad(f"version {top['version']!r} is not known to this release, which reads version 1")
    ledgers = top.get("ledgers")
    return Config(
        project=_text(top["project"], "project") if "project" in top else default_project,
        ledgers=None if ledgers is None else _ledgers(ledgers),
        check=_section(CheckConfig, top.get("check"), "check"),
        links=_section(LinksConfig, top.get("links"), "links"),
        sync=_section(SyncConfig, top.get("sync"), "sync"),
        source=source,
    )


def _ledgers(raw: Any) -> dict[str, LedgerConfig]:
    if not isinstance(raw, dict):
        raise _Bad("ledgers must map names to {path, dialect}")
    ledgers: dict[str, LedgerConfig] = {}
    paths: dict[str, str] = {}
    for name, value in raw.items():
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,62}", name):
            raise _Bad(f"ledgers: {name!r} is not a name (letters, digits, _ and -)")
        path, dialect = DEFAULT_LEDGERS.get(name, ("", ""))
        known = {key: text for key, text in (("path", path), ("dialect", dialect)) if text}
        given = _mapping(value, f"ledgers.{name}", ("path", "dialect"))
        for required in ("path", "dialect"):
            if required not in given and required not in known:
                raise _Bad(f"ledgers.{name} needs a {required}")
        ledger = _section(LedgerConfig, {**known, **given}, f"ledgers.{name}")
        if ledger.path in paths:
            raise _Bad(f"ledgers.{name} and ledgers.{paths[ledger.path]} name the same file {ledger.path}")
        paths[ledger.path] = name
        ledgers[name] = ledger
    return ledgers


def _section(kind: type[Any], raw: Any, where: str) -> Any:
    options = {f.name: f for f in dataclasses.fields(kind)}
    given = _mapping({} if raw is None else raw, where, tuple(options))
    values = {}
    for key, value in given.items():
        option = options[key]
        if dataclasses.is_dataclass(option.default):
            values[key] = _section(type(option.default), value, f"{where}.{key}")
        else:
            values[key] = option.metadata["check"](value, f"{where}.{key}")
    if kind is QdrantConfig and values.get("path") and values.get("url"):
        raise _Bad(f"{where}: give either path (embedded) or url (a server), not both")
    return kind(**values)


def _mapping(raw: Any, where: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise _Bad(f"{where} must be a mapping of {', '.join(known)}")
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            place = "" if where == "the file" else f" in {where}"
            raise _Bad(f"unknown key {key!r}{place}; {hint}")
    return raw
