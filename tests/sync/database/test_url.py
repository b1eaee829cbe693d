"""Database URLs: what they mean, and that nothing secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack_hooks.core.errors import UsageError
from autopack_hooks.sync.database.url import PostgresUrl, SqliteUrl, masked, parse_database_url

ROOT = Path("/root/of/it")

POSTGRES = [
    ("postgresql://h/d", {"host": "h", "dbname": "d"}),
    ("postgres://u@h", {"user": "u", "host": "h"}),
    ("postgresql+psycopg://u:p@h:5433/d", {"user": "u", "password": "p", "host": "h", "port": "5433", "dbname": "d"}),
    ("postgresql+psycopg2://h/d", {"host": "h", "dbname": "d"}),
    ("PostgreSQL://h", {"host": "h"}),
    ("postgresql://", {}),
    ("postgresql://u:@/d?host=/tmp/a b", {"user": "u", "dbname": "d", "host": "/tmp/a b"}),
    ("postgresql://u:a%40b%2Fc@h/d", {"user": "u", "password": "a@b/c", "host": "h", "dbname": "d"}),
    ("postgresql://h/d?user=a@b&sslmode=require", {"host": "h", "dbname": "d", "user": "a@b", "sslmode": "require"}),
    ("postgresql://h/d?password=a+b", {"host": "h", "dbname": "d", "password": "a+b"}),
    ("postgresql://[::1]:5/d", {"host": "::1", "port": "5", "dbname": "d"}),
    ("postgresql://a:1,[::2]:3,b/d", {"host": "a,::2,b", "port": "1,3,", "dbname": "d"}),
    (" postgresql://h/d\n", {"host": "h", "dbname": "d"}),
]


@pytest.mark.parametrize(("url", "options"), POSTGRES)
def test_postgres(url: str, options: dict[str, str]) -> None:
    parsed = parse_database_url(url, ROOT)
    assert isinstance(parsed, PostgresUrl)
    assert parsed.options == options


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///autopack.db", "/root/of/it/autopack.db"),
        ("sqlite:///a/b.db", "/root/of/it/a/b.db"),
        ("sqlite:////abs/a.db", "/abs/a.db"),
        ("sqlite+pysqlite:///a.db", "/root/of/it/a.db"),
        ("sqlite:///a@b #1%20.db", "/root/of/it/a@b #1%20.db"),
    ],
)
def test_sqlite(url: str, path: str) -> None:
    assert parse_database_url(url, ROOT) == SqliteUrl(Path(path), f"sqlite:///{path}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hunter2",
        "host=h password=hunter2",
        "mysql://bob:hunter2@h/d",
        "sqlite://hunter2",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///a.db?key=hunter2",
        "sqlite:///a\0.db",
        "postgresql:hunter2",
        "postgresql://bob:hun@ter2@h/d",
        "postgresql://bob:hunter2/x@h/d",
        "postgresql://bob:hunter2?x@h/d",
        "postgresql://bob:12/hunter2@h/d",
        "postgresql://bob:12?hunter2@h/d",
        "postgresql://bob:hunter2#x@h/d",
        "postgresql://h:hunter2/d",
        "postgresql://h/d?hunter2",
        "postgresql://[hunter2]/d",
        "postgresql://h/d?conninfo=hunter2",
        "postgresql://h/d?context=hunter2",
        "postgresql://h/d?autocommit=1",
        "postgresql://h/d?row_factory=1",
        "postgresql://h/d?prepare_threshold=1",
        "postgresql://h/d?HOST=hunter2",
        "postgresql://h/d?hunter2=1",
        "postgresql://h/d?dbname=hunter2%00",
        "postgresql://h/hunter2\udcff",
    ],
)
def test_what_cannot_be_used_is_not_quoted(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_database_url(url, ROOT)
    assert "hunter2" not in str(caught.value)


def test_a_parameter_with_a_slip_is_explained() -> None:
    with pytest.raises(UsageError, match="did you mean sslmode"):
        parse_database_url("postgresql://h/d?ssl_mode=require", ROOT)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://bob:hunter2@h:1/d", "postgresql://bob:***@h:1/d"),
        ("postgresql://bob:@h/d", "postgresql://bob:***@h/d"),
        ("postgresql://bob@h/d", "postgresql://bob@h/d"),
        ("postgresql://:hunter2@h/d", "postgresql://:***@h/d"),
        ("postgresql://h/d?password=hunter2&sslmode=require", "postgresql://h/d?password=***&sslmode=require"),
        ("postgresql://h/d?PASSWORD=hunter2", "postgresql://h/d?PASSWORD=***"),
        ("postgresql://h/d?p%61ssword=hunter2", "postgresql://h/d?p%61ssword=***"),
        ("postgresql://h/d?sslpassword=hunter2", "postgresql://h/d?sslpassword=***"),
        ("postgresql://h/d?user=a@b", "postgresql://h/d?user=a@b"),
        ("postgresql://bob:hun@ter2@h/d", "postgresql://***"),
        ("postgresql://bob:hunter2/@h/d", "postgresql://***"),
        ("mysql://bob:hunter2@h/d", "mysql://bob:***@h/d"),
        ("sqlite:///a@b.db", "sqlite:///a@b.db"),
        ("sqlite:///a.db?key=hunter2", "sqlite:///a.db?key=***"),
        ("password=hunter2", "***"),
        ("", "***"),
    ],
)
def test_masked(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_nothing_that_python_prints_shows_a_password() -> None:
    parsed = parse_database_url("postgresql://bob:hunter2@h/d?sslpassword=longer-secret", ROOT)
    assert isinstance(parsed, PostgresUrl)
    assert "hunter2" not in repr(parsed) and "secret" not in repr(parsed)
    assert parsed.secrets == ("longer-secret", "hunter2")
