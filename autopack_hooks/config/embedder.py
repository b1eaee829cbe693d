"""``sync.embedder``: how passages become vectors, beside the words that are always there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from autopack_hooks.config.options import (
    InvalidValue,
    a_number,
    a_text,
    checked,
    mapping,
    option,
    optional,
    section,
    section_schema,
)

LEXICAL = "lexical"


@checked(type="string", pattern="^[0-9a-f]{64}$")
def _digest(value: Any, key: str) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise InvalidValue(f"{key} must be a SHA-256: 64 digits in lower case, in quotes if they are all numbers")
    return value


@dataclass(frozen=True)
class OpenAIConfig:
    """``openai:`` an endpoint that is compatible with OpenAI's."""

    url: str = option(a_text, "", "its URL, which ends in /v1")
    model: str = option(a_text, "", "the name of the model")
    api_key_env: str = option(
        a_text, "OPENAI_API_KEY", "environment variable with the key: OPENAI_*, QDRANT_*, or one that the user allows"
    )
    dimensions: int | None = option(optional(a_number(1, 65536)), None, "how many numbers a vector has")

    def __post_init__(self) -> None:
        if not (self.url and self.model):
            raise InvalidValue("url and model are needed")


@dataclass(frozen=True)
class OnnxConfig:
    """``onnx:`` a model on this disk."""

    path: str = option(a_text, "", "the folder of the model: model.onnx and tokenizer.json")
    sha256: str = option(_digest, "", "the SHA-256 of its files (docs/search.md says of which)")

    def __post_init__(self) -> None:
        if not (self.path and self.sha256):
            raise InvalidValue("path and sha256 are needed")


EmbedderConfig = str | OpenAIConfig | OnnxConfig

_KINDS: dict[str, type[Any]] = {"openai": OpenAIConfig, "onnx": OnnxConfig}
_REQUIRED = {"openai": ["url", "model"], "onnx": ["path", "sha256"]}
_PROPERTIES = {
    name: {**section_schema(kind), "type": "object", "required": _REQUIRED[name]} for name, kind in _KINDS.items()
}


@checked(
    anyOf=[
        {"enum": [LEXICAL]},
        {
            "type": "object",
            "properties": _PROPERTIES,
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ]
)
def an_embedder(value: Any, key: str) -> EmbedderConfig:
    """Check for an embedder: ``lexical``, or one kind with its settings."""
    if value == LEXICAL:
        return LEXICAL
    if not isinstance(value, dict):
        raise InvalidValue(f"{key} must be one of {LEXICAL}, {{openai: …}}, {{onnx: …}}, not {value!r}")
    given = mapping(value, key, tuple(_KINDS))
    if len(given) != 1:
        raise InvalidValue(f"{key} must be one of {LEXICAL}, {', '.join(_KINDS)}")
    ((kind, settings),) = given.items()
    made: EmbedderConfig = section(_KINDS[kind], settings, f"{key}.{kind}")
    return made
