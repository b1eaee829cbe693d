"""One way of writing a value as bytes, so that a hash of it means the same everywhere."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """Return ``value`` as JSON: keys sorted, no spaces, ASCII only. Raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()


def fingerprint(value: Any) -> str:
    """Return the SHA-256 over ``canonical(value)``, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()
