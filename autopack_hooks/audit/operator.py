"""Operators: the person in git's configuration, and placeholders that stand for nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.git import Repo

_FORM = re.compile(r"(?P<name>[^<>]*)<\s*(?P<email>[^<>\s]*)\s*>\s*")
# Placeholders in templates, manuals and git's own hint, and names that machines give themselves.
_NO_NAMES = {
    "anonymous", "changeme", "example", "firstname lastname", "full name", "me", "my name", "name", "nobody", "none",
    "null", "operator", "placeholder", "someone", "tbd", "todo", "undefined", "unknown", "user", "username", "xxx",
    "you", "your full name", "your name", "yourname",
}  # fmt: skip
_NO_USERS = {
    "changeme", "email", "me", "name", "no-reply", "nobody", "none", "noreply", "null", "placeholder", "someone", "todo",
    "undefined", "unknown", "user", "username", "you", "your", "your-email", "your.email", "your_email", "youremail",
    "yourname", "your.name", "your_name",
}  # fmt: skip
_NO_HOSTS = re.compile(r"localhost|.*\.localdomain|.*\(none\)", re.IGNORECASE)


class Operator(NamedTuple):
    """A person; ``str()`` returns ``Name <mail>``."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


def parse_operator(text: str) -> Operator:
    """Read ``Name <mail>``. Raises UsageError for anything else."""
    match = _FORM.fullmatch(text)
    if not match or not text.isprintable():
        raise UsageError(f"{text!r} is not an operator: write 'Name <mail>'")
    return Operator(match["name"].strip(), match["email"])


def git_operator(repo: Repo | None, environ: Mapping[str, str]) -> Operator:
    """Return the identity that git would commit with; an unset part is "". git's guesses from the host are not used.

    Like git: GIT_COMMITTER_NAME, committer.name, user.name, GIT_AUTHOR_NAME; the same for the address.
    """
    return Operator(*(_part(what, repo, environ) for what in ("name", "email")))


def _part(what: str, repo: Repo | None, environ: Mapping[str, str]) -> str:
    value = environ.get(f"GIT_COMMITTER_{what.upper()}")
    if not value and repo is not None:
        value = repo.config(f"committer.{what}") or repo.config(f"user.{what}")
    value = value or environ.get(f"GIT_AUTHOR_{what.upper()}") or ""
    return "".join(c for c in value if c.isprintable() and c not in "<>").strip()


def placeholder(operator: Operator) -> str | None:
    """Return why ``operator`` is not a person, such as "the address is missing"; None where it may be one."""
    name, email = operator.name.strip().lower(), operator.email.strip().lower()
    user, at, host = email.partition("@")
    if not name:
        return "the name is missing"
    if name in _NO_NAMES:
        return f"{operator.name!r} is a placeholder"
    if not email:
        return "the address is missing"
    if not at or not user or not host:
        return f"{operator.email!r} is not a mail address"
    if user in _NO_USERS or _NO_HOSTS.fullmatch(host):
        return f"{operator.email!r} is a placeholder"
    return None
