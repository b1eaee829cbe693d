"""The configuration: ``.autopack-hooks.yaml`` as a frozen Config.

Each option is declared once, as a dataclass field with its default, its check and its documentation; the
commented file that ``init`` writes and the table in the README come from the same declarations. An unknown key
is an error that names the file, the key and the nearest known one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from autopack_hooks.config.embedder import LEXICAL, OnnxConfig, OpenAIConfig, an_embedder
from autopack_hooks.config.lock_names import NAMES, WORD_RULE, is_word
from autopack_hooks.config.options import (  # fmt: skip
    InvalidValue,
    a_count,
    a_flag,
    a_list,
    a_map,
    a_number,
    a_path,
    a_positive,
    a_text,
    checked,
    mapping,
    one_of,
    option,
    optional,
    rows_of,
    section,
)
from autopack_hooks.core.errors import ConfigError
from autopack_hooks.core.globs import is_pattern
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS, FILES, Dialect

CONFIG_NAME = ".autopack-hooks.yaml"
MODES = ("auto", "docs-only", "db-only", "qdrant-only", "full")
SEVERITIES = ("error", "warning", "info")


@checked(type="string", pattern=r"^[A-Z]{3}[0-9]{0,3}$")
def _code(value: Any, key: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{3}[0-9]{0,3}", value):
        raise InvalidValue(f"{key} must be a code such as LED007, or a prefix such as LED: {value!r}")
    return value


@checked(type=["string", "integer"], minimum=0, pattern=r"^([0-9]+|[0-9]{1,3}(\.[0-9]+)?%)$")
def _deletes(value: Any, key: str) -> str:
    text = str(value) if isinstance(value, str | int) else ""
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]+|[0-9]{1,3}(\.[0-9]+)?%", text):
        raise InvalidValue(f"{key} must be a whole number or a percentage such as 10%, not {value!r}")
    return text


_severities = a_map(_code, one_of(*SEVERITIES), f"codes to {', '.join(SEVERITIES)}")


@checked(type="string", pattern="^[a-z][a-z0-9_-]{0,63}$", not_={"enum": list(NAMES)})
def _lock_name(value: Any, key: str) -> str:
    if not isinstance(value, str) or not is_word(value):
        raise InvalidValue(f"{key} must be the name of a lock, {WORD_RULE}: {value!r}")
    if value in NAMES:
        raise InvalidValue(f"{key} must be a name of your own: {value} is built in")
    return value


@dataclass(frozen=True)
class LedgerConfig:
    """One ledger: where it is and which dialect it is written in."""

    path: str = option(a_path, "", "the ledger's file, or a pattern of its files such as docs/adr/*.md")
    dialect: str = option(a_text, "build-history", "how it is written: " + ", ".join(DIALECTS))
    index: str | None = option(optional(a_path), None, "another file that lists the entries, such as docs/adr/INDEX.md")
    statuses_also: tuple[str, ...] = option(
        a_list(a_text), (), "words that a status may start with, beside those of the dialect"
    )

    def __post_init__(self) -> None:
        if self.index and (self.index == self.path or is_pattern(self.index)):
            raise InvalidValue("index must be one file, and another one than path")


@dataclass(frozen=True)
class CheckConfig:
    """``check:`` what is checked and how much it matters."""

    select: tuple[str, ...] = option(
        a_list(_code), ("LED", "CFG", "RUL"), "codes or prefixes of codes that are checked"
    )
    ignore: tuple[str, ...] = option(a_list(_code), (), "codes or prefixes that are left out")
    severity: Mapping[str, str] = option(_severities, {}, "code -> error, warning or info")
    baseline: str = option(
        a_path, ".autopack-hooks-baseline.json", "the file of known findings that --write-baseline makes"
    )
    allow_removal: bool = option(a_flag, False, "whether a commit may remove or renumber an entry")


@dataclass(frozen=True)
class LinksConfig:
    """``links:`` which documents are checked for links."""

    nav: tuple[str, ...] | None = option(
        optional(a_list(a_path)),
        None,
        "documents that must have no broken link; default: README.md, docs/INDEX.md and the ledgers that exist",
    )
    include: tuple[str, ...] = option(a_list(a_text), ("**/*.md",), "what a deep scan reads (gitignore-style patterns)")
    exclude: tuple[str, ...] = option(a_list(a_text), (), "what a deep scan leaves out")
    policy: str = option(a_path, "config/doc_link_check_ignore.yaml", "the policy file, if it exists")
    fail_on: tuple[str, ...] = option(a_list(a_text), (), "categories of links that fail a deep scan")
    warn_on: tuple[str, ...] = option(a_list(a_text), (), "categories that a deep scan warns of")
    report_only: tuple[str, ...] = option(a_list(a_text), (), "categories that a deep scan reports as information")
    allow_missing_anchors: bool = option(a_flag, False, "whether a link to a heading that is not there may pass")
    runtime_endpoints: tuple[Mapping[str, str], ...] = option(
        rows_of("pattern", "reason"), (), "{pattern, reason}: targets that exist at run time"
    )
    historical_refs: tuple[Mapping[str, str], ...] = option(
        rows_of("pattern", "reason"), (), "{pattern, reason}: targets that are history"
    )
    external_deps: tuple[Mapping[str, str], ...] = option(
        rows_of("pattern", "reason"), (), "{pattern, reason}: targets of other places"
    )
    pattern_ignores: tuple[Mapping[str, str], ...] = option(
        rows_of("pattern", "reason"), (), "{pattern, reason}: targets that are not checked"
    )
    ignore_patterns: tuple[Mapping[str, str], ...] = option(
        rows_of("file", "target", "reason"), (), "{file, target, reason}: broken links that are known"
    )
    history: int = option(a_count, 5000, "the number of commits that are searched for renames")
    max_fixes: int = option(a_count, 200, "more fixes than this at once need an approval")


@checked(type="string", pattern=r"\S")
def _glob_of_ids(value: Any, key: str) -> str:
    text = " ".join(a_text(value, key).split())
    if len(text) > 200 or not text.isprintable():
        raise InvalidValue(f"{key} must be an id, or a pattern of ids and the words before them: {value!r}")
    return text


@dataclass(frozen=True)
class ReferencesConfig:
    """``references:`` which ids in the text are not entries of these ledgers."""

    external: tuple[str, ...] = option(
        a_list(_glob_of_ids),
        (),
        "ids of other repositories: patterns of an id and the words before it, such as meta-llm ADR-*",
    )


@dataclass(frozen=True)
class QdrantConfig:
    """``sync.qdrant:`` an embedded store (path) or a server (url)."""

    path: str | None = option(optional(a_text), None, "folder of the embedded store")
    url: str | None = option(optional(a_text), None, "URL of a server")
    replication: int = option(
        a_number(1, 99), 1, "how many nodes of a cluster hold each point; counts when the collection is made"
    )
    api_key_env: str = option(
        a_text,
        "QDRANT_API_KEY",
        "environment variable with the server's API key: QDRANT_*, or one that the user allows",
    )

    def __post_init__(self) -> None:
        if self.path and self.url:
            raise InvalidValue("give either path (embedded) or url (a server), not both")


@dataclass(frozen=True)
class ApprovalsConfig:
    """``sync.approvals:`` what an approval must have."""

    require_signature: bool = option(a_flag, False, "whether an approval must be signed with a known SSH key")
    allowed_signers: str | None = option(
        optional(a_path), None, "OpenSSH's file of known keys; default: git's gpg.ssh.allowedSignersFile"
    )


@dataclass(frozen=True)
class SyncConfig:
    """``sync:`` what is derived from the ledgers, and where it goes."""

    mode: str = option(
        one_of(*MODES),
        "auto",
        "what the hook and `sync --execute` do; auto: full when Qdrant is configured, else db-only",
    )
    database_url: str = option(
        a_text, "sqlite:///autopack.db", "SQLAlchemy URL; SQLite paths are relative to the repository"
    )
    qdrant: QdrantConfig = QdrantConfig()
    collection: str = option(a_text, "autopack_sot_docs", "the Qdrant collection")
    embedder: str | OpenAIConfig | OnnxConfig = option(  # noqa: RUF009  # a field, as the others are
        an_embedder,
        LEXICAL,
        "how passages become vectors: lexical, {openai: {url, model, …}} or {onnx: {path, sha256}}",
    )
    branches: tuple[str, ...] | None = option(
        optional(a_list(a_text)),
        None,
        "branches that may write to a shared target; default: the remote's default branch",
    )
    shared: bool = option(a_flag, False, "whether the target is shared by several clones (servers always are)")
    background: bool = option(
        a_flag, False, "whether work with a server may go on in the background once a hook has waited a second for it"
    )
    max_seconds: float = option(a_positive, 120.0, "the time in seconds that one sync may take")
    max_deletes: str = option(
        _deletes,
        "10%",
        "more deletions than this are refused (a number, or a percentage of what is stored; never below 5)",
    )
    approvals: ApprovalsConfig = ApprovalsConfig()


@checked(enum=["auto", "off", False])
def _claiming(value: Any, key: str) -> str:
    if value is False:  # YAML takes the word off for false
        return "off"
    return str(one_of("auto", "off")(value, key))


@dataclass(frozen=True)
class IdsConfig:
    """``ids:`` how new entries get ids that nobody else takes."""

    claim: str = option(
        _claiming, "auto", "auto: `new` reserves its id at the remote `origin`, where there is one; off"
    )


@dataclass(frozen=True)
class LocksConfig:
    """``locks:`` by which the tools of the workspace exclude each other."""

    names: tuple[str, ...] = option(a_list(_lock_name), (), f"more locks, beside {', '.join(NAMES)}")
    ttl: float = option(a_positive, 1800.0, "in how many seconds a holder under `lock run` must show that it is alive")
    grace: float = option(a_positive, 120.0, "after how many more seconds it counts as stalled")
    allow_network_fs: bool = option(a_flag, False, "whether locks may be kept on a network file system")


@dataclass(frozen=True)
class LearnConfig:
    """``learn:`` what is learned from incidents."""

    record: bool = option(a_flag, True, "whether findings that fail, and errors of a sync, are kept as incidents")
    replay: int = option(
        a_number(0, 100_000), 200, "the number of commits that a rule is tried on before it is approved"
    )
    stale_days: int = option(
        a_number(1, 100_000), 180, "after how many days without an incident a rule is proposed to be retired"
    )
    max_active: int = option(a_number(0, 1000), 50, "how many learned rules act at most")


@dataclass(frozen=True)
class Config:
    """The whole configuration.

    ``ledgers`` is None where the file does not name any, ``project`` is "" where it names none: then the defaults apply.
    """

    project: str = ""
    ledgers: Mapping[str, LedgerConfig] | None = None
    dialects: Mapping[str, Dialect] = field(default_factory=lambda: DIALECTS)
    check: CheckConfig = CheckConfig()
    references: ReferencesConfig = ReferencesConfig()
    links: LinksConfig = LinksConfig()
    sync: SyncConfig = SyncConfig()
    ids: IdsConfig = IdsConfig()
    locks: LocksConfig = LocksConfig()
    learn: LearnConfig = LearnConfig()
    source: str | None = None

    def dialect_of(self, ledger: LedgerConfig) -> Dialect:
        """Return how a ledger is written, its own statuses included. A dialect that lists none allows any."""
        dialect = self.dialects[ledger.dialect]
        more = ledger.statuses_also if dialect.statuses else ()
        return replace(dialect, statuses=(*dialect.statuses, *more)) if more else dialect


SECTIONS: Mapping[str, type[Any]] = {
    "check": CheckConfig,
    "references": ReferencesConfig,
    "links": LinksConfig,
    "sync": SyncConfig,
    "ids": IdsConfig,
    "locks": LocksConfig,
    "learn": LearnConfig,
}
"""The sections whose keys are options, and nothing else."""


def parse_config(data: bytes, source: str) -> Config:
    """Read the YAML ``data`` of the file named ``source``; raises ConfigError naming file, place and remedy."""
    from autopack_hooks.config.yaml_loader import load_yaml  # 31 ms: only where there is a configuration to read

    raw = load_yaml(data, source)
    try:
        return _build(raw if raw is not None else {}, source)
    except InvalidValue as error:
        raise ConfigError(f"{source}: {error}") from error


def _build(raw: Any, source: str) -> Config:
    top = mapping(raw, "the file", ("version", "project", "ledgers", "dialects", *SECTIONS))
    if top.get("version", 1) != 1:
        raise InvalidValue(f"version {top['version']!r} is not known to this release, which reads version 1")
    ledgers = top.get("ledgers")
    dialects = {**DIALECTS, **_own_dialects(top.get("dialects"))}
    return Config(
        project=a_text(top["project"], "project") if "project" in top else "",
        ledgers=None if ledgers is None else _ledgers(ledgers, dialects),
        dialects=dialects,
        source=source,
        **{name: section(kind, top.get(name), name) for name, kind in SECTIONS.items()},
    )


def _own_dialects(raw: Any) -> dict[str, Dialect]:
    if raw is None:
        return {}
    from autopack_hooks.config.dialects import own_dialects  # few need it, and all would wait for it

    return own_dialects(raw)


def _ledgers(raw: Any, dialects: Mapping[str, Dialect]) -> dict[str, LedgerConfig]:
    if not isinstance(raw, dict):
        raise InvalidValue("ledgers must map names to {path, dialect}")
    ledgers: dict[str, LedgerConfig] = {}
    paths: dict[str, str] = {}
    for name, value in raw.items():
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,62}", name):
            raise InvalidValue(f"ledgers: {name!r} is not a name (letters, digits, _ and -)")
        path, dialect = DEFAULT_LEDGERS.get(name, ("", ""))
        known = {key: text for key, text in (("path", path), ("dialect", dialect)) if text}
        given = mapping(value, f"ledgers.{name}", tuple(option.name for option in fields(LedgerConfig)))
        for required in ("path", "dialect"):
            if required not in given and required not in known:
                raise InvalidValue(f"ledgers.{name} needs a {required}")
        ledger = _ledger({**known, **given}, f"ledgers.{name}", dialects)
        if ledger.path in paths:
            raise InvalidValue(f"ledgers.{name} and ledgers.{paths[ledger.path]} name the same file {ledger.path}")
        paths[ledger.path] = name
        ledgers[name] = ledger
    return ledgers


def _ledger(given: Mapping[str, Any], where: str, dialects: Mapping[str, Dialect]) -> LedgerConfig:
    dialect = dialects[one_of(*dialects)(given["dialect"], f"{where}.dialect")]
    ledger: LedgerConfig = section(LedgerConfig, given, where)
    # Where entries are files, a folder stands for the documents in it.
    folder = dialect.entries == FILES and not is_pattern(ledger.path) and not ledger.path.endswith(".md")
    return replace(ledger, path=f"{ledger.path}/*.md") if folder else ledger
