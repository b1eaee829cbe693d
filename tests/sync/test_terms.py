"""Terms: stems beside exact forms, wholes beside their parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_hooks.sync.terms import LONGEST, chunk_terms, query_terms, terms_text


@pytest.mark.parametrize(
    ("chunk", "wanted"),
    [
        ("BUILD-163", {"build-163", "build", "163"}),
        ("BUILD-170.10", {"build-170.10", "build", "170", "10"}),
        ("lock_manager.py", {"lock_manager.py", "lock_manager", "lock", "manager", "manag", "py"}),
        ("src/fix.py", {"src/fix.py", "src", "fix.py", "fix", "py"}),
        ("camelCase", {"camelcase", "camelcas", "camel", "case"}),
        ("HTTPServer", {"httpserver", "http", "server"}),
        ("os.O_EXCL", {"os.o_excl", "os", "o_excl", "o", "excl"}),
        ("__init__", {"init"}),
        ("P17", {"p17", "p", "17"}),
        ("locking", {"locking", "lock"}),
        ("is", {"is"}),
        ("Größe", {"größe"}),
        ("日本語", {"日本語", "日本", "本語"}),
        ("x" * (LONGEST + 1), set()),
    ],
)
def test_terms(chunk: str, wanted: set[str]) -> None:
    assert set(chunk_terms(chunk)) == wanted


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("how did we do the locking", {"locking": 0.5, "lock": 1.0}),
        ("to be or not to be", {"to": 2.0, "be": 2.0, "or": 1.0, "not": 1.0}),
        ("Lock the LOCK", {"lock": 2.0}),
        ('"; -- ^', {}),
        ("", {}),
    ],
)
def test_function_words_count_only_alone(question: str, wanted: dict[str, float]) -> None:
    assert query_terms(question) == wanted


@given(st.text(max_size=300))
def test_every_term_is_one_word(text: str) -> None:
    assert all(terms_text(text).split(" ")) or not terms_text(text)
    assert query_terms(text).keys() <= set(terms_text(text).split(" "))
