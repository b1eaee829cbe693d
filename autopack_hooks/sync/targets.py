"""Which targets a run has: flag before environment before configuration before default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.config.embedder import EmbedderConfig, OnnxConfig, OpenAIConfig
from autopack_hooks.config.model import SyncConfig
from autopack_hooks.core.errors import TargetError, UsageError
from autopack_hooks.core.git import Repo
from autopack_hooks.sync.allowed import Allowed, check_database, check_endpoint, check_key_name, check_server
from autopack_hooks.sync.database.url import DatabaseUrl, SqliteUrl, parse_database_url
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.embedder import LEXICAL, DenseEmbedder, HybridEmbedder
from autopack_hooks.sync.ownership import SIDECARS
from autopack_hooks.sync.placement import StorePlace
from autopack_hooks.sync.qdrant.url import ServerUrl, parse_endpoint_url, parse_server_url
from autopack_hooks.sync.target import Session, Target

if TYPE_CHECKING:
    from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant
    from autopack_hooks.sync.qdrant.server import ServerQdrant

DATABASE, QDRANT = "database", "qdrant"
MODES = {"docs-only": (), "db-only": (DATABASE,), "qdrant-only": (QDRANT,), "full": (DATABASE, QDRANT)}


@dataclass(frozen=True)
class TargetSettings:
    """Hold where the targets are.

    Attributes:
        database: The database.
        qdrant: A server, or the folder of the embedded engine; None where Qdrant is not configured.
        collection: The name of the Qdrant collection.
        api_key_env: The environment variable that holds the server's API key.
        shared: Other clones write even to what is on this disk.
        replication: How many nodes hold each point of a collection that is made on a server.
        origins: Target -> who named its place: a flag, the environment, the configuration, or nobody (the default).
        places: Target -> the place of a store on this disk.
        dense: Makes the dense embedder, where one is configured. Raises TargetError for one that may not be used.
    """

    database: DatabaseUrl
    qdrant: ServerUrl | Path | None = None
    collection: str = ""
    api_key_env: str = "QDRANT_API_KEY"
    shared: bool = False
    replication: int = 1
    origins: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, StorePlace] = field(default_factory=dict, repr=False)
    dense: Callable[[], DenseEmbedder | None] = field(default=lambda: None, repr=False)

    def mode(self, mode: str) -> str:
        """Resolve the mode ``auto``: ``full`` with a vector store, ``db-only`` without."""
        return mode if mode != "auto" else ("full" if self.qdrant else "db-only")

    def masked(self) -> dict[str, str]:
        """Return the place of each target without credentials, for printing."""
        qdrant = "not configured" if self.qdrant is None else self._qdrant_url()
        return {DATABASE: self.database.masked, QDRANT: qdrant}

    def _qdrant_url(self) -> str:
        return self.qdrant.url if isinstance(self.qdrant, ServerUrl) else f"embedded:{self.qdrant}"

    def servers(self, mode: str) -> frozenset[str]:
        """Return the names of the mode's targets that are servers."""
        remote = {
            DATABASE: not isinstance(self.database, SqliteUrl),
            QDRANT: isinstance(self.qdrant, ServerUrl),
        }
        return frozenset(name for name in MODES[mode] if remote[name])

    def shared_targets(self, mode: str) -> frozenset[str]:
        """Return the names of the mode's targets that other clones write to."""
        return frozenset(MODES[mode]) if self.shared else self.servers(mode)

    def local_stores(self, mode: str) -> list[str]:
        """Return the files and folders of the mode's targets that are on this disk."""
        stores = []
        if DATABASE in MODES[mode] and isinstance(self.database, SqliteUrl):
            stores.append(str(self.database.path))
        if QDRANT in MODES[mode] and isinstance(self.qdrant, Path):
            stores.append(str(self.qdrant / self.collection))
        return stores


