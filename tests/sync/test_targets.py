from __future__ import annotations

from pathlib import Path

import pytest

from autopack_hooks.config.model import QdrantConfig, SyncConfig
from autopack_hooks.core.errors import TargetError, UsageError
from autopack_hooks.sync.deadline import utc_now
from autopack_hooks.sync.qdrant.url import ServerUrl
from autopack_hooks.sync.targets import TargetSettings, make_targets, resolve_targets

ROOT = Path("/repo")
EMBEDDED = SyncConfig(qdrant=QdrantConfig(path=".q"))
SERVER = SyncConfig(qdrant=QdrantConfig(url="http://127.0.0.2:6333"))


def settings(config: SyncConfig, environ: dict[str, str], **flags: str | None) -> TargetSettings:
    return resolve_targets(config, environ, ROOT, **flags)


@pytest.mark.parametrize(
    ("config", "environ", "flag", "url"),
    [
        (SyncConfig(), {}, None, "sqlite:///autopack.db"),
        (SyncConfig(database_url="sqlite:///c.db"), {}, None, "sqlite:///c.db"),
        (SyncConfig(database_url="sqlite:///c.db"), {"DATABASE_URL": "sqlite:///e.db"}, None, "sqlite:///e.db"),
        (SyncConfig(), {"DATABASE_URL": "sqlite:///e.db"}, "sqlite:///f.db", "sqlite:///f.db"),
        (SyncConfig(), {"DATABASE_URL": ""}, None, "sqlite:///autopack.db"),
    ],
)
def test_database_url_order(config, environ, flag, url):
    assert settings(config, environ, database_url=flag).database.masked == url.replace("///", "////repo/")


@pytest.mark.parametrize(
    ("config", "environ", "flags", "path", "url"),
    [
        (SyncConfig(), {}, {}, None, None),
        (EMBEDDED, {}, {}, ".q", None),
        (SERVER, {}, {}, None, "http://127.0.0.2:6333"),
        (EMBEDDED, {"QDRANT_HOST": "env"}, {}, None, "http://env:6333"),
        (SERVER, {"QDRANT_HOST": "env"}, {}, None, "http://env:6333"),
        (SERVER, {"QDRANT_HOST": "env"}, {"qdrant_host": "flag"}, None, "http://flag:6333"),
        (SERVER, {"QDRANT_HOST": "env"}, {"qdrant_path": "f"}, "f", None),
    ],
)
def test_qdrant_order(config, environ, flags, path, url):
    qdrant = settings(config, environ, **flags).qdrant
    assert qdrant == (ROOT / path if path else qdrant)
    assert (qdrant.url if isinstance(qdrant, ServerUrl) else None) == url


def test_two_places_of_one_store_are_refused():
    with pytest.raises(UsageError, match="not both"):
        settings(SyncConfig(), {}, qdrant_host="h", qdrant_path="p")


@pytest.mark.parametrize(
    ("mode", "config", "resolved"),
    [
        ("auto", SyncConfig(), "db-only"),
        ("auto", EMBEDDED, "full"),
        ("db-only", EMBEDDED, "db-only"),
        ("full", SyncConfig(), "full"),
    ],
)
def test_mode(mode, config, resolved):
    assert settings(config, {}).mode(mode) == resolved


@pytest.mark.parametrize("mode", ["full", "qdrant-only"])
def test_a_mode_that_needs_qdrant_says_so(mode):
    with pytest.raises(TargetError, match="qdrant"):
        make_targets(mode, settings(SyncConfig(), {}), {}, "", utc_now)


def test_targets_of_a_mode():
    names = {
        mode: [t.name for t in make_targets(mode, settings(EMBEDDED, {}), {}, "", utc_now)]
        for mode in ("docs-only", "db-only", "full")
    }
    assert names == {"docs-only": [], "db-only": ["database"], "full": ["database", "qdrant"]}


def test_what_is_shown_holds_no_password():
    shown = settings(SERVER, {"DATABASE_URL": "postgresql://bob:hunter2@db/x"}).masked()
    assert "hunter2" not in str(shown) and "db" in shown["database"] and shown["qdrant"] == "http://127.0.0.2:6333"
    assert settings(SyncConfig(), {}).masked()["qdrant"] == "not configured"


def test_local_stores():
    assert settings(EMBEDDED, {}).local_stores("full") == ["/repo/autopack.db", "/repo/.q/autopack_sot_docs"]
    assert settings(SERVER, {"DATABASE_URL": "postgresql://db/x"}).local_stores("full") == []
