"""The terms of a text: what a question and an entry are compared by, in the vectors and in the database alike.

A word gives its stem (Snowball, English) and, where that is another, itself. What stands between blanks and is made of
several parts, as identifiers, paths, versions and error fragments are, gives itself as a whole and each of its parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EXACT = 0.5
"""The weight of a word itself in a question, beside 1 for its stem."""

LONGEST = 100
"""Characters of a term; a longer run is data, which nobody asks for as a whole."""

CHUNK = re.compile(r"\w+(?:[-.:/\\]\w+)*")
"""A run of letters, digits and what joins them: what ``chunk_terms`` takes apart."""

_COMPONENT = re.compile(r"[:/\\]")
_SEGMENT = re.compile(r"[-.]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ATOM = re.compile(r"[^\W\d_]+|\d+")
# Written without blanks between words, so that pairs of characters stand for the words.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{2,}")

_FUNCTION_WORDS = """
a about above after again against all also am an and any anybody anyone anything are as at be because been before being below
between both but by can could did do does doing done during each ever everything few for from further get gets got had has have
having he her here him his how i if in instead into is it its just me more most my myself never no nobody nor not nothing of off
on once only or other our out over own same she should so some somebody someone something still such than that the their them
then there these they this those though through to too under until up us very was we were what when where which while who whom
whose why will with would yet you your
"""


@cache
def _stemmer() -> Callable[[str], str]:
    import Stemmer  # type: ignore[import-not-found]  # its library is loaded where something is indexed or asked

    stem: Callable[[str], str] = Stemmer.Stemmer("english").stemWord
    return stem


def terms_text(text: str) -> str:
    """Return the terms of ``text``, each as often as it occurs, separated by blanks."""
    return " ".join(map(_joined, chunks(text)))


@lru_cache(maxsize=1 << 17)
def _joined(chunk: str) -> str:
    return " ".join(chunk_terms(chunk))


def query_terms(text: str) -> dict[str, float]:
    """Return the terms of a question with their weights.

    Function words ("how did we …") count only where there is nothing else: in a sentence they drown the words that matter.
    """
    weights: dict[str, float] = {}
    for chunk in chunks(text):
        for term, weight in chunk_terms(chunk).items():
            weights[term] = weights.get(term, 0.0) + weight
    telling = {term: weight for term, weight in weights.items() if term not in _function_terms()}
    return telling or weights


def chunks(text: str) -> list[str]:
    """Return the runs of ``text`` that ``chunk_terms`` takes apart, in order."""
    return CHUNK.findall(text if text.isascii() else unicodedata.normalize("NFKC", text))


@cache
def _function_terms() -> frozenset[str]:
    return frozenset(term for word in _FUNCTION_WORDS.split() for term in chunk_terms(word))


@lru_cache(maxsize=1 << 17)
def chunk_terms(chunk: str) -> Mapping[str, float]:
    """Return the terms of one run of letters, digits and what joins them, each once, with its weight in a question.

    ``BUILD-163`` gives ``build-163 build 163``; ``src/lock_manager.py`` gives ``src/lock_manager.py src lock_manager.py
    lock_manager lock manag py manager``; ``camelCase`` gives ``camelcase camel case``.
    """
    found: dict[str, float] = {}
    exact: dict[str, float] = {}
    for word in dict.fromkeys(_words(chunk)):
        if 0 < len(word) <= LONGEST:
            stem = _stemmer()(word) if word.isalpha() else word
            found[stem] = 1.0
            exact[word] = EXACT
    return MappingProxyType({**exact, **found})


def _words(chunk: str) -> Iterator[str]:
    """Yield the chunk as a whole and its parts, in lower case."""
    yield chunk.strip("_").lower() or chunk
    for component in _COMPONENT.split(chunk):
        yield component.strip("_").lower()
        for segment in _SEGMENT.split(component):
            yield segment.strip("_").lower()
            for part in _CAMEL.split(segment):
                yield from (atom.lower() for atom in _ATOM.findall(part))
    for run in _UNSPACED.findall(chunk):
        yield from (run[at : at + 2] for at in range(len(run) - 1))
