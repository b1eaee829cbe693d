"""Diagnose an installation: hooks, merge driver, ignored files, programs. What needs a store is the command's to ask."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.core.git import Repo
from autopack_hooks.install import driver, hooks, ignored, precommit, shims
from autopack_hooks.install.setup import Setup, read_hook

OK, NOTE, WRONG = "ok", "note", "wrong"
OLDEST_GIT = (2, 30)
INIT = "autopack-hooks init"


class Diagnosis(NamedTuple):
    """One thing that was looked at: its state (``wrong`` fails), what there is to say, and the command that mends it."""

    topic: str
    state: str
    message: str
    command: str = ""


def versions(repo: Repo, python: tuple[int, ...]) -> Iterator[Diagnosis]:
    """Diagnose the versions of Python and git."""
    yield Diagnosis("python", OK, ".".join(map(str, python[:3])))
    words = repo.run("--version").decode("utf-8", "replace").split()
    text = next((word for word in words if word[:1].isdigit()), "unknown")
    numbers = tuple(int(part) for part in re.findall(r"\d+", text)[:2])
    if numbers < OLDEST_GIT:
        yield Diagnosis("git", WRONG, f"{text} is too old", "install git 2.30 or newer")
    else:
        yield Diagnosis("git", OK, text)


def hook_state(setup: Setup) -> Iterator[Diagnosis]:
    """Diagnose the hooks: through a runner where its configuration names ours, else the plain ones."""
    place = hooks.find_place(setup.repo)
    named = precommit.has_hooks(precommit.read(setup.text(precommit.FILE_NAME)))
    found = hooks.states(setup, place)
    plain = any(state.ours or (state.called and not hooks.is_generated(state.path)) for state in found)
    plain = plain or (place.folder / shims.RUNNER_NAME).exists()
    if named and not plain:
        yield from _runner_hooks(setup)
    elif not plain:
        yield Diagnosis("hooks", WRONG, "not installed, so nothing is checked at a commit", INIT)
    else:
        yield from _plain_hooks(setup, place, found)


def _runner_hooks(setup: Setup) -> Iterator[Diagnosis]:
    folder = hooks.hooks_folder(setup.repo)
    missing = [kind for kind in precommit.HOOK_TYPES if not hooks.is_generated(folder / kind)]
    idle = [kind for kind in precommit.HOOK_TYPES if kind not in missing and not os.access(folder / kind, os.X_OK)]
    command = f"{INIT} --hooks pre-commit"
    if missing:
        message = f"{precommit.FILE_NAME} names ours, and git does not run {', '.join(missing)}"
        yield Diagnosis("hooks", WRONG, message, command)
    for kind in idle:
        yield Diagnosis("hooks", WRONG, f"{kind} is not executable, so git skips it", f"chmod +x {folder / kind}")
    if setup.tool is None:
        yield Diagnosis("hooks", NOTE, "neither pre-commit nor prek is on PATH", "install one of them")
    if not missing and not idle:
        yield Diagnosis("hooks", OK, f"{', '.join(precommit.HOOK_TYPES)}, through {setup.tool or 'a runner'}")


def _plain_hooks(setup: Setup, place: hooks.Place, found: Sequence[hooks.HookState]) -> Iterator[Diagnosis]:
    command = f"{INIT} --hooks git"
    problems = []
    if place.problem:
        problems.append(Diagnosis("hooks", WRONG, place.problem, place.remedy))
    for state in found:
        if message := _problem(state):
            problems.append(Diagnosis("hooks", WRONG, f"{setup.shown(state.path)} {message}", command))
    runner = read_hook(place.folder / shims.RUNNER_NAME)
    if runner != shims.RUNNER and (runner is not None or any(state.ours for state in found)):
        what = "is missing" if runner is None else "is of another release"
        problems.append(Diagnosis("hooks", WRONG, f"{shims.RUNNER_NAME}, which the hooks call, {what}", command))
    problems += _dispatchers(setup, place)
    problems += _program(setup)
    yield from problems or [Diagnosis("hooks", OK, f"{', '.join(shims.EVENTS)} in {setup.shown(place.folder)}")]


def _problem(state: hooks.HookState) -> str:
    """Return what is wrong with one hook; "" for nothing."""
    if state.text is None:
        return "" if state.called else "is missing"
    if not state.called:
        return "does not call this program (init shows the line to add)"
    if not os.access(state.path, os.X_OK) and state.path.parent.name != hooks.HUSKY:
        return "is not executable, so git skips it"
    return "is of another release" if state.ours and state.text != shims.shim(state.event) else ""


def _dispatchers(setup: Setup, place: hooks.Place) -> Iterator[Diagnosis]:
    """Yield the hooks that husky does not call, for its own folder lacks them."""
    folder = hooks.hooks_folder(setup.repo)
    if folder.name != "_" or place.problem:
        return
    lacking = [event for event in shims.EVENTS if not (folder / event).exists()]
    if lacking:
        message = f"{setup.shown(folder)} lacks {', '.join(lacking)}, so these are not called"
        yield Diagnosis("hooks", NOTE, message, "update husky, and run `npm install`")


def _program(setup: Setup) -> Iterator[Diagnosis]:
    noted, here = setup.repo.config(shims.PROGRAM_KEY), setup.find_program("autopack-hooks")
    if noted and not os.access(noted, os.X_OK):
        yield Diagnosis("program", WRONG, f"{noted}, which the hooks are to run, is not there any more", INIT)
    elif noted and here and Path(noted) != Path(here):
        yield Diagnosis("program", WRONG, f"the hooks run {noted}, and this is {here}", INIT)


def merges(setup: Setup, paths: Sequence[str]) -> Iterator[Diagnosis]:
    """Diagnose the merge driver of the ledgers at ``paths``."""
    if not paths:
        return
    without = [path for path in paths if driver.merge_attribute(setup.repo, path) == "unspecified"]
    command = setup.repo.config(driver.KEY)
    program = (command or "").partition('" ')[0].lstrip('"') if (command or "").startswith('"') else ""
    if without:
        yield Diagnosis(
            "merges", WRONG, f"{driver.ATTRIBUTES} does not give {', '.join(without)} to the merge driver", INIT
        )
    if command is None:
        yield Diagnosis("merges", WRONG, f"{driver.KEY} is not set in this clone, so git merges ledgers as text", INIT)
    elif program and not os.access(program, os.X_OK):
        yield Diagnosis("merges", WRONG, f"the merge driver runs {program}, which is not there any more", INIT)
    elif not without:
        yield Diagnosis(
            "merges", OK, f"{len(paths)} {'ledger merges' if len(paths) == 1 else 'ledgers merge'} entry by entry"
        )


def hidden(setup: Setup, names: Sequence[str]) -> Iterator[Diagnosis]:
    """Diagnose what git must ignore (the stores) and what it must not (the files ``names``)."""
    lines = ignored.missing(setup.repo)
    if lines:
        yield Diagnosis(
            "ignored", WRONG, f"no {ignored.GITIGNORE} of the repository has {', '.join(lines)} (local stores)", INIT
        )
    else:
        yield Diagnosis("ignored", OK, "the local stores, in every clone")
    there = [name for name in names if (setup.repo.root / name).exists()]
    for name, rule in ignored.hidden_files(setup.repo, there):
        yield Diagnosis(
            "ignored",
            WRONG,
            f"{name} is ignored by git ({rule}), so that others do not have it",
            f"add `!/{name}` to .gitignore",
        )
