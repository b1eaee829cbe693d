"""Database URLs: parsed once, completed and masked, as pure text.

Nothing here imports a driver, so a command that only prints where it would write stays fast. Text outside the grammar
below is refused rather than guessed at, because a password with an unescaped ``@``, ``/`` or ``?`` in it would otherwise
become part of a host name; masking such a text hides it whole.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from autopack_hooks.core.errors import UsageError

MASK = "***"
_FORMS = "give sqlite:///FILE or postgresql://USER@HOST/DATABASE"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_SECRET = re.compile(r"pass|pwd|secret|token|key|credential", re.IGNORECASE)
# What psycopg takes beside these (autocommit, context, conninfo, row_factory) is for programs, not for a URL.
_PARAMETERS = (
    "service servicefile user password passfile channel_binding connect_timeout dbname host hostaddr port client_encoding "
    "options application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count "
    "tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey sslcertmode sslpassword sslrootcert sslcrl "
    "sslcrldir sslsni requirepeer require_auth min_protocol_version max_protocol_version ssl_min_protocol_version "
    "ssl_max_protocol_version gssencmode krbsrvname gsslib gssdelegation target_session_attrs load_balance_hosts "
    "scram_client_key scram_server_key oauth_issuer oauth_client_id oauth_client_secret oauth_scope sslkeylogfile"
)
_LIBPQ = frozenset(_PARAMETERS.split())
_UNUSABLE = re.compile(r"[\x00\ud800-\udfff]")
_HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[^\[\]:/?#@,]*)(?::\d*)?"
_POSTGRES = re.compile(
    rf"(?:(?P<user>[^:/?#@]*)(?::(?P<password>[^/?#@]*))?@)?(?P<hosts>{_HOST}(?:,{_HOST})*)"
    r"(?:/(?P<database>[^/?#@]*))?(?:\?(?P<query>(?:[\w%]+=[^&#]*(?:&|$))*))?"
)


@dataclass(frozen=True)
class SqliteUrl:
    """A database file; ``masked`` is its absolute URL."""

    path: Path
    masked: str

    @property
    def hosts(self) -> Sequence[str]:
        """No host: it is a file."""
        return ()


@dataclass(frozen=True)
class PostgresUrl:
    """``options`` are libpq's connection parameters, credentials among them; ``masked`` is fit for printing."""

    options: Mapping[str, str] = field(repr=False)
    masked: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that no message may hold, the longest first."""
        return tuple(sorted({v for k, v in self.options.items() if _SECRET.search(k)}, key=len, reverse=True))

    @property
    def hosts(self) -> Sequence[str]:
        """The hosts that it leads to, wherever it names them; none for a local socket."""
        return [host for host in self._named() if host and not _is_socket(host)]

    @property
    def sockets(self) -> Sequence[str]:
        """The local sockets that it names."""
        return [host for host in self._named() if _is_socket(host)]

    @property
    def has_default_host(self) -> bool:
        """True where it leaves the host, or one of several, to libpq: PGHOST or the default socket."""
        return "" in (self.options.get("host") or self.options.get("hostaddr") or "").split(",")

    def _named(self) -> Sequence[str]:
        return ",".join(self.options.get(name, "") for name in ("host", "hostaddr")).split(",")


def _is_socket(host: str) -> bool:
    return host.startswith(("/", "@"))


DatabaseUrl = SqliteUrl | PostgresUrl


def parse_database_url(url: str, root: Path) -> DatabaseUrl:
    """Parse ``url``; a relative SQLite path is below ``root``.

    ``postgres://`` and every ``postgresql+driver://`` mean PostgreSQL. Raises UsageError, which never quotes
    more of the URL than its scheme.
    """
    scheme, rest = _scheme(url)
    kind = scheme.lower().partition("+")[0]
    if kind == "sqlite":
        return _sqlite(rest, root)
    if kind in ("postgres", "postgresql"):
        return PostgresUrl(_postgres_options(rest), masked(url))
    if not kind:
        raise UsageError(f"the database URL has no scheme: {_FORMS}")
    raise UsageError(f"{scheme}:// is not a supported database: {_FORMS}")


def masked(url: str) -> str:
    """Return ``url`` without passwords, keys and tokens, wherever they are; text that is not a URL is hidden whole."""
    scheme, rest = _scheme(url)
    if not scheme:
        return MASK
    before, question, query = rest.partition("?")
    if rest.startswith("/"):
        user, place = "", before
    elif _POSTGRES.fullmatch(rest):
        userinfo, at, place = before.rpartition("@")
        name, colon, _ = userinfo.partition(":")
        user = name + (f":{MASK}" if colon else "") + at
    else:
        return f"{scheme}://{MASK}"
    return f"{scheme}://{user}{place}{question}" + "&".join(_masked_pair(pair) for pair in query.split("&"))


def _scheme(url: str) -> tuple[str, str]:
    match = _SCHEME.fullmatch(url.strip())
    return (match[1], match[2]) if match else ("", "")


def _masked_pair(pair: str) -> str:
    key, equals, _ = pair.partition("=")
    return f"{key}={MASK}" if equals and _SECRET.search(unquote(key)) else pair


def _sqlite(rest: str, root: Path) -> SqliteUrl:
    if not rest.startswith("/"):
        raise UsageError("an SQLite URL has three slashes before a relative path, four before an absolute one")
    name, question, _ = rest[1:].partition("?")
    if question:
        raise UsageError("an SQLite URL with options after '?' is not supported: give the file alone")
    if name in ("", ":memory:"):
        raise UsageError("an SQLite database in memory would be empty in every run: give a file")
    if "\0" in name:
        raise UsageError("the SQLite URL holds a NUL character: give the name of a file")
    path = root.absolute() / name
    return SqliteUrl(path, f"sqlite:///{path.as_posix()}")


def _postgres_options(rest: str) -> dict[str, str]:
    match = _POSTGRES.fullmatch(rest)
    if not match:
        raise UsageError(
            "the database URL cannot be read: write postgresql://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE "
            "and percent-encode special characters (@ is %40, / is %2F, ? is %3F)"
        )
    hosts, ports = _hosts(match["hosts"])
    given = {
        "user": match["user"],
        "password": match["password"],
        "host": hosts,
        "port": ports,
        "dbname": match["database"],
    }
    given |= dict(pair.split("=", 1) for pair in (match["query"] or "").split("&") if pair)
    options = {unquote(name): unquote(value) for name, value in given.items() if value}
    if any(_UNUSABLE.search(value) for value in options.values()):
        raise UsageError("the database URL holds a NUL character (%00) or bytes that are not UTF-8: take them out")
    for name in options:
        if name not in _LIBPQ:
            near = difflib.get_close_matches(name, _LIBPQ, 1, 0.7)
            hint = f"did you mean {near[0]}?" if near else "see the parameter key words of libpq"
            raise UsageError(f"the database URL has a parameter that PostgreSQL does not know; {hint}")
    return options


def _hosts(text: str) -> tuple[str, str]:
    """Split ``h1:1,[::1]:2`` into libpq's ``host`` and ``port`` lists."""
    places = [re.fullmatch(r"\[?(.*?)\]?(?::(\d*))?", place) for place in re.split(r",", text)]
    hosts = [place[1] for place in places if place]
    ports = [place[2] or "" for place in places if place]
    return ",".join(hosts), ",".join(ports) if any(ports) else ""
