"""Embedders: how a passage, and a question about it, become what a vector store compares.

The lexical one needs no model and no network. Its weights are those of BM25F without the inverse document frequency
(Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009), which the vector store knows and
multiplies in (its IDF modifier). The average lengths are fixed, so that one passage's vector depends on no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import Protocol
from zlib import crc32

from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.terms import chunk_terms, chunks, query_terms

Sparse = tuple[list[int], list[float]]
"""Indices (32 bits, sorted, each once) and their values."""

Dense = Sequence[float]
"""A vector of a model's."""


class DenseEmbedder(Protocol):
    """Makes vectors that tell what a text means, by a model."""

    name: str
    """As ``Embedder.name``, without a space."""

    batch: int
    """How many texts it takes at once."""

    def embed(self, texts: Sequence[str], deadline: Deadline) -> list[Dense]:
        """Return the vector of each text. Raises TargetError, DeadlineExceeded."""
        ...

    def older(self, name: str) -> DenseEmbedder | None:
        """Return the embedder ``name`` if this one's endpoint has it; None where nobody can be asked."""
        ...


class Embedder(Protocol):
    """Makes the vectors of passages and of questions."""

    name: str
    """Kind, model and version, stored with every passage. Under another name every passage is another one, and is written
    again: so it changes with everything that changes a vector."""

    dense: DenseEmbedder | None
    """Makes the second vector of a passage."""

    def embed(self, title: str, text: str) -> Sparse:
        """Return the vector of a passage's words.

        Args:
            title: The id and title of its entry.
            text: The passage.
        """
        ...

    def embed_query(self, text: str) -> Sparse:
        """Return the vector of a question; an empty one where there is nothing to look for."""
        ...


class LexicalEmbedder:
    """The words of a passage, those of its title counting more."""

    name = "lexical-2"
    dense: DenseEmbedder | None = None

    def embed(self, title: str, text: str) -> Sparse:
        """Return the terms with BM25F's saturated frequency (see ``Embedder.embed``)."""
        in_title, in_text = _count(title), _count(text)
        # Shorter than the average is no merit: otherwise a line with one word of the question beats a passage with two.
        scale = 1 / (1 - _B_TEXT + _B_TEXT * max(1.0, in_text.total() / _TEXT_LENGTH))
        weights = {index: count * scale for index, count in in_text.items()}
        scale = _TITLE / (1 - _B_TITLE + _B_TITLE * in_title.total() / _TITLE_LENGTH)
        for index, count in in_title.items():
            weights[index] = weights.get(index, 0.0) + count * scale
        indices = sorted(weights)
        return indices, [weight * (_K + 1) / (weight + _K) for weight in map(weights.__getitem__, indices)]

    def embed_query(self, text: str) -> Sparse:
        """Return the terms with their weights in a question."""
        weights: dict[int, float] = {}
        for term, weight in query_terms(text).items():
            index = _index(term)
            weights[index] = weights.get(index, 0.0) + weight
        indices = sorted(weights)
        return indices, [weights[index] for index in indices]


LEXICAL = LexicalEmbedder()


class HybridEmbedder(LexicalEmbedder):
    """The words of a passage, and beside them what a model makes of it."""

    def __init__(self, dense: DenseEmbedder) -> None:
        self.dense = dense
        self.name = f"{LEXICAL.name} {dense.name}"


def dense_part(name: str | None) -> str:
    """Return the name of the dense embedder in an embedder's name; "" where it has none."""
    return (name or "").partition(" ")[2]


def dense_vector(name: str) -> str:
    """Return the name under which a store holds the vectors of the dense embedder ``name``."""
    return f"{DENSE}{sha256(name.encode()).hexdigest()[:16]}"


def dense_text(title: str, text: str) -> str:
    """Return what a dense embedder reads of a passage."""
    return text if text.startswith(title) else f"{title}\n{text}"


DENSE = "dense-"
"""How the names of dense vectors begin."""

_K = 1.2
"""How fast a repeated word stops to count: the usual value, as are those for the lengths."""

_B_TEXT, _B_TITLE = 0.75, 0.5
_TEXT_LENGTH, _TITLE_LENGTH = 240, 12
_TITLE = 2.0
"""A word in the title counts as so many in the text."""


def _count(text: str) -> Counter[int]:
    return Counter(chain.from_iterable(map(_indices, chunks(text))))


@lru_cache(maxsize=1 << 17)
def _indices(chunk: str) -> tuple[int, ...]:
    return tuple(map(_index, chunk_terms(chunk)))


def _index(term: str) -> int:
    return crc32(term.encode("utf-8", "surrogatepass"))
