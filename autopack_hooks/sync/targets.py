"""Which targets a run has: flag before environment before configuration before default."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autopack_hooks.config.model import SyncConfig
from autopack_hooks.core.errors import TargetError, UsageError
from autopack_hooks.core.git import Repo
from autopack_hooks.sync.database.url import SqliteUrl, database_hosts, parse_url
from autopack_hooks.sync.qdrant.url import is_loopback, parse_server
from autopack_hooks.sync.target import Target

DATABASE, QDRANT = "database", "qdrant"
ALLOW_SETTING, ALLOW_VARIABLE = "autopack-hooks.allowHost", "AUTOPACK_HOOKS_ALLOW_HOSTS"
MODES = {"docs-only": (), "db-only": (DATABASE,), "qdrant-only": (QDRANT,), "full": (DATABASE, QDRANT)}


@dataclass(frozen=True)
class Choice:
    """Where the targets are; None: no Qdrant is configured. ``qdrant_path`` and ``qdrant_url`` exclude each other.

    ``clone`` names this clone to other writers of a server. ``shared``: others write even to what lies on a disk.
    """

    database_url: str
    qdrant_path: str | None = None
    qdrant_url: str | None = None
    api_key_env: str = "QDRANT_API_KEY"
    collection: str = ""
    clone: str = ""
    shared: bool = False

    @property
    def has_qdrant(self) -> bool:
        """Whether a vector store is configured."""
        return bool(self.qdrant_path or self.qdrant_url)


def choose(
    config: SyncConfig,
    environ: Mapping[str, str],
    *,
    database_url: str | None = None,
    qdrant_host: str | None = None,
    qdrant_path: str | None = None,
    allowed: Callable[[], Collection[str]] = tuple,
) -> Choice:
    """Resolve the targets. ``allowed()`` are the hosts that the user lets the repository's configuration name.

    Raises UsageError for two places of one store, TargetError for a host that is not allowed.
    """
    if qdrant_host and qdrant_path:
        raise UsageError("give either --qdrant-host (a server) or --qdrant-path (embedded), not both")
    url = database_url or environ.get("DATABASE_URL") or config.database_url
    host = qdrant_host or environ.get("QDRANT_HOST") or config.qdrant.url
    path = qdrant_path or (None if host else config.qdrant.path)
    if url == config.database_url and not database_url and not environ.get("DATABASE_URL"):
        _check_hosts("sync.database_url", database_hosts(url), allowed)
    if host and not path and not qdrant_host and not environ.get("QDRANT_HOST"):
        _check_hosts("sync.qdrant.url", [parse_server(host).host], allowed)
    return Choice(url, path, None if path else host, config.qdrant.api_key_env, config.collection, shared=config.shared)


def _check_hosts(option: str, hosts: Iterable[str], allowed: Callable[[], Collection[str]]) -> None:
    """A pulled commit must not be able to send the ledgers elsewhere."""
    foreign = [host for host in hosts if not is_loopback(host)]
    known = {host.lower() for host in allowed()} if foreign else set()
    for host in foreign:
        if host.lower() not in known:
            raise TargetError(
                f"{option} of the repository names the host {host}, which you have not allowed: run `git config --global "
                f"--add {ALLOW_SETTING} {host}`, or set {ALLOW_VARIABLE}={host}"
            )


def allowed_hosts(repo: Repo | None, environ: Mapping[str, str]) -> list[str]:
    """The hosts of the user's own settings: the environment and git's global configuration, never the repository's."""
    named = re.split(r"[\s,]+", environ.get(ALLOW_VARIABLE, ""))
    return [name for name in named if name] + (repo.own_settings(ALLOW_SETTING) if repo else [])


def effective_mode(mode: str, choice: Choice) -> str:
    """``auto`` is ``full`` with a vector store and ``db-only`` without."""
    return mode if mode != "auto" else ("full" if choice.has_qdrant else "db-only")


def make_targets(mode: str, choice: Choice, root: Path, environ: Mapping[str, str]) -> list[Target]:
    """The targets of ``mode``, not yet connected. Raises TargetError where one is not configured or not installed."""
    targets: list[Target] = []
    for name in MODES[mode]:
        if name == QDRANT and not choice.has_qdrant:
            raise TargetError(
                f"--{mode} needs Qdrant, and none is configured: give --qdrant-path DIR (embedded) or --qdrant-host URL, or set "
                "sync.qdrant in .autopack-hooks.yaml"
            )
        try:
            targets.append(_make(name, choice, root, environ))
        except ImportError as error:
            raise TargetError(
                f"{name}: {error.name or error} is not installed; install autopack-hooks[sync]"
            ) from error
    return targets


def _make(name: str, choice: Choice, root: Path, environ: Mapping[str, str]) -> Target:
    # The libraries behind a target are heavy: each is imported where it is asked for.
    if name == DATABASE:
        from autopack_hooks.sync.database.target import DatabaseTarget

        return DatabaseTarget(choice.database_url, root)
    if choice.qdrant_path:
        from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant

        return EmbeddedQdrant(root / choice.qdrant_path, choice.collection)
    from autopack_hooks.sync.qdrant.server import ServerQdrant

    key = environ.get(choice.api_key_env)
    return ServerQdrant(choice.qdrant_url or "", choice.collection, key, clone=choice.clone)


def masked_targets(choice: Choice, root: Path) -> dict[str, str]:
    """Where each target is, fit for printing. Raises UsageError for what cannot be read as a URL."""
    shown = {DATABASE: parse_url(choice.database_url, root).masked}
    if choice.qdrant_path:
        shown[QDRANT] = f"embedded:{root / choice.qdrant_path}"
    elif choice.qdrant_url:
        shown[QDRANT] = parse_server(choice.qdrant_url).url
    else:
        shown[QDRANT] = "not configured"
    return shown


def servers(choice: Choice, mode: str, root: Path) -> frozenset[str]:
    """The mode's targets that are servers."""
    names = set()
    if DATABASE in MODES[mode] and not isinstance(parse_url(choice.database_url, root), SqliteUrl):
        names.add(DATABASE)
    if QDRANT in MODES[mode] and choice.qdrant_url:
        names.add(QDRANT)
    return frozenset(names)


def shared_targets(choice: Choice, mode: str, root: Path) -> frozenset[str]:
    """The mode's targets that other clones write to."""
    return frozenset(MODES[mode]) if choice.shared else servers(choice, mode, root)


def local_stores(choice: Choice, mode: str, root: Path) -> list[str]:
    """The files and folders of the mode's targets that are on this disk."""
    stores = []
    if DATABASE in MODES[mode]:
        parsed = parse_url(choice.database_url, root)
        stores += [str(parsed.path)] if isinstance(parsed, SqliteUrl) else []
    if QDRANT in MODES[mode] and choice.qdrant_path:
        stores.append(str(root / choice.qdrant_path / choice.collection))
    return stores
