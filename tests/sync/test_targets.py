from __future__ import annotations

from pathlib import Path

import pytest

from autopack_hooks.config.model import QdrantConfig, SyncConfig
from autopack_hooks.core.errors import TargetError, UsageError
from autopack_hooks.sync.targets import choose, effective_mode, local_stores, make_targets, masked_targets

ROOT = Path("/repo")
EMBEDDED = SyncConfig(qdrant=QdrantConfig(path=".q"))
SERVER = SyncConfig(qdrant=QdrantConfig(url="http://127.0.0.2:6333"))


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
    assert choose(config, environ, database_url=flag).database_url == url


@pytest.mark.parametrize(
    ("config", "environ", "flags", "path", "url"),
    [
        (SyncConfig(), {}, {}, None, None),
        (EMBEDDED, {}, {}, ".q", None),
        (SERVER, {}, {}, None, "http://127.0.0.2:6333"),
        (EMBEDDED, {"QDRANT_HOST": "env"}, {}, None, "env"),
        (SERVER, {"QDRANT_HOST": "env"}, {}, None, "env"),
        (SERVER, {"QDRANT_HOST": "env"}, {"qdrant_host": "flag"}, None, "flag"),
        (SERVER, {"QDRANT_HOST": "env"}, {"qdrant_path": "f"}, "f", None),
    ],
)
def test_qdrant_order(config, environ, flags, path, url):
    chosen = choose(config, environ, **flags)
    assert (chosen.qdrant_path, chosen.qdrant_url) == (path, url)
    assert chosen.has_qdrant == bool(path or url)


def test_two_places_of_one_store_are_refused():
    with pytest.raises(UsageError, match="not both"):
        choose(SyncConfig(), {}, qdrant_host="h", qdrant_path="p")


@pytest.mark.parametrize(
    ("mode", "config", "effective"),
    [
        ("auto", SyncConfig(), "db-only"),
        ("auto", EMBEDDED, "full"),
        ("db-only", EMBEDDED, "db-only"),
        ("full", SyncConfig(), "full"),
    ],
)
def test_effective_mode(mode, config, effective):
    assert effective_mode(mode, choose(config, {})) == effective


@pytest.mark.parametrize("mode", ["full", "qdrant-only"])
def test_a_mode_that_needs_qdrant_says_so(mode):
    with pytest.raises(TargetError, match="qdrant"):
        make_targets(mode, choose(SyncConfig(), {}), ROOT, {})


def test_targets_of_a_mode():
    names = {
        mode: [t.name for t in make_targets(mode, choose(EMBEDDED, {}), ROOT, {})]
        for mode in ("docs-only", "db-only", "full")
    }
    assert names == {"docs-only": [], "db-only": ["database"], "full": ["database", "qdrant"]}


def test_what_is_shown_holds_no_password():
    shown = masked_targets(choose(SERVER, {"DATABASE_URL": "postgresql://bob:hunter2@db/x"}), ROOT)
    assert "hunter2" not in str(shown) and "db" in shown["database"] and shown["qdrant"] == "http://127.0.0.2:6333"
    assert masked_targets(choose(SyncConfig(), {}), ROOT)["qdrant"] == "not configured"


def test_local_stores():
    assert local_stores(choose(EMBEDDED, {}), "full", ROOT) == ["/repo/autopack.db", "/repo/.q/autopack_sot_docs"]
    assert local_stores(choose(SERVER, {"DATABASE_URL": "postgresql://db/x"}), "full", ROOT) == []
