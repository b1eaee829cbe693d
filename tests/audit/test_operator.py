"""Who acts: git's identity, and what is nobody."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from autopack_hooks.audit.operator import Operator, git_operator, parse_operator, placeholder
from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.git import Repo
from tests.support import GitRepo


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("Ann <ann@host.org>", ("Ann", "ann@host.org")),
        ("  Ann B. Other   < ann@host.org > ", ("Ann B. Other", "ann@host.org")),
        ("<ann@host.org>", ("", "ann@host.org")),
        ("Ann <>", ("Ann", "")),
    ],
)
def test_an_operator_is_a_name_and_a_mail(text: str, operator: tuple[str, str]) -> None:
    assert parse_operator(text) == operator


@pytest.mark.parametrize(
    "text", ["", "Ann", "ann@host.org", "Ann <a b@c>", "Ann <a@b> <c@d>", "An\x1bn <a@b>", "A\n<a@b>"]
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="Name <mail>"):
        parse_operator(text)


@pytest.mark.parametrize(
    ("name", "email", "reason"),
    [
        ("", "ann@host.org", "the name is missing"),
        (" ", "ann@host.org", "the name is missing"),
        ("unknown", "ann@host.org", "'unknown' is a placeholder"),
        ("Your Name", "ann@host.org", "'Your Name' is a placeholder"),
        ("root", "root@localhost", "'root@localhost' is a placeholder"),
        ("root", "root@box.localdomain", "is a placeholder"),
        ("root", "root@box.(none)", "is a placeholder"),
        ("Ann", "you@example.com", "'you@example.com' is a placeholder"),
        ("Ann", "your.email@example.org", "is a placeholder"),
        ("Ann", "", "the address is missing"),
        ("Ann", "ann", "'ann' is not a mail address"),
        ("Ann", "@host.org", "is not a mail address"),
        ("Ann", "ann@", "is not a mail address"),
    ],
)
def test_a_placeholder_is_nobody(name: str, email: str, reason: str) -> None:
    assert reason in (placeholder(Operator(name, email)) or "")


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("a", "a@example.invalid"),
        ("Root Cause", "root@host.org"),
        ("Ann Unknown", "ann.unknown@host.org"),
        ("Youssef", "you.ssef@host.org"),
        ("Ann", "12+ann@users.noreply.github.com"),
        ("Zoë", "zoë@localhost.io"),
    ],
)
def test_a_person_is_somebody(name: str, email: str) -> None:
    assert placeholder(Operator(name, email)) is None


@pytest.mark.parametrize(
    ("settings", "environ", "expected"),
    [
        ({"user.name": "U", "user.email": "u@h"}, {}, "U <u@h>"),
        ({"user.name": "U", "user.email": "u@h", "committer.name": "C"}, {}, "C <u@h>"),
        ({"user.name": "U"}, {"GIT_COMMITTER_NAME": "E", "GIT_COMMITTER_EMAIL": "e@h"}, "E <e@h>"),
        ({"user.name": "U"}, {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@h"}, "U <a@h>"),
        ({"user.name": "U\x1b[31m<x>", "user.email": "u@h"}, {}, "U[31mx <u@h>"),
        ({}, {}, " <>"),
    ],
)
def test_git_says_who_it_is(
    repo: GitRepo, settings: Mapping[str, str], environ: Mapping[str, str], expected: str
) -> None:
    for key, value in settings.items():
        repo.git("config", key, value)
    assert str(git_operator(Repo.discover(repo.root, os.environ), environ)) == expected
