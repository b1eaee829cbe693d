"""Vectors from a model on this disk, run by ONNX Runtime. Nothing is ever fetched.

A model is a folder: ``model.onnx`` (or ``onnx/model.onnx``) and ``tokenizer.json``, and with them, as sentence-transformers
writes them, ``config.json`` (the longest text) and ``1_Pooling/config.json`` (mean of the tokens, which is the default, or
the first token). It is pinned: the SHA-256 of the lines that ``sha256sum`` prints for those of FILES that are there, in this
order. What is hashed is what is run, so no other file of the folder counts, weights in files of their own included.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autopack_hooks.core.errors import TargetError
from autopack_hooks.core.files import read_regular
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.embedder import Dense, DenseEmbedder

FILES = ("1_Pooling/config.json", "config.json", "model.onnx", "onnx/model.onnx", "tokenizer.json")
"""The files that make a model, in the order of their names; of the two places of the model the first that is there counts."""

THREADS = 2
"""One number for all machines: more bring little with passages of this size."""

_LARGEST = 2_000_000_000
_TOKENS = 512
_SMALL_BATCH = 16
"""Texts that are run at once, of about the same length, so that little of the work is padding."""


class OnnxEmbedder:
    """A model in a folder."""

    batch = 64

    def __init__(self, folder: Path, sha256: str) -> None:
        """Name the model; it is read when the first text comes."""
        self._folder = folder
        self._sha256 = sha256
        self._model: _Model | None = None
        self.name = f"onnx-1/{sha256[:32]}"

    def older(self, name: str) -> DenseEmbedder | None:
        """Return None: the model that was there before need not be there any more."""
        return None

    def embed(self, texts: Sequence[str], deadline: Deadline) -> list[Dense]:
        """Return the vector of each text (see ``DenseEmbedder.embed``)."""
        if self._model is None:
            self._model = self._load()
        found: list[Dense] = [()] * len(texts)
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        for start in range(0, len(order), _SMALL_BATCH):
            deadline.check("embedding passages")
            some = order[start : start + _SMALL_BATCH]
            for number, vector in zip(some, self._run([texts[number] for number in some]), strict=True):
                found[number] = vector
        return found

    def _run(self, texts: Sequence[str]) -> list[Dense]:
        assert self._model is not None
        try:
            return self._model.run(texts)
        except TargetError:
            raise
        except Exception as error:  # ONNX Runtime has no common class for its own
            raise self._fault(f"failed: {_one_line(error)}") from error

    def _load(self) -> _Model:
        try:
            import onnxruntime
            import tokenizers
        except ImportError as error:
            raise TargetError(f"sync.embedder needs {error.name}: pip install 'autopack-hooks[onnx]'") from error
        files = self._read()
        try:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = THREADS
            options.log_severity_level = 4
            data = files.get("model.onnx") or files["onnx/model.onnx"]
            session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            tokenizer = tokenizers.Tokenizer.from_str(files["tokenizer.json"].decode())
        except Exception as error:  # both raise what they like
            raise self._fault(f"cannot be loaded: {_one_line(error)}") from error
        settings, pooling = _settings(files, "config.json"), _settings(files, "1_Pooling/config.json")
        longest = settings.get("max_position_embeddings")
        tokens = min(_TOKENS, longest) if isinstance(longest, int) and longest > 0 else _TOKENS
        tokenizer.enable_truncation(tokens)
        tokenizer.enable_padding(pad_id=_padding(settings), pad_token=str(_pad_token(tokenizer, _padding(settings))))
        return _Model(session, tokenizer, first_token=bool(pooling.get("pooling_mode_cls_token")))

    def _read(self) -> dict[str, bytes]:
        """Return the files of the model by name. Raises TargetError where they are not the ones that are pinned."""
        files = dict(self._files())
        if "tokenizer.json" not in files or not {"model.onnx", "onnx/model.onnx"} & set(files):
            raise self._fault("needs the files model.onnx and tokenizer.json")
        lines = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
        found = hashlib.sha256("".join(lines).encode()).hexdigest()
        if found != self._sha256:
            raise self._fault(f"has the SHA-256 {found}, not the one of sync.embedder.onnx.sha256")
        return files

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for name in FILES:
            path = self._folder / name
            if not path.exists() or (name == "onnx/model.onnx" and (self._folder / "model.onnx").exists()):
                continue
            try:
                yield name, read_regular(path, _LARGEST)
            except OSError as error:
                raise self._fault(f"cannot be read ({name}: {error.strerror or error})") from error

    def _fault(self, text: str) -> TargetError:
        return TargetError(f"the model in {self._folder} {text}")


class _Model:
    """A loaded model."""

    def __init__(self, session: Any, tokenizer: Any, *, first_token: bool) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._first_token = first_token
        self._inputs = [entry.name for entry in session.get_inputs()]

    def run(self, texts: Sequence[str]) -> list[Dense]:
        """Return normalized vectors."""
        import numpy

        encoded = self._tokenizer.encode_batch(list(texts))
        given = {
            "input_ids": numpy.array([one.ids for one in encoded], numpy.int64),
            "attention_mask": numpy.array([one.attention_mask for one in encoded], numpy.int64),
            "token_type_ids": numpy.array([one.type_ids for one in encoded], numpy.int64),
        }
        output = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        if output.ndim == 3:  # a vector for each token
            mask = given["attention_mask"][:, :, None].astype(output.dtype)
            summed = (output * mask).sum(axis=1) / numpy.maximum(mask.sum(axis=1), 1)
            output = output[:, 0] if self._first_token else summed
        length = numpy.linalg.norm(output, axis=1, keepdims=True)
        vectors: list[list[float]] = (output / numpy.maximum(length, 1e-12)).astype(float).tolist()
        if not all(map(math.isfinite, (value for vector in vectors for value in vector))):
            raise ValueError("its vectors hold values that are not numbers")
        return [*vectors]


def _settings(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    try:
        found = json.loads(files.get(name, b"{}"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _padding(settings: Mapping[str, Any]) -> int:
    found = settings.get("pad_token_id")
    return found if isinstance(found, int) and found >= 0 else 0


def _pad_token(tokenizer: Any, number: int) -> str:
    return tokenizer.id_to_token(number) or "[PAD]"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
