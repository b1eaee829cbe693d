"""URLs of Qdrant servers and embedding endpoints: the forms a user may write, parsed once and checked."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from autopack_hooks.core.errors import UsageError

DEFAULT_PORT = 6333
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_PATH = re.compile(r"[A-Za-z0-9._~%/-]*")
_FORMS = "write a URL (https://host:6333), host, or host:port"


@dataclass(frozen=True)
class ServerUrl:
    """A server: ``url`` is complete and holds no secret; ``loopback``: it is this machine."""

    url: str
    loopback: bool
    host: str

    @property
    def encrypted(self) -> bool:
        """True where nobody on the way can read what is sent."""
        return self.url.startswith("https://")


def parse_server_url(text: str) -> ServerUrl:
    """Parse a URL, ``host`` or ``host:port``; without a scheme http, without a port 6333.

    Raises UsageError, which never shows what may be a credential.
    """
    full = text.strip() if "://" in text else f"http://{text.strip()}"
    try:
        parts = urlsplit(full)
        host, port = parts.hostname or "", parts.port or DEFAULT_PORT
    except ValueError as error:
        raise UsageError(f"the Qdrant host cannot be read ({mask_server(str(error))}): {_FORMS}") from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise UsageError(
            f"the Qdrant host {host} carries credentials or options: {_FORMS}, and put the key into QDRANT_API_KEY"
        )
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or not _PATH.fullmatch(parts.path):
        raise UsageError(f"the Qdrant host {mask_server(text)!r} cannot be used: {_FORMS}")
    shown = f"[{host}]" if ":" in host else host
    return ServerUrl(f"{parts.scheme}://{shown}:{port}{parts.path.rstrip('/')}", is_loopback(host), host)


@dataclass(frozen=True)
class EndpointUrl:
    """An embedding endpoint: ``url`` is complete, without the slash at its end, and holds no secret."""

    url: str
    loopback: bool
    host: str

    @property
    def encrypted(self) -> bool:
        """True where nobody on the way can read what is sent."""
        return self.url.startswith("https://")


def parse_endpoint_url(text: str) -> EndpointUrl:
    """Parse ``sync.embedder.openai.url``. Raises UsageError, which never shows what may be a credential."""
    form = "sync.embedder.openai.url must be a URL such as https://api.openai.com/v1"
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(form) from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise UsageError(f"{form}, without credentials or options; put the key into the variable of api_key_env")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or not _PATH.fullmatch(parts.path):
        raise UsageError(f"{form}, not {mask_server(text)!r}")
    return EndpointUrl(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", is_loopback(host), host)


def mask_server(text: str) -> str:
    """Hide everything before an @."""
    return re.sub(r"[^\s/]*@", "***@", text)


def is_loopback(host: str) -> bool:
    """Return True if the name or address ``host`` is always this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
