from __future__ import annotations

import base64
import http.server
import json
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from autopack_hooks.core.errors import DeadlineExceeded, TargetError, UsageError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.openai import OpenAIEmbedder
from autopack_hooks.sync.qdrant.url import parse_endpoint_url

pytest.importorskip("httpx", reason="httpx is not installed here")


class Endpoint:
    """An endpoint on loopback: ``answers`` are the (status, headers, body) to come, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.keys.append(self.headers.get("Authorization"))
                status, headers, body = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

            def log_message(self, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def rows(*vectors: Any) -> dict[str, Any]:
    return {"data": [{"index": number, "embedding": vector} for number, vector in enumerate(vectors)]}


def embedder(
    endpoint: Endpoint, dimensions: int | None = 2, key: str | None = None, naps: Any = None
) -> OpenAIEmbedder:
    nap = (lambda seconds: None) if naps is None else naps.append
    return OpenAIEmbedder(parse_endpoint_url(endpoint.url + "/"), "m", dimensions, key, sleep=nap)


def soon() -> Deadline:
    return Deadline(60, time.monotonic)


def test_the_index_says_which_text_a_vector_belongs_to(endpoint: Endpoint) -> None:
    one, two = rows([1, 2], [3.5, 4])["data"]
    endpoint.answers = [(200, {}, {"data": [two, one]})]
    assert embedder(endpoint, key="k").embed(["a", "b"], soon()) == [[1.0, 2.0], [3.5, 4.0]]
    assert endpoint.bodies == [{"model": "m", "input": ["a", "b"], "encoding_format": "float", "dimensions": 2}]
    assert endpoint.keys == ["Bearer k"]


def test_base64_is_read_too_and_no_dimensions_are_asked_for(endpoint: Endpoint) -> None:
    endpoint.answers = [(200, {}, rows(base64.b64encode(struct.pack("<2f", 0.5, -2)).decode()))]
    assert embedder(endpoint, None).embed(["a"], soon()) == [[0.5, -2.0]]
    assert "dimensions" not in endpoint.bodies[0] and endpoint.keys == [None]


def test_a_failure_that_may_pass_is_asked_again(endpoint: Endpoint) -> None:
    naps: list[float] = []
    endpoint.answers = [(500, {}, b"no"), (429, {"Retry-After": "3"}, b""), (200, {}, rows([1, 2]))]
    assert embedder(endpoint, naps=naps).embed(["a"], soon()) == [[1.0, 2.0]]
    assert naps[1] == 3.0 and naps[0] < 1


@pytest.mark.parametrize(
    "status, body, words",
    [
        (500, {"error": {"message": "s3cr3t is\nbroken"}}, "answered 500: *** is broken; check that it runs"),
        (401, {"error": {"message": "x" * 196 + " s3cr3t"}}, "x ***; check the key"),
        (404, b"<html>", "answered 404; check url, which ends in /v1, and model"),
        (307, b"", "answered 307"),
        (200, b"<html>", "did not answer with 1 embeddings"),
        (200, rows([1, 2], [3, 4]), "did not answer with 1 embeddings"),
        (200, rows([1, 2, 3]), "vectors of 3 dimensions, not 2"),
        (200, rows([1, None]), "something that is not a vector"),
        (200, rows([True, 1]), "something that is not a vector"),
        (200, b'{"data": [{"index": 0, "embedding": [NaN, 1]}]}', "something that is not a vector"),
        (200, rows("@@"), "something that is not a vector"),
        (200, {"data": [7]}, "something that is not a vector"),
        (200, {"data": [{"index": 4, "embedding": [1, 2]}]}, "do not belong to the texts"),
    ],
)
def test_what_is_wrong_is_one_line_without_the_key(endpoint: Endpoint, status: int, body: Any, words: str) -> None:
    endpoint.answers = [(status, {"Location": "http://127.0.0.1:9/"}, body)]
    with pytest.raises(TargetError) as caught:
        embedder(endpoint, key="s3cr3t").embed(["a"], soon())
    assert words in str(caught.value) and "s3c" not in str(caught.value) and "\n" not in str(caught.value)
    assert len(endpoint.bodies) == (5 if status == 500 else 1)


def test_one_that_is_not_there_is_an_error_and_the_deadline_ends_it(endpoint: Endpoint) -> None:
    dead = OpenAIEmbedder(parse_endpoint_url("http://127.0.0.1:9/v1"), "m", sleep=lambda seconds: None)
    with pytest.raises(TargetError, match="cannot be reached"):
        dead.embed(["a"], soon())
    with pytest.raises(DeadlineExceeded):
        dead.embed(["a"], Deadline(1, iter(range(9)).__next__))


def test_the_name_changes_with_what_changes_a_vector(endpoint: Endpoint) -> None:
    one = embedder(endpoint)
    assert one.name == "openai-1/2/m" and embedder(endpoint, None).name == "openai-1//m"
    older = one.older("openai-1/3/org/other")
    assert older is not None and older.name == "openai-1/3/org/other"
    assert [one.older(name) for name in ("", "onnx-1/0a", "openai-1", "openai-1/2/")] == [None] * 4


@pytest.mark.parametrize("url, key", [("http://example.com/v1", "k"), ("https://example.com/v1", "k\x07")])
def test_a_key_is_not_sent_in_the_open(url: str, key: str) -> None:
    with pytest.raises(UsageError) as caught:
        OpenAIEmbedder(parse_endpoint_url(url), "m", None, key)
    assert "k;" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["ftp://h/v1", "https://u:secret@h/v1", "https://h/v1?k=secret", "h/v1", "http://[::1", ""]
)
def test_a_url_that_cannot_be_used_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(UsageError, match=r"sync\.embedder\.openai\.url must be a URL") as caught:
        parse_endpoint_url(url)
    assert "secret" not in str(caught.value)
