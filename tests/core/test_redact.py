"""Credentials are struck from text that nobody wrote for printing."""

from __future__ import annotations

import pytest

from autopack_hooks.core.redact import redact


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("postgresql://bob:hunter2@db/x", "postgresql://bob:***@db/x"),
        ("postgresql://bob:hun@ter2@db/x", "postgresql://bob:***@db/x"),
        ("postgresql://bob:hun/ter?2@db/x", "postgresql://bob:***@db/x"),
        ("https://:hunter2@db", "https://:***@db"),
        ("host=db password=hunter2 port=1", "host=db password=*** port=1"),
        ("password='hunter 2' port=1", "password=*** port=1"),
        ("{'api-key': 'hunter2', 'a': 1}", "{'api-key': ***, 'a': 1}"),
        ("?sslpassword=hunter2&x=1", "?sslpassword=***&x=1"),
        ("QDRANT_API_KEY=hunter2", "QDRANT_API_KEY=***"),
    ],
)
def test_struck(text, clean):
    assert redact(text) == clean and "hunter" not in redact(text)


@pytest.mark.parametrize(
    "text",
    ["postgresql://db/x", "http://localhost:6333", "a keyword index", "bob@example.com", "the key is unique", ""],
)
def test_near_misses_stay(text):
    assert redact(text) == text


def test_a_known_secret_is_struck_wherever_it_stands():
    known = ["postgresql://bob:hunt%20er2@db/x", "/usr/bin:/bin", "4"]
    assert redact('authentication of "hunt er2" (hunt%20er2) failed 4 times', known) == (
        'authentication of "***" (***) failed 4 times'
    )


@pytest.mark.parametrize("token", ["a", "a://", "a://b:", "a://b:@", "token", "token=", "token-", "pwd='", "//", "@"])
def test_a_long_text_takes_time_in_proportion(token: str) -> None:
    """A pattern that looks at the rest of the text again and again would not end here."""
    assert redact(token * (400_000 // len(token)) + " ") is not None


def test_the_password_of_the_url_is_struck_and_nothing_like_it() -> None:
    assert redact("a:b@x://u:b@h") == "a:b@x://u:***@h"
