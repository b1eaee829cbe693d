from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from autopack_hooks.core.errors import DeadlineExceeded, TargetError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.onnx import FILES, OnnxEmbedder

SLOW = Deadline(3600, time.monotonic)


def field(number: int, value: bytes | int | str) -> bytes:
    """One field of a protobuf message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    data = b""
    while value > 127:
        data += bytes([value & 127 | 128])
        value >>= 7
    return data + bytes([value])


def tensor(name: str, kind: int, *sizes: int | str) -> bytes:
    shape = b"".join(field(1, field(1, size) if isinstance(size, int) else field(2, size)) for size in sizes)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def tiny_model() -> bytes:
    """Return a model that takes the row of each token from a table: [3, 4], [1, 0], [0, 2], ..."""
    import struct

    table = [0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 3.0, 4.0]
    weights = field(1, 4) + field(1, 2) + field(2, 1) + field(8, "w") + field(9, struct.pack("<8f", *table))
    node = field(1, "w") + field(1, "input_ids") + field(2, "out") + field(4, "Gather")
    graph = field(1, node) + field(2, "g") + field(5, weights)
    graph += field(11, tensor("input_ids", 7, "b", "t")) + field(11, tensor("attention_mask", 7, "b", "t"))
    graph += field(12, tensor("out", 1, "b", "t", 2))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def make(folder: Path, pooling: str = "mean") -> str:
    """Write a model and return its SHA-256."""
    folder.mkdir(exist_ok=True)
    words = {"[PAD]": 0, "east": 1, "north": 2, "far": 3}
    model = {"type": "WordLevel", "vocab": words, "unk_token": "[PAD]"}
    tokenizer = {"version": "1.0", "pre_tokenizer": {"type": "Whitespace"}, "model": model, "added_tokens": []}
    (folder / "model.onnx").write_bytes(tiny_model())
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    if pooling == "cls":
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling/config.json").write_text('{"pooling_mode_cls_token": true}')
    there = [name for name in FILES if (folder / name).exists()]
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in there]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@pytest.fixture(autouse=True)
def libraries() -> None:
    for name in ("onnxruntime", "tokenizers", "numpy"):
        pytest.importorskip(name, reason=f"{name} is not installed here")


def test_the_mean_of_the_tokens_without_padding_normalized(tmp_path: Path) -> None:
    sha = make(tmp_path)
    found = OnnxEmbedder(tmp_path, sha).embed(["east far", "north", "far"], SLOW)
    assert [[round(value, 4) for value in vector] for vector in found] == [[0.7071, 0.7071], [0, 1], [0.6, 0.8]]


def test_the_first_token_where_the_model_says_so(tmp_path: Path) -> None:
    assert OnnxEmbedder(tmp_path, make(tmp_path, "cls")).embed(["east far"], SLOW) == [[1.0, 0.0]]


def test_many_texts_come_back_in_their_order(tmp_path: Path) -> None:
    texts = ["north " * (number % 7 + 1) if number % 2 else "east" for number in range(50)]
    found = OnnxEmbedder(tmp_path, make(tmp_path)).embed(texts, SLOW)
    assert found == [[0.0, 1.0] if number % 2 else [1.0, 0.0] for number in range(50)]


def test_only_the_pinned_model_is_run(tmp_path: Path) -> None:
    sha = make(tmp_path)
    assert OnnxEmbedder(tmp_path, sha).name == f"onnx-1/{sha[:32]}"
    (tmp_path / "tokenizer.json").write_text((tmp_path / "tokenizer.json").read_text() + " ")
    with pytest.raises(TargetError, match=r"has the SHA-256 [0-9a-f]{64}, not the one"):
        OnnxEmbedder(tmp_path, sha).embed(["east"], SLOW)


def test_a_file_beside_the_model_does_not_count(tmp_path: Path) -> None:
    sha = make(tmp_path)
    (tmp_path / "README.md").write_text("x")
    assert OnnxEmbedder(tmp_path, sha).embed(["east"], SLOW)


@pytest.mark.parametrize("missing", ["model.onnx", "tokenizer.json"])
def test_without_its_files_it_is_one_line(tmp_path: Path, missing: str) -> None:
    sha = make(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(TargetError, match=r"needs the files model\.onnx and tokenizer\.json"):
        OnnxEmbedder(tmp_path, sha).embed(["east"], SLOW)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files on this system")
def test_what_is_not_a_file_is_not_waited_for(tmp_path: Path) -> None:
    sha = make(tmp_path)
    (tmp_path / "model.onnx").unlink()
    os.mkfifo(tmp_path / "model.onnx")
    with pytest.raises(TargetError, match=r"cannot be read \(model\.onnx"):
        OnnxEmbedder(tmp_path, sha).embed(["east"], SLOW)


def test_a_damaged_model_is_one_line(tmp_path: Path) -> None:
    make(tmp_path)
    data = b"not a model"
    (tmp_path / "model.onnx").write_bytes(data)
    lines = f"{hashlib.sha256(data).hexdigest()}  model.onnx\n"
    lines += f"{hashlib.sha256((tmp_path / 'tokenizer.json').read_bytes()).hexdigest()}  tokenizer.json\n"
    with pytest.raises(TargetError, match="cannot be loaded") as caught:
        OnnxEmbedder(tmp_path, hashlib.sha256(lines.encode()).hexdigest()).embed(["east"], SLOW)
    assert "\n" not in str(caught.value)


def test_the_deadline_ends_it(tmp_path: Path) -> None:
    with pytest.raises(DeadlineExceeded):
        OnnxEmbedder(tmp_path, make(tmp_path)).embed(["east"], Deadline(0, time.monotonic))
