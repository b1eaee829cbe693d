"""Show every setting: its value, and whether that is the default or who gave it. Passwords are masked.

Examples:
    autopack-hooks config show
    autopack-hooks config show links sync.database_url
    autopack-hooks config show ledgers --format json
"""

from __future__ import annotations

import argparse
import dataclasses
import os
from collections.abc import Iterator

from autopack_hooks.commands.cli.parsing import add_global_options, did_you_mean
from autopack_hooks.config.model import Config, LedgerConfig
from autopack_hooks.config.sources import DEFAULT, Setting, settings_of
from autopack_hooks.config.template import scalar
from autopack_hooks.config.yaml_loader import load_yaml
from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.redact import redact
from autopack_hooks.core.terminal import json_text, write_styled, write_text
from autopack_hooks.project.workspace import Workspace, read_config
from autopack_hooks.sync.allowed import ALLOW_ENV, ALLOW_HOST, ALLOW_HOSTS
from autopack_hooks.sync.database.url import masked
from autopack_hooks.sync.placement import ALLOW_PATH, ALLOW_PATHS
from autopack_hooks.sync.qdrant.url import mask_server

PERMISSIONS = {ALLOW_HOST: ALLOW_HOSTS, ALLOW_ENV: "", ALLOW_PATH: ALLOW_PATHS}
"""Keys of git's configuration, where the user allows what a repository asks for -> the variable that does so, too."""

WIDTH = 40
"""The column of values is at most this wide."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``config``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    what = "list the settings, each with its value and its source"
    show = actions.add_parser("show", help=what, description=what.capitalize())
    show.add_argument(
        "keys", nargs="*", metavar="KEY", help="only these settings, or sections such as links (default: all)"
    )
    show.add_argument("--format", choices=("text", "json"), default="text", help="output format")
    add_global_options(show)


def run(args: argparse.Namespace) -> int:
    """Print the settings. Raises ConfigError, and UsageError for an unknown key, naming the nearest."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    data = read_config(workspace.root, args.config)
    raw = None if data is None else load_yaml(data, str(workspace.config.source))
    settings = [_masked(setting) for setting in settings_of(_with_defaults(workspace), raw, workspace.environ)]
    chosen = _chosen([*settings, *_permissions(workspace)], args.keys)
    if args.format == "json":
        write_text(json_text([setting._asdict() for setting in chosen]))
        return OK
    texts = [("not set" if value is None else scalar(value)) for _, value, _ in chosen]
    wide = max((len(setting.key) for setting in chosen), default=0)
    # A few long values must not push all sources out of sight.
    column = max((len(text) for text in texts if len(text) <= WIDTH), default=0)
    for (key, _, source), text in zip(chosen, texts, strict=True):
        write_styled(("bold", f"{key:{wide}}"), f"  {text:{column}}  ", ("dim", source))
    return OK


def _with_defaults(workspace: Workspace) -> Config:
    """Return the configuration with what is found out where it says nothing: the project, and the ledgers that exist."""
    ledgers = {file.name: LedgerConfig(file.path, file.dialect.name) for file in workspace.ledgers(workspace.worktree)}
    known = workspace.config.ledgers
    return dataclasses.replace(workspace.config, project=workspace.project, ledgers=ledgers if known is None else known)


def _masked(setting: Setting) -> Setting:
    """Return a setting without passwords."""
    value = setting.value
    if isinstance(value, str):
        hide = {"sync.database_url": masked, "sync.qdrant.url": mask_server}.get(setting.key, redact)
        value = hide(value)
    return setting._replace(value=value)


def _permissions(workspace: Workspace) -> Iterator[Setting]:
    """Yield what the user allows to this and other repositories."""
    for key, variable in PERMISSIONS.items():
        named = workspace.environ.get(variable, "")
        given = workspace.repo.own_settings(key) if workspace.repo else []
        sources = [*(["git config"] if given else []), *([f"environment variable {variable}"] if named else [])]
        yield Setting(key, [*given, *([named] if named else [])], ", ".join(sources) or DEFAULT)


def _chosen(settings: list[Setting], keys: list[str]) -> list[Setting]:
    """Return the settings at or below ``keys``, all without any. Raises UsageError for a key that chooses none."""
    chosen = []
    for key in keys:
        below = [setting for setting in settings if f"{setting.key}.".startswith(f"{key.rstrip('.')}.")]
        if not below:
            names = {setting.key for setting in settings} | {setting.key.rpartition(".")[0] for setting in settings}
            raise UsageError(f"{key!r} is not a setting; {did_you_mean(key, names) or 'leave it out to see all'}")
        chosen += below
    return chosen if keys else settings
