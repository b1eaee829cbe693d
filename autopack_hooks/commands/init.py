"""Set a repository up: write the configuration, install the hooks, keep the local stores out of git.

Nothing that is there is overwritten, and a second run changes nothing.

Examples:
    autopack-hooks init
    autopack-hooks init --hooks git --yes
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from autopack_hooks import __version__
from autopack_hooks.config.model import CONFIG_NAME
from autopack_hooks.config.template import settings_file
from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.files import CONFIG_LIMIT, read_regular, write_atomic, write_inside
from autopack_hooks.core.git import SCRATCH_FOLDER, Repo, locate
from autopack_hooks.core.terminal import escape, write_line, write_text
from autopack_hooks.core.text import SourceText
from autopack_hooks.install import driver, precommit, shims
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.project.name import project_name
from autopack_hooks.project.views import WorktreeView
from autopack_hooks.project.workspace import Workspace, load_config

TOOLS = ("pre-commit", "prek")
LOCAL_STORES = {"/autopack.db*": "autopack.db", "/.autopack/": ".autopack/"}


class Step(NamedTuple):
    """One thing that was done, or was done before: a verb and its object."""

    verb: str
    what: str
    changed: bool = False


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``init``."""
    parser.add_argument(
        "--hooks",
        choices=("pre-commit", "git", "none"),
        help="through pre-commit or prek, as plain git hooks, or not at all "
        "(default: pre-commit where it is used or installed, else git)",
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing, as without a terminal")


def run(args: argparse.Namespace) -> int:
    """Set the repository up and print a line for each step. Raises UsageError outside a repository, ConfigError."""
    if args.config:
        raise UsageError(f"init writes {CONFIG_NAME} at the root of the repository; leave --config out")
    root, repo = locate(os.environ, args.repo)
    if repo is None:
        raise UsageError(f"{root}: not in a git work tree; run `git init` first, or name a repository with --repo")
    load_config(root, None)
    ask = not args.yes and sys.stdin.isatty() and sys.stdout.isatty()
    changed = False
    for step in _steps(repo, args.hooks or _default_hooks(repo), ask):
        write_text(f"{step.verb:<9} {step.what}\n")
        changed = changed or step.changed
    write_line(
        "Done: commit the files that were written, so that others have them too."
        if changed
        else "Nothing to do: everything was set up already."
    )
    return OK


def _steps(repo: Repo, hooks: str, ask: bool) -> Iterator[Step]:
    yield _write_settings(repo)
    if hooks == "pre-commit":
        yield from _write_precommit(repo)
        yield from _install_precommit(repo, ask)
    elif hooks == "git":
        yield from _install_shims(repo, ask)
    yield from _set_up_merges(repo)
    yield _exclude(repo)


def _default_hooks(repo: Repo) -> str:
    folder = _hooks_folder(repo)
    if (folder / shims.RUNNER_NAME).is_file():
        return "git"
    used = (repo.root / precommit.FILE_NAME).exists() or any(_program(tool) for tool in TOOLS)
    return "pre-commit" if used else "git"


def _program(name: str) -> str | None:
    """Return the path of a program beside this Python, or on PATH."""
    return shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)