def resolve_targets(
    config: SyncConfig,
    environ: Mapping[str, str],
    root: Path,
    *,
    database_url: str | None = None,
    qdrant_host: str | None = None,
    qdrant_path: str | None = None,
    allowed: Allowed = tuple,
    allowed_variables: Allowed = tuple,
    repo: Repo | None = None,
) -> TargetSettings:
    """Find out where the targets are.

    Args:
        config: The ``sync`` section of the configuration.
        environ: The environment.
        root: The folder that relative paths are below.
        database_url: ``--database-url``.
        qdrant_host: ``--qdrant-host``.
        qdrant_path: ``--qdrant-path``.
        allowed: Returns the hosts that the user lets the repository's configuration name.
        allowed_variables: Returns the environment variables that the user lets it name for the API key.
        repo: The repository, in which no store that it names may be tracked.

    Raises:
        UsageError: A URL cannot be used, or two places were given for one store.
        TargetError: The configuration names a host or a variable that is not allowed.
    """
    if qdrant_host and qdrant_path:
        raise UsageError("give either --qdrant-host (a server) or --qdrant-path (embedded), not both")
    own_database = database_url or environ.get("DATABASE_URL")
    own_host = qdrant_host or environ.get("QDRANT_HOST")
    database = parse_database_url(own_database or config.database_url, root)
    host = own_host or config.qdrant.url
    path = qdrant_path or (None if host else config.qdrant.path)
    qdrant = root / path if path else parse_server_url(host) if host else None
    key_name = config.qdrant.api_key_env
    if not own_database:
        check_database(database, environ, allowed)
    if isinstance(qdrant, ServerUrl):
        check_key_name(key_name, allowed_variables)
        if not own_host:
            check_server(qdrant, environ.get(key_name), allowed)
    origins = {
        DATABASE: _database_origin(config, database_url, own_database),
        QDRANT: _qdrant_origin(config, qdrant_host, qdrant_path, own_host),
    }
    places: dict[str, StorePlace] = {}
    if isinstance(database, SqliteUrl):
        word = "--database-url or DATABASE_URL" if own_database else "sync.database_url"
        places[DATABASE] = StorePlace(database.path, word, bool(own_database), root, repo, environ, SIDECARS)
    if isinstance(qdrant, Path):
        word = "--qdrant-path" if qdrant_path else "sync.qdrant.path"
        folder, ours = qdrant / config.collection, (".lock",)
        places[QDRANT] = StorePlace(folder, word, bool(qdrant_path), root, repo, environ, ours, folder=True)
    dense = partial(make_dense, config.embedder, environ, root, allowed, allowed_variables)
    nodes = config.qdrant.replication
    return TargetSettings(database, qdrant, config.collection, key_name, config.shared, nodes, origins, places, dense)


def make_dense(
    config: EmbedderConfig, environ: Mapping[str, str], root: Path, hosts: Allowed, variables: Allowed
) -> DenseEmbedder | None:
    """Make the dense embedder that is configured; None where words are all there is. Nothing is loaded or asked yet.

    Args:
        config: ``sync.embedder``.
        environ: The environment, for the key.
        root: The folder that a relative path is below.
        hosts: Returns the hosts that the user allows.
        variables: Returns the environment variables that the user allows.

    Raises:
        UsageError: The URL cannot be used.
        TargetError: The endpoint, or the variable of its key, is not allowed.
    """
    if isinstance(config, OpenAIConfig):
        from autopack_hooks.sync.openai import OpenAIEmbedder

        url, key = parse_endpoint_url(config.url), environ.get(config.api_key_env)
        check_endpoint(url, config.api_key_env, key, hosts, variables)
        return OpenAIEmbedder(url, config.model, config.dimensions, key)
    if isinstance(config, OnnxConfig):
        from autopack_hooks.sync.onnx import OnnxEmbedder

        return OnnxEmbedder(root / Path(config.path).expanduser(), config.sha256)
    return None


def _database_origin(config: SyncConfig, flag: str | None, own: str | None) -> str:
    key = "" if config.database_url == SyncConfig.database_url else "sync.database_url"
    return _origin(flag=flag and "--database-url", variable=own and "DATABASE_URL", key=key)


