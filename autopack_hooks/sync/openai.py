"""Vectors from an endpoint that is compatible with OpenAI's ``/embeddings``.

What leaves this machine is the title and the text of passages, to a host that the user has allowed. The key goes in a
header, to that host only: no redirect is followed.
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autopack_hooks.core.errors import TargetError, UsageError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.embedder import Dense, DenseEmbedder
from autopack_hooks.sync.qdrant.url import EndpointUrl

if TYPE_CHECKING:
    import httpx

_ATTEMPTS = 5
_FIRST_PAUSE = 0.2
_PATIENCE = 60.0
"""Seconds that one request may take."""

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_LARGEST = 64_000_000
"""Bytes of an answer."""


class OpenAIEmbedder:
    """A model of an endpoint."""

    batch = 64

    def __init__(
        self,
        url: EndpointUrl,
        model: str,
        dimensions: int | None = None,
        key: str | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Name the endpoint; nothing is asked yet.

        Args:
            url: Its URL.
            model: The name of the model.
            dimensions: How many numbers a vector has; None for as many as come.
            key: The user's key.
            sleep: Waits between two attempts.

        Raises:
            UsageError: The key would be sent unencrypted, or cannot be sent at all.
        """
        self._url = url
        self._model = model
        self._dimensions = dimensions
        self._key = (key or "").strip()
        self._sleep = sleep
        self.name = f"openai-1/{dimensions or ''}/{'_'.join(model.split())}"
        if not (self._key.isascii() and self._key.isprintable()):
            raise UsageError(f"{url.url}: the key holds a character that cannot be sent; set the variable again")
        if self._key and not (url.encrypted or url.loopback):
            raise UsageError(f"{url.url}: a key is only sent over https, or to this machine; write https://")

    def older(self, name: str) -> DenseEmbedder | None:
        """Return the embedder of another model at the same endpoint (see ``DenseEmbedder.older``)."""
        kind, dimensions, model = (*name.split("/", 2), "", "")[:3]
        if kind != "openai-1" or not model:
            return None
        size = int(dimensions) if dimensions.isascii() and dimensions.isdigit() else None
        return OpenAIEmbedder(self._url, model, size, self._key, sleep=self._sleep)

    def embed(self, texts: Sequence[str], deadline: Deadline) -> list[Dense]:
        """Return the vector of each text (see ``DenseEmbedder.embed``)."""
        body: dict[str, Any] = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        if self._dimensions:
            body["dimensions"] = self._dimensions
        return self._vectors(self._post(body, deadline), len(texts))

    def _post(self, body: dict[str, Any], deadline: Deadline) -> Any:
        try:
            import httpx
        except ImportError as error:
            raise TargetError("an embedding endpoint needs httpx: pip install 'autopack-hooks[sync]'") from error
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        pause = _FIRST_PAUSE
        # Unencrypted requests to this machine ignore the proxies of the environment.
        with httpx.Client(headers=headers, trust_env=not self._url.loopback, follow_redirects=False) as client:
            for attempt in range(1, _ATTEMPTS + 1):
                deadline.check(f"asking {self._url.url} for vectors")
                wait, reason = pause, ""
                try:
                    status, retry_after, answer = _ask(client, f"{self._url.url}/embeddings", body, deadline)
                except httpx.HTTPError as error:
                    reason = f"cannot be reached ({type(error).__name__}: {self._shown(str(error))})"
                else:
                    if status == 200:
                        return answer
                    said = self._shown(_message(answer))
                    reason = f"answered {status}{said and f': {said}'}"
                    wait = max(pause, retry_after) if retry_after is not None else pause
                    if status not in _AGAIN:
                        raise self._fault(f"{reason}; {_remedy(status)}")
                if attempt == _ATTEMPTS or wait >= deadline.remaining():
                    deadline.check(f"asking {self._url.url} for vectors: it {reason}")
                    break
                self._sleep(wait)
                pause *= 2
        raise self._fault(f"{reason}; check that it runs, try again later")

    def _vectors(self, answer: Any, count: int) -> list[Dense]:
        rows = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or len(rows) != count:
            raise self._fault(f"did not answer with {count} embeddings; check that url ends in /v1")
        found: dict[int, Dense] = {}
        for place, row in enumerate(rows):
            index = row.get("index", place) if isinstance(row, dict) else None
            vector = _floats(row.get("embedding")) if isinstance(row, dict) else None
            if vector is None or type(index) is not int:
                raise self._fault("answered with something that is not a vector; check the model")
            if self._dimensions and len(vector) != self._dimensions:
                raise self._fault(
                    f"answered with vectors of {len(vector)} dimensions, not {self._dimensions}; correct "
                    "sync.embedder.openai.dimensions"
                )
            found[index] = vector
        if sorted(found) != list(range(count)) or len({len(vector) for vector in found.values()}) != 1:
            raise self._fault("answered with vectors that do not belong to the texts; check the model")
        return [found[index] for index in range(count)]

    def _fault(self, text: str) -> TargetError:
        return TargetError(f"the embedding endpoint {self._url.url} {text}")

    def _shown(self, text: str) -> str:
        """Return what the other side says, for a message: without the key, and before it is cut so that no part is left."""
        return " ".join((text.replace(self._key, "***") if self._key else text).split())[:200]


def _ask(client: httpx.Client, url: str, body: dict[str, Any], deadline: Deadline) -> tuple[int, float | None, Any]:
    """Return the status, the seconds to wait, and the answer as JSON; a body that never ends counts as broken."""
    import httpx

    seconds = max(0.1, min(_PATIENCE, deadline.remaining()))
    data = bytearray()
    with client.stream("POST", url, json=body, timeout=seconds) as response:
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > _LARGEST:
                raise httpx.ReadError("the answer is too large")
            # The time-out of a socket bounds one read only.
            deadline.check(f"reading from {url}")
    return response.status_code, _seconds(response.headers.get("retry-after")), _json(bytes(data))


def _json(data: bytes) -> Any:
    import json

    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _seconds(text: str | None) -> float | None:
    """Return the seconds of a Retry-After; None for a date, or none."""
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None


def _floats(value: Any) -> Dense | None:
    """Return a vector, given as numbers or as the base64 of 32-bit ones; None for anything else."""
    if isinstance(value, str):
        try:
            data = base64.b64decode(value, validate=True)
            value = list(struct.unpack(f"<{len(data) // 4}f", data))
        except (binascii.Error, struct.error, ValueError):
            return None
    if not isinstance(value, list) or not value:
        return None
    if not all(type(number) in (int, float) and math.isfinite(number) for number in value):
        return None
    return [float(number) for number in value]


def _message(answer: Any) -> str:
    """Return the message of an error in OpenAI's form; "" for anything else."""
    error = answer.get("error") if isinstance(answer, dict) else None
    text = error.get("message") if isinstance(error, dict) else error
    return text if isinstance(text, str) else ""


def _remedy(status: int) -> str:
    if status in (401, 403):
        return "check the key in the variable of api_key_env"
    return "check url, which ends in /v1, and model" if status in (404, 405) else "check the model and its settings"
