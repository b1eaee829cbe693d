"""Where each setting comes from: a variable of the environment, the configuration, or its default."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from autopack_hooks.config.model import Config

VARIABLES = {"sync.database_url": "DATABASE_URL", "sync.qdrant.url": "QDRANT_HOST"}
"""Setting -> the variable of the environment that precedes the configuration."""

DEFAULT = "default"


class Setting(NamedTuple):
    """One setting: its dotted key, its value, and who gave that."""

    key: str
    value: Any
    source: str


def settings_of(config: Config, raw: Any, environ: Mapping[str, str]) -> Iterator[Setting]:
    """Yield every setting with its value and its source.

    Args:
        config: The configuration; its ``source`` names the file.
        raw: What the file holds, as YAML values; None without a file.
        environ: The environment.
    """
    own = raw.get("dialects") if isinstance(raw, dict) else None
    parts = {f.name: getattr(config, f.name) for f in dataclasses.fields(config) if f.name != "source"}
    for name, part in {**parts, "dialects": own or {}}.items():
        for key, value in _leaves(name, part):
            variable = VARIABLES.get(key, "")
            if environ.get(variable):
                yield Setting(key, environ[variable], f"environment variable {variable}")
            else:
                yield Setting(key, value, config.source or DEFAULT if _holds(raw, key) else DEFAULT)


def _leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the keys and values below a section; ledgers and dialects are sections by name."""
    if dataclasses.is_dataclass(value):
        inner = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    elif isinstance(value, Mapping) and key.partition(".")[0] in ("ledgers", "dialects") and key.count(".") < 2:
        inner = dict(value)
    else:
        yield key, value
        return
    for name, item in inner.items():
        yield from _leaves(f"{key}.{name}", item)


def _holds(raw: Any, key: str) -> bool:
    """Return whether the file has a value at a dotted key."""
    for name in key.split("."):
        if not isinstance(raw, Mapping) or name not in raw:
            return False
        raw = raw[name]
    return True
