"""Permissions for the servers, keys and parameters that the repository's configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack_hooks.config.model import QdrantConfig, SyncConfig
from autopack_hooks.core.errors import TargetError
from autopack_hooks.sync.targets import TargetSettings, resolve_targets

KEYS = {"QDRANT_API_KEY": "k", "QDRANT_TEAM_KEY": "k", "AWS_SECRET_ACCESS_KEY": "k", "HOME": "/nowhere"}


def resolved(
    config: SyncConfig, environ: dict[str, str], *, hosts: str = "", variables: str = "", **flags: str
) -> TargetSettings:
    return resolve_targets(
        config, environ, Path("/repo"), allowed=hosts.split, allowed_variables=variables.split, **flags
    )


def qdrant(url: str, key: str = "QDRANT_API_KEY") -> SyncConfig:
    return SyncConfig(qdrant=QdrantConfig(url=url, api_key_env=key))


@pytest.mark.parametrize(
    ("url", "environ", "hosts"),
    [
        ("http://127.0.0.1:1", {}, ""),
        ("localhost", {}, ""),
        ("http://[::1]:1", {"QDRANT_API_KEY": ""}, ""),
        ("http://127.0.0.1:1", KEYS, "127.0.0.1"),
        ("https://q.example", KEYS, "a.example Q.example"),
    ],
)
def test_a_server_that_may_be_asked(url: str, environ: dict[str, str], hosts: str) -> None:
    assert resolved(qdrant(url), environ, hosts=hosts).qdrant


@pytest.mark.parametrize(
    ("url", "environ", "hosts"),
    [
        ("http://127.0.0.1:1", KEYS, ""),
        ("http://127.0.0.1:1", KEYS, "localhost"),
        ("localhost", KEYS, "127.0.0.1"),
        ("http://[::1]:1", KEYS, "127.0.0.1"),
        ("https://q.example", {}, "example"),
        # Only what always is this machine counts as such.
        ("localhost.evil.example", {}, ""),
        ("127.0.0.1.evil.example", {}, ""),
        ("evil.localhost", {}, ""),
        ("localhost.", {}, ""),
        ("0x7f.1", {}, ""),
        ("2130706433", {}, ""),
        ("127.1", {}, ""),
        ("0.0.0.0", {}, ""),
        ("http://[::]", {}, ""),
    ],
)
def test_a_server_that_must_be_allowed(url: str, environ: dict[str, str], hosts: str) -> None:
    with pytest.raises(TargetError, match="allowHost"):
        resolved(qdrant(url), environ, hosts=hosts)


@pytest.mark.parametrize(
    ("name", "variables", "fine"),
    [
        ("QDRANT_TEAM_KEY", "", True),
        ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", True),
        ("AWS_SECRET_ACCESS_KEY", "", False),
        ("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key AWS", False),
        ("XQDRANT_KEY", "", False),
        ("QDRANT_", "", False),
        ("QDRANT_A\n", "", False),
        ("qdrant_api_key", "", False),
    ],
)
@pytest.mark.parametrize("how", ["repository", "flag", "environment"])
def test_the_key_s_variable(name: str, variables: str, fine: bool, how: str) -> None:
    """The server may be the user's, the variable is still the repository's word."""
    config = qdrant("http://127.0.0.1:1", name)
    flags = {"qdrant_host": "http://127.0.0.1:2"} if how == "flag" else {}
    environ = {**KEYS, "QDRANT_HOST": "http://127.0.0.1:2"} if how == "environment" else KEYS
    if fine:
        assert resolved(config, environ, hosts="127.0.0.1", variables=variables, **flags).api_key_env == name
    else:
        with pytest.raises(TargetError, match="QDRANT_"):
            resolved(config, environ, hosts="127.0.0.1", variables=variables, **flags)


def test_a_store_of_the_embedded_engine_needs_no_key() -> None:
    assert resolved(SyncConfig(qdrant=QdrantConfig(path="q", api_key_env="AWS_X")), KEYS).qdrant == Path("/repo/q")


HOME = {"HOME": "/nowhere"}


@pytest.mark.parametrize(
    ("url", "environ", "hosts"),
    [
        ("postgresql://127.0.0.1/x", HOME, ""),
        ("postgresql://u:own@localhost/x", {**HOME, "PGPASSWORD": "p"}, ""),
        ("postgresql://localhost/x", {**HOME, "PGPASSWORD": "p"}, "localhost"),
        ("postgresql:///x", HOME, "localhost"),
        ("postgresql:///x", {**HOME, "PGHOST": "db.example"}, ""),
        ("postgresql:///x?host=/run/postgresql", HOME, "/run/postgresql"),
        ("postgresql://db.example/x?sslmode=verify-full&application_name=a", HOME, "db.example"),
    ],
)
def test_a_database_that_may_be_used(url: str, environ: dict[str, str], hosts: str) -> None:
    assert resolved(SyncConfig(database_url=url), environ, hosts=hosts).database


@pytest.mark.parametrize(
    ("url", "environ", "hosts", "word"),
    [
        ("postgresql://127.0.0.1/x", {**HOME, "PGPASSWORD": "p"}, "", "127.0.0.1"),
        ("postgresql://localhost/x", {**HOME, "PGPASSFILE": "f"}, "", "localhost"),
        ("postgresql://localhost/x", {**HOME, "PGSERVICE": "s"}, "", "localhost"),
        # The server of a socket knows the user without a password.
        ("postgresql:///x", HOME, "", "localhost"),
        ("postgresql://127.0.0.1,/x", HOME, "", "localhost"),
        ("postgresql:///x?host=/tmp/evil", HOME, "localhost", "/tmp/evil"),
        ("postgresql:///x?h%6Fst=%2Ftmp%2Fevil", HOME, "", "/tmp/evil"),
        ("postgresql:///x?host=@evil", HOME, "", "@evil"),
        ("postgresql://db.example/x", HOME, "example", "db.example"),
        ("postgresql://127.0.0.1/x?host=db.example", HOME, "", "db.example"),
        ("postgresql://127.0.0.1%2Cdb.example/x", HOME, "", "db.example"),
        ("postgresql://db.example/x?hostaddr=192.0.2.1", HOME, "db.example", "192.0.2.1"),
        ("postgresql://db.example/x?hostaddr=127.0.0.1", HOME, "db.example", "hostaddr"),
        ("postgresql://h/x?sslmode=require", {**HOME, "PGSSLMODE": "verify-full"}, "h", "sslmode"),
        *(
            (f"postgresql://127.0.0.1/x?{pair}", HOME, "127.0.0.1 localhost", pair.split("=")[0])
            for pair in (
                "service=prod",
                "passfile=/home/me/.netrc",
                "sslcert=/dev/zero",
                "sslkey=x",
                "sslrootcert=/dev/zero",
                "sslkeylogfile=/home/me/.bashrc",
                "options=-c%20search_path%3Devil",
                "sslmode=disable",
                "sslmode=prefer",
                "gsslib=x",
                "require_auth=password",
            )
        ),
    ],
)
def test_a_database_that_may_not_be_used(url: str, environ: dict[str, str], hosts: str, word: str) -> None:
    with pytest.raises(TargetError, match=word):
        resolved(SyncConfig(database_url=url), environ, hosts=hosts)
    assert resolved(SyncConfig(), environ, database_url=url).database, "the flag is the user's word"
    assert resolved(SyncConfig(), {**environ, "DATABASE_URL": url}).database, "so is the environment"


def test_a_password_file_counts_as_a_password(tmp_path: Path) -> None:
    config = SyncConfig(database_url="postgresql://127.0.0.1/x")
    assert resolved(config, {"HOME": str(tmp_path)}).database
    (tmp_path / ".pgpass").write_text("*:*:*:*:hunter2")
    with pytest.raises(TargetError, match="allowHost"):
        resolved(config, {"HOME": str(tmp_path)})
