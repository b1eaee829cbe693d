"""What the modes that write have in common: who commits, and how a commit gets to the remote."""

from __future__ import annotations

import argparse
import os

from autopack_hooks.commands.cli.catalog import command_parser, load
from autopack_hooks.commands.cli.parsing import GLOBAL_DEFAULTS
from autopack_hooks.core.errors import FatalError
from autopack_hooks.core.git import GitError, Repo
from autopack_hooks.core.git_remote import run_remote
from autopack_hooks.project.claims import REMOTE
from autopack_hooks.project.workspace import Workspace

_PATIENCE = 120.0
_NAME, _EMAIL = "autopack-hooks", "autopack-hooks@users.noreply.github.com"


def run_command(workspace: Workspace, name: str, *arguments: str) -> int:
    """Run another command on the same work tree and return its exit code. Raises FatalError."""
    module = load(name)
    args = command_parser(name, module).parse_args(["--repo", str(workspace.root), *arguments])
    code: int = module.run(argparse.Namespace(**{**GLOBAL_DEFAULTS, **vars(args)}))
    return code


def identity(repo: Repo) -> tuple[str, ...]:
    """Return the options of git that name who commits, where nobody is configured: a runner has no settings of a person."""
    given = (("user.name", _NAME), ("user.email", _EMAIL))
    return tuple(word for key, value in given if not repo.config(key) for word in ("-c", f"{key}={value}"))


def fetch(repo: Repo, *branches: str) -> list[str]:
    """Fetch branches of the remote and return their commits. Raises GitError."""
    specs = [f"+refs/heads/{name}:refs/remotes/{REMOTE}/{name}" for name in branches]
    code, _, error = run_remote(repo, "fetch", "--quiet", "--no-tags", REMOTE, *specs, seconds=_PATIENCE)
    if code:
        raise GitError(f"{', '.join(branches)} cannot be fetched from {REMOTE}: {_last(error)}")
    found = [repo.resolve(f"refs/remotes/{REMOTE}/{name}") for name in branches]
    return [commit for commit in found if commit]


def push(repo: Repo, commit: str, branch: str) -> None:
    """Push a commit to a branch that it continues. Raises FatalError, with the remote's reason."""
    target = f"{commit}:refs/heads/{branch}"
    code, _, error = run_remote(repo, "push", "--quiet", "--no-verify", REMOTE, target, seconds=_PATIENCE)
    if code:
        raise FatalError(
            f"{branch} cannot be pushed to {REMOTE}: {_last(error)}; where it moved meanwhile, run this again"
        )


def _last(error: str) -> str:
    lines = [
        line for line in os.fsdecode(error.encode()).splitlines() if "rejected]" in line or line.startswith("fatal:")
    ]
    return (lines or error.splitlines() or ["no reason given"])[-1].strip()
