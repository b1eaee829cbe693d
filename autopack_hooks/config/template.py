"""The commented ``.autopack-hooks.yaml``: every option with its default and its documentation, from their declarations.

Prose is ``# text``; an option that could be set is ``#key: value`` without a space, so that removing the ``#`` is
enough. The sections themselves are not commented out: an empty one means its defaults.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from autopack_hooks.config.dialects import DialectConfig
from autopack_hooks.config.model import (
    CheckConfig,
    IdsConfig,
    LedgerConfig,
    LinksConfig,
    LocksConfig,
    ReferencesConfig,
    SyncConfig,
)
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS

QDRANT_PATH = ".autopack/qdrant"
_PLAIN = re.compile(r"[A-Za-z.][A-Za-z0-9_./-]*|[0-9.]+%|[a-z]+:///?[A-Za-z0-9_.@/~-]+")
_NOT_TEXT = {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "."}


def settings_file(project: str, ledgers: Mapping[str, LedgerConfig] | None = None) -> str:
    """Return the text of the configuration that ``init`` writes: all defaults, and the embedded Qdrant store.

    Args:
        project: the name of the project.
        ledgers: those that were found, by name.
    """
    found = ledgers or {}
    paths = {ledger.path for ledger in found.values()}
    default = {name: place for name, place in DEFAULT_LEDGERS.items() if name not in found and place[0] not in paths}
    lines = [
        "# autopack-hooks: what is checked, and what is derived from the ledgers.",
        "# Every key is optional. Those that are commented out show their default; remove the # to change one.",
        "version: 1",
        "",
        "# What the entries are filed under in the database and in Qdrant. By default the last part of the URL of origin in",
        "# lower case, else the name of the folder; written down, it stays what it is when the remote or the folder is renamed.",
        f"project: {scalar(project)}",
        "",
        "# The ledgers. By default those of build_history, architecture and debug_log that exist; {} means none.",
        "ledgers:",
        *(ledger_line(name, ledger) for name, ledger in found.items()),
        *(ledger_line(f"#{name}", LedgerConfig(*place)) for name, place in default.items()),
    ]
    for name, kind in (("check", CheckConfig), ("references", ReferencesConfig), ("links", LinksConfig)):
        lines += ["", f"# {_first_line(kind)}", f"{name}:", *_options(kind, "  ", {})]
    lines += ["", f"# {_first_line(SyncConfig)}", "sync:", *_options(SyncConfig, "  ", {"path": QDRANT_PATH})]
    lines += ["", f"# {_first_line(IdsConfig)}", "ids:", *_options(IdsConfig, "  ", {})]
    lines += ["", f"# {_first_line(LocksConfig)}", "locks:", *_options(LocksConfig, "  ", {})]
    return "\n".join(lines) + "\n"


def ledger_line(name: str, ledger: LedgerConfig) -> str:
    """Return the line of one ledger below ``ledgers:``; it is commented out where its name begins with ``#``."""
    also = f", statuses_also: {scalar(ledger.statuses_also)}" if ledger.statuses_also else ""
    return f"  {name}: {{path: {scalar(ledger.path)}, dialect: {scalar(ledger.dialect)}{also}}}"


def _first_line(kind: type[Any]) -> str:
    """Return the summary of a section's docstring without its leading name: "what is checked …"."""
    text = (kind.__doc__ or "").strip().split("\n")[0].partition("`` ")[2]
    return text[:1].upper() + text[1:]


def _options(kind: type[Any], indent: str, given: Mapping[str, str]) -> Iterator[str]:
    for option in dataclasses.fields(kind):
        if dataclasses.is_dataclass(option.default):
            nested = type(option.default)
            yield f"{indent}# {_first_line(nested)}"
            yield f"{indent}{option.name}:"
            yield from _options(nested, indent + "  ", given)
        elif option.name in given:
            yield f"{indent}# {option.metadata['doc']}"
            yield f"{indent}{option.name}: {scalar(given[option.name])}"
        else:
            yield f"{indent}# {option.metadata['doc']}"
            yield f"{indent}#{option.name}: {scalar(_default(option))}"


def options_table() -> str:
    """Return every option as a Markdown table, for the README."""
    rows = [
        ("project", "the last part of origin's URL, else the folder's name", "what the entries are filed under"),
        (
            "ledgers",
            "those of the three that exist",
            "name -> `{path, dialect, index, statuses_also}`; `{}` means none",
        ),
        ("dialects", "none", "dialects of your own, as [docs/ledgers.md](docs/ledgers.md) describes them"),
    ]
    for name, kind in (
        ("check", CheckConfig),
        ("references", ReferencesConfig),
        ("links", LinksConfig),
        ("sync", SyncConfig),
        ("ids", IdsConfig),
        ("locks", LocksConfig),
    ):
        rows += _table_rows(kind, name)
    return "| key | default | what it is |\n|---|---|---|\n" + "".join(
        f"| `{key}` | {default} | {doc.replace('|', chr(92) + '|')} |\n" for key, default, doc in rows
    )


def keys_table() -> str:
    """Return every key of a dialect of one's own as a Markdown table, for the docs."""
    rows = (f"| `{f.name}` | {f.metadata['doc']} |\n" for f in dataclasses.fields(DialectConfig))
    return "| key | what it is |\n|---|---|\n" + "".join(rows)


def _table_rows(kind: type[Any], prefix: str) -> Iterator[tuple[str, str, str]]:
    for option in dataclasses.fields(kind):
        key = f"{prefix}.{option.name}"
        if dataclasses.is_dataclass(option.default):
            yield from _table_rows(type(option.default), key)
        else:
            default = _default(option)
            yield key, "" if default is None else f"`{scalar(default)}`", option.metadata["doc"]


def _default(option: dataclasses.Field[Any]) -> Any:
    return option.default if option.default_factory is dataclasses.MISSING else option.default_factory()


def scalar(value: Any) -> str:
    """Return a value as YAML on one line: plain where that reads as the same text, else as JSON, which YAML reads too."""
    if isinstance(value, tuple | list):
        return "[" + ", ".join(scalar(item) for item in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