def _confirmed(question: str, ask: bool) -> bool:
    try:
        return not ask or input(f"{escape(question)} [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def _write_settings(repo: Repo) -> Step:
    path = repo.root / CONFIG_NAME
    if path.exists():
        return Step("kept", f"{CONFIG_NAME} (it was there)")
    _write(repo, CONFIG_NAME, settings_file(project_name(repo)).encode())
    return Step("wrote", f"{CONFIG_NAME}: every option with its default; Qdrant embedded in .autopack/qdrant", True)


def _write_precommit(repo: Repo) -> Iterator[Step]:
    name = precommit.FILE_NAME
    rev = f"v{__version__}"
    block = precommit.block(rev)
    data = _present(repo, name)
    if data is None:
        _write(repo, name, precommit.new_file(rev).encode())
        yield Step("wrote", f"{name} with {', '.join(precommit.HOOKS)}", True)
        return
    source = SourceText.from_bytes(name, data)
    hooks = precommit.read(source.text)
    if precommit.has_hooks(hooks):
        yield Step("kept", f"{name} (it names our hooks)")
        return
    text = None if source.fault else precommit.extend(source, rev)
    if text is None:
        yield Step("left", f"{name}: it cannot be extended safely; paste this below its `repos:`" + _indented(block))
        return
    _write(repo, name, source.encode(text))
    yield Step("extended", f"{name} with {', '.join(precommit.HOOKS)}", True)
    if not precommit.installs_all(hooks):
        advice = f"{name}: have this line, so that `pre-commit install` in other clones installs all of them"
        yield Step("advice", advice + _indented([precommit.hook_types_line()]))


def _present(repo: Repo, name: str) -> bytes | None:
    """Return the content of a file of the repository, None where it is not there. Raises UsageError."""
    return WorktreeView(repo.root).read([name], CONFIG_LIMIT)[name]


def _write(repo: Repo, name: str, data: bytes) -> None:
    write_inside(repo.root, name, data, scratch=repo.state_dir / SCRATCH_FOLDER)


def _indented(lines: Iterable[str]) -> str:
    return "".join(f"\n    {line}" for line in lines)


def _install_precommit(repo: Repo, ask: bool) -> Iterator[Step]:
    tool = next((tool for tool in TOOLS if _program(tool)), None)
    types = [word for kind in precommit.HOOK_TYPES for word in ("-t", kind)]
    command = f"{tool or 'pre-commit'} install {' '.join(types)}"
    if tool is None:
        yield Step(
            "left", f"hooks not installed: neither pre-commit nor prek was found; install one and run `{command}`"
        )
    elif all(_is_installed(_hooks_folder(repo) / kind) for kind in precommit.HOOK_TYPES):
        yield Step("kept", f"the hooks of {tool} (they were installed)")
    elif not _confirmed(f"Run `{command}` now?", ask):
        yield Step("left", f"hooks not installed: run `{command}`")
    else:
        yield from _remove_shims(repo)
        # Safe: both tools keep a hook that is there already, and go on calling it.
        done = subprocess.run(
            (_program(tool) or tool, "install", *types),
            cwd=repo.root,
            env=repo.env,
            capture_output=True,
            text=True,
            check=False,
        )
        reason = " ".join((done.stdout + done.stderr).split())
        if done.returncode:
            yield Step("failed", f"{command}: {reason}")
        else:
            yield Step("installed", f"with {tool}: {', '.join(precommit.HOOK_TYPES)}", True)


def _is_installed(hook: Path) -> bool:
    try:
        text = read_regular(hook).decode("utf-8", "replace")
    except OSError:
        return False
    return any(f"generated by {tool}" in text for tool in TOOLS)


def _hooks_folder(repo: Repo) -> Path:
    """Return the folder that git runs hooks from: ``core.hooksPath``, or the one that all linked worktrees share."""
    return repo.root / os.fsdecode(repo.run("rev-parse", "--git-path", "hooks")).rstrip("\n")


def _is_own(repo: Repo, folder: Path) -> bool:
    """Return whether ``folder`` belongs to this repository alone, which a global ``core.hooksPath`` does not."""
    real = Path(os.path.realpath(folder))
    return any(real.is_relative_to(os.path.realpath(home)) for home in (repo.root, repo.common_dir))


def _install_shims(repo: Repo, ask: bool) -> Iterator[Step]:
    folder = _hooks_folder(repo)
    if not _is_own(repo, folder):
        yield Step(
            "left",
            f"hooks not installed: core.hooksPath is {folder}, outside this repository; "
            "run `git config --local core.hooksPath .git/hooks` and init again",
        )
        return
    wanted = shims.files()
    there = {name: _read(folder / name) for name in wanted}
    # A link may be the repository's, and lead anywhere: it is not written through.
    foreign = [
        name
        for name, text in there.items()
        if text is not None and (not shims.is_ours(text) or (folder / name).is_symlink())
    ]
    missing = [name for name, text in wanted.items() if name not in foreign and not _is_current(folder / name, text)]
    if missing and not _confirmed(f"Install git hooks into {folder}?", ask):
        yield Step("left", "hooks not installed: run `autopack-hooks init --hooks git` again")
        return
    if missing:
        _write_hooks(folder, {name: wanted[name] for name in missing})
        events = ", ".join(name for name in missing if name in shims.EVENTS) or shims.RUNNER_NAME
        yield Step("installed", f"{events} in {_shown(repo, folder)}", True)
    else:
        yield Step("kept", f"the hooks in {_shown(repo, folder)} (they were installed)")
    yield from _chained(folder, foreign, there)
    yield from _note_program(repo)


def _is_current(hook: Path, text: str) -> bool:
    return _read(hook) == text and os.access(hook, os.X_OK)


def _chained(folder: Path, foreign: Iterable[str], there: dict[str, str | None]) -> Iterator[Step]:
    for name in foreign:
        if shims.RUNNER_NAME not in (there[name] or ""):
            yield Step(
                "left",
                f"{folder / name}: it is your own hook; add this line to it\n    {shims.chained_line(name)}",
            )


def _note_program(repo: Repo) -> Iterator[Step]:
    """Note where this program is: hooks run without the virtual environment that it may be installed in."""
    program = _program("autopack-hooks")
    if program and repo.config(shims.PROGRAM_KEY) != program:
        repo.run("config", "--local", shims.PROGRAM_KEY, program)
        yield Step("noted", f"{shims.PROGRAM_KEY} = {program} in git's local configuration", True)


def _write_hooks(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_atomic(folder / name, text.encode())
        (folder / name).chmod(0o755)


def _remove_shims(repo: Repo) -> Iterator[Step]:
    """Take our plain hooks away again, which would run a second time beside those of pre-commit."""
    folder = _hooks_folder(repo)
    if not _is_own(repo, folder):
        return
    there = {name: _read(folder / name) or "" for name in shims.files()}
    ours = [name for name, text in there.items() if shims.is_ours(text)]
    if any(shims.RUNNER_NAME in text for name, text in there.items() if name not in ours):
        ours = [name for name in ours if name != shims.RUNNER_NAME]  # a hook of the user's own calls it
    for name in ours:
        (folder / name).unlink()
    if ours:
        yield Step("removed", f"our plain git hooks from {_shown(repo, folder)}", True)


def _read(path: Path) -> str | None:
    """Return a hook's text; "" for one that cannot be read, None where there is none."""
    if not os.path.lexists(path):
        return None
    try:
        return read_regular(path).decode("utf-8", "replace")
    except OSError:
        return ""


def _shown(repo: Repo, folder: Path) -> str:
    return os.path.relpath(folder, repo.root) if folder.is_relative_to(repo.root) else str(folder)


def _set_up_merges(repo: Repo) -> Iterator[Step]:
    """Have git merge the ledgers that are there entry by entry. Attributes are committed, the driver is this clone's."""
    workspace = Workspace(repo.root, repo, load_config(repo.root, None), {})
    files = [file for file in workspace.ledgers(workspace.worktree) if file.dialect.entries != FILES]
    if not files:
        return
    drivers = {file.path: _merge_attribute(repo, file.path) for file in files}
    missing = [path for path, value in drivers.items() if value == "unspecified"]
    for name, value in drivers.items():
        if value not in ("unspecified", driver.NAME):
            yield Step("left", f"{name} to merge={value}; with merge={driver.NAME} it merges entry by entry")
    if missing:
        old = (_present(repo, driver.ATTRIBUTES) or b"").decode("utf-8", "surrogateescape")
        text = driver.extended(old, missing)
        _write(repo, driver.ATTRIBUTES, text.encode("utf-8", "surrogateescape"))
        yield Step(
            "wrote", f"{driver.ATTRIBUTES}: {', '.join(missing)} merge{'s' * (len(missing) == 1)} entry by entry", True
        )
    command = driver.command(_program("autopack-hooks"))
    if repo.config(driver.KEY) != command:
        repo.run("config", "--local", f"merge.{driver.NAME}.name", "ledgers, entry by entry")
        repo.run("config", "--local", driver.KEY, command)
        yield Step("noted", f"{driver.KEY} in git's local configuration", True)
    elif not missing:
        yield Step("kept", "the merge driver of the ledgers (it was set up)")


def _merge_attribute(repo: Repo, path: str) -> str:
    """Return the attribute ``merge`` of a path; ``unspecified`` where nothing sets it."""
    out = repo.run("check-attr", "-z", "merge", "--", path)
    return os.fsdecode(out).split("\0")[2]


def _exclude(repo: Repo) -> Step:
    """Keep the SQLite file and the embedded store out of git, in this clone."""
    lines = [
        line for line, name in LOCAL_STORES.items() if repo.try_run("check-ignore", "-q", "--no-index", name)[0] != 0
    ]
    path = repo.root / os.fsdecode(repo.run("rev-parse", "--git-path", "info/exclude")).rstrip("\n")
    if not lines:
        return Step("kept", "git ignores the local stores already")
    path.parent.mkdir(parents=True, exist_ok=True)
    old = read_regular(path) if path.exists() else b""
    separator = b"" if not old or old.endswith(b"\n") else b"\n"
    write_atomic(path, old + separator + "".join(f"{line}\n" for line in lines).encode())
    return Step("excluded", f"{', '.join(lines)} from git, in {_shown(repo, path)}", True)
