"""The JSON Schema of ``.autopack-hooks.yaml``, made from the declarations of its options, for editors."""

from __future__ import annotations

import json
from typing import Any

from autopack_hooks.config.dialects import DialectConfig
from autopack_hooks.config.model import SECTIONS, LedgerConfig
from autopack_hooks.config.options import a_text, section_schema
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS

_NAME = {"pattern": "^[A-Za-z][A-Za-z0-9_-]{0,62}$"}


def config_schema() -> dict[str, Any]:
    """Return the schema as a value (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "autopack-hooks",
        "description": "What autopack-hooks checks, and what it derives from the ledgers (.autopack-hooks.yaml).",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            "version": {"description": "the version of this file's form", "const": 1},
            "project": {
                "description": "what the entries are filed under; default: the name of the folder",
                **a_text.schema,
            },
            "ledgers": _ledgers(),
            "dialects": _dialects(),
            **{name: section_schema(kind) for name, kind in SECTIONS.items()},
        },
    }


def schema_file() -> str:
    """Return the schema as text."""
    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def _ledgers() -> dict[str, Any]:
    options = section_schema(LedgerConfig)["properties"]
    path = {key: value for key, value in options["path"].items() if key != "default"}
    dialect = {
        "description": options["dialect"]["description"],
        # A dialect of `dialects:` is as good; the built-in ones are what an editor can propose.
        "anyOf": [{"enum": list(DIALECTS)}, {"type": "string", **_NAME}],
    }
    properties = {**options, "path": path, "dialect": dialect}
    ledger = {"type": "object", "additionalProperties": False, "properties": properties}
    return {
        "description": "the ledgers by name; default: those that exist of "
        + ", ".join(path for path, _ in DEFAULT_LEDGERS.values()),
        "type": ["object", "null"],
        "propertyNames": _NAME,
        "properties": dict.fromkeys(DEFAULT_LEDGERS, ledger),
        "additionalProperties": {**ledger, "required": ["path", "dialect"]},
    }


def _dialects() -> dict[str, Any]:
    dialect = section_schema(DialectConfig)
    return {
        "description": "dialects of your own by name, for ledgers that are written in another way",
        "type": ["object", "null"],
        "propertyNames": {**_NAME, "not": {"enum": list(DIALECTS)}},
        "additionalProperties": dialect,
    }
