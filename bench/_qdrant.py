"""A Qdrant server of one's own: started on loopback with temporary storage, and ended."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 40.0


@contextmanager
def qdrant_server(folder: Path, binary: str | None = None) -> Iterator[str | None]:
    """Yield the URL of a server whose program is ``binary`` (QDRANT_BINARY); None where none is named."""
    program = binary or os.environ.get("QDRANT_BINARY")
    if not program:
        yield None
        return
    folder.mkdir(parents=True)
    http, grpc = _free_ports(2)
    environ = {
        "PATH": os.environ["PATH"],
        "QDRANT__SERVICE__HOST": "127.0.0.1",
        "QDRANT__SERVICE__HTTP_PORT": str(http),
        "QDRANT__SERVICE__GRPC_PORT": str(grpc),
        "QDRANT__LOG_LEVEL": "WARN",
    }
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen([program, "--disable-telemetry"], cwd=folder, env=environ, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{http}"
        _await(url, server)
        yield url
    finally:
        server.kill()
        server.wait()


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{url}/healthz", timeout=2):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the Qdrant server at {url} did not start")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