def _qdrant_origin(config: SyncConfig, host: str | None, path: str | None, own: str | None) -> str:
    flag = (host and "--qdrant-host") or (path and "--qdrant-path")
    key = (config.qdrant.url and "sync.qdrant.url") or (config.qdrant.path and "sync.qdrant.path")
    return _origin(flag=flag, variable=own and "QDRANT_HOST", key=key)


def _origin(*, flag: str | None, variable: str | None, key: str | None) -> str:
    """Return who named a place, the first of them deciding."""
    words = {"flag": flag, "environment": variable, "configuration": key}
    return next((f"{word} {name}" for word, name in words.items() if name), "default")


class MissingTarget:
    """A target whose libraries are not installed: it can be shown, not opened."""

    def __init__(self, name: str, url: str, error: ImportError | TargetError) -> None:
        self.name = name
        self.url = url
        self._error = error

    def connect(self, project_id: str, deadline: Deadline, *, write: bool) -> AbstractContextManager[Session]:
        """Raise the error that says what is missing."""
        raise self._error


def make_targets(
    mode: str, settings: TargetSettings, environ: Mapping[str, str], clone: str, now: Callable[[], datetime]
) -> list[Target]:
    """Make the targets of ``mode``, not yet connected.

    Args:
        mode: A key of MODES.
        settings: Where the targets are.
        environ: The environment, for the API key.
        clone: The name by which a server's other writers know this clone.
        now: The time in UTC.

    Raises:
        TargetError: A target is not configured.
    """
    targets: list[Target] = []
    if QDRANT in MODES[mode] and settings.qdrant is None:
        raise TargetError(
            "Qdrant is not configured: give --qdrant-path DIR (embedded) or --qdrant-host URL, or set sync.qdrant in "
            ".autopack-hooks.yaml"
        )
    for name in MODES[mode]:
        try:
            targets.append(_make(name, settings, environ, clone, now))
        except (ImportError, TargetError) as error:
            targets.append(MissingTarget(name, settings.masked()[name], error))
    return targets


def _make(
    name: str, settings: TargetSettings, environ: Mapping[str, str], clone: str, now: Callable[[], datetime]
) -> Target:
    # The libraries behind a target are heavy: each is imported where it is used.
    if name == DATABASE:
        from autopack_hooks.sync.database.target import DatabaseTarget

        return DatabaseTarget(settings.database, settings.places.get(DATABASE), clone)
    return make_qdrant(settings, environ, now, clone=clone)


def make_qdrant(
    settings: TargetSettings,
    environ: Mapping[str, str],
    now: Callable[[], datetime],
    *,
    clone: str = "",
    lock_timeout: float = 30.0,
    words_only: bool = False,
) -> EmbeddedQdrant | ServerQdrant:
    """Make the Qdrant target that is configured, not yet connected.

    Args:
        settings: Where it is.
        environ: The environment, for the API key.
        now: The time in UTC.
        clone: The name by which a server's other writers know this clone.
        lock_timeout: How many seconds to wait for another process that has an embedded store open.
        words_only: Leave out the dense embedder; for a reader that makes no vectors.

    Raises:
        TargetError: Its library is not installed, or the embedder may not be used.
    """
    dense = None if words_only else settings.dense()
    embedder = HybridEmbedder(dense) if dense else LEXICAL
    if isinstance(settings.qdrant, ServerUrl):
        from autopack_hooks.sync.qdrant.server import ServerQdrant

        key = environ.get(settings.api_key_env)
        replication = settings.replication
        return ServerQdrant(
            settings.qdrant, settings.collection, key, clone=clone, now=now, replication=replication, embedder=embedder
        )
    from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant

    assert isinstance(settings.qdrant, Path)  # make_targets has refused a Qdrant that is not configured
    place = settings.places.get(QDRANT)
    return EmbeddedQdrant(
        settings.qdrant,
        settings.collection,
        now=now,
        place=place,
        owner=clone,
        lock_timeout=lock_timeout,
        embedder=embedder,
    )
