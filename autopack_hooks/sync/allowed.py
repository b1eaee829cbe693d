"""Permissions: the repository's configuration reaches no server and no secret that the user has not allowed.

The command line, the environment and git's configuration are the user's word; a `git pull` brings the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from autopack_hooks.core.errors import TargetError
from autopack_hooks.core.git import Repo
from autopack_hooks.sync.database.url import DatabaseUrl, PostgresUrl
from autopack_hooks.sync.qdrant.url import EndpointUrl, ServerUrl, is_loopback

ALLOW_HOST, ALLOW_HOSTS = "autopack-hooks.allowHost", "AUTOPACK_HOOKS_ALLOW_HOSTS"
ALLOW_ENV = "autopack-hooks.allowEnv"
LOCAL_SOCKET = "localhost"
"""The name by which PostgreSQL's default socket is allowed."""

_KEY_NAME = re.compile(r"QDRANT_[A-Z0-9_]+")
_EMBEDDER_KEY_NAME = re.compile(r"(QDRANT|OPENAI)_[A-Z0-9_]+")
_HARMLESS = (
    "user password host port dbname application_name connect_timeout keepalives keepalives_idle keepalives_interval "
    "keepalives_count tcp_user_timeout sslmode sslrootcert target_session_attrs load_balance_hosts"
)
_PARAMETERS = frozenset(_HARMLESS.split())
_VALUES = {"sslmode": ("require", "verify-ca", "verify-full"), "sslrootcert": ("system",)}

Allowed = Callable[[], Collection[str]]
"""Returns what the user allows; called only where it is needed, for it asks git."""


def allowed_hosts(repo: Repo | None, environ: Mapping[str, str]) -> list[str]:
    """Return the hosts that the user allows, in the environment or git's configuration, never the repository's."""
    named = re.split(r"[\s,]+", environ.get(ALLOW_HOSTS, ""))
    return [name for name in named if name] + (repo.own_settings(ALLOW_HOST) if repo else [])


def allowed_variables(repo: Repo | None) -> list[str]:
    """Return the environment variables that the user lets ``api_key_env`` name, beside ``QDRANT_*``."""
    return repo.own_settings(ALLOW_ENV) if repo else []


def check_database(url: DatabaseUrl, environ: Mapping[str, str], allowed: Allowed) -> None:
    """Refuse a database of the repository's that the user has not allowed.

    A loopback address needs permission where a password of the user's would be sent, a socket always: there the server
    knows the user without any password.

    Args:
        url: ``sync.database_url``.
        environ: The environment, where the user's own connection settings are.
        allowed: Returns the hosts that the user allows.

    Raises:
        TargetError: A host is not allowed, or a parameter is for the user alone.
    """
    if not isinstance(url, PostgresUrl):
        return
    secret = "password" not in url.options and _has_password(environ)
    asked = [host for host in url.hosts if secret or not is_loopback(host)]
    if url.has_default_host and not any(environ.get(name) for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE")):
        asked.append(LOCAL_SOCKET)
    _check_hosts("sync.database_url", [*asked, *url.sockets], allowed)
    for name, value in url.options.items():
        if name not in _PARAMETERS or (name in _VALUES and not _is_strong(name, value, environ)):
            raise TargetError(
                f"sync.database_url of the repository sets {name}, which only you may set to this value: give the URL "
                "by --database-url or DATABASE_URL"
            )


def _is_strong(name: str, value: str, environ: Mapping[str, str]) -> bool:
    """Return True for a value that does not weaken what the user's environment asks for."""
    return value in _VALUES[name] and environ.get(f"PG{name.upper()}", value) == value


def check_server(server: ServerUrl, key: str | None, allowed: Allowed) -> None:
    """Refuse a Qdrant server of the repository's that the user has not allowed. Raises TargetError."""
    if key or not server.loopback:
        _check_hosts("sync.qdrant.url", [server.host], allowed)


def check_key_name(name: str, allowed: Allowed) -> None:
    """Refuse a variable whose value no commit may send to a Qdrant server. Raises TargetError."""
    _check_name(
        "sync.qdrant.api_key_env", name, "QDRANT_* only", allowed() if not _KEY_NAME.fullmatch(name) else [name]
    )


def check_endpoint(url: EndpointUrl, key_name: str, key: str | None, hosts: Allowed, variables: Allowed) -> None:
    """Refuse an embedding endpoint of the repository's, or a variable of its key, that the user has not allowed.

    Args:
        url: The endpoint.
        key_name: The variable that holds the key.
        key: Its value.
        hosts: Returns the hosts that the user allows.
        variables: Returns the variables that the user allows.

    Raises:
        TargetError: The variable or the host is not allowed.
    """
    option = "sync.embedder.openai"
    known = [key_name] if _EMBEDDER_KEY_NAME.fullmatch(key_name) else variables()
    _check_name(f"{option}.api_key_env", key_name, "OPENAI_* and QDRANT_* only", known)
    if key or not url.loopback:
        _check_hosts(f"{option}.url", [url.host], hosts)


def _check_name(option: str, name: str, free: str, known: Collection[str]) -> None:
    if name not in known:
        raise TargetError(
            f"{option} of the repository names the variable {name}: it may name {free}, unless you allow it: run "
            f"`git config --global --add {ALLOW_ENV} {name}`"
        )


def _check_hosts(option: str, hosts: Collection[str], allowed: Allowed) -> None:
    known = {name.lower() for name in allowed()} if hosts else set()
    for host in hosts:
        if host.lower() not in known:
            raise TargetError(
                f"{option} of the repository names the host {host}, which you have not allowed: run `git config --global "
                f"--add {ALLOW_HOST} {host}`, or set {ALLOW_HOSTS}={host}"
            )


def _has_password(environ: Mapping[str, str]) -> bool:
    """Return True where libpq would find a password of the user's."""
    if any(environ.get(name) for name in ("PGPASSWORD", "PGPASSFILE", "PGSERVICE")):
        return True
    home, roaming = environ.get("HOME"), environ.get("APPDATA")
    return bool(
        (home and Path(home, ".pgpass").exists()) or (roaming and Path(roaming, "postgresql/pgpass.conf").exists())
    )
