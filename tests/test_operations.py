"""docs/operations.md: the rights that it grants suffice, and the tests that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
import yaml

from autopack_hooks.core.errors import TargetError
from autopack_hooks.sync.database.target import DatabaseTarget
from autopack_hooks.sync.database.url import parse_database_url
from tests.sync.contract import counts, read, record, sync

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_tests_of_the_table_of_faults_are_there() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    code += (ROOT / "tests" / "sync" / "contract.py").read_text("utf-8")
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 20
    assert {name for name in named if f"def {name}(" not in code} == set()
    assert all((ROOT / path).exists() for path in re.findall(r"`(tests/[\w/]+\.py)`", PAGE))


def test_the_compose_file_is_yaml_and_opens_no_port_to_others() -> None:
    [compose] = [page for text in blocks("yaml") if "services" in (page := yaml.safe_load(text))]
    ports = [port for service in compose["services"].values() for port in service["ports"]]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_the_rights_suffice_to_write_and_to_read(postgres_url: str, tmp_path: Path) -> None:
    sync(DatabaseTarget(parse_database_url(postgres_url, tmp_path)), [record(1)])
    [grants] = blocks("sql")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(grants)  # type: ignore[call-overload]  # several statements, of our own page
    try:
        writer, reader = (
            DatabaseTarget(parse_database_url(re.sub(r"//[^@/]*@", f"//{name}:@", postgres_url), tmp_path))
            for name in ("ledger_writer", "ledger_reader")
        )
        assert counts(sync(writer, [record(1, "new"), record(2)], "c2")) == (1, 1, 0, True)
        assert counts(sync(writer, [record(2)], "c3")) == (0, 0, 1, True)
        assert read(reader).commit == "c3"
        with pytest.raises(TargetError, match="may not do that"):
            sync(reader, [record(3)])
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY ledger_writer, ledger_reader; DROP ROLE ledger_writer, ledger_reader")
