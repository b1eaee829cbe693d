"""Install the plain git hooks where git runs them: git's own folder, ``core.hooksPath``, husky's.

A hook of the user's own is never written to: the line that calls ours is shown, and until it is there the installation is
not complete. The same holds for hooks that another manager writes anew (see ``managers``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.git import Repo
from autopack_hooks.install import shims
from autopack_hooks.install.managers import Manager, manager_of
from autopack_hooks.install.setup import TOOLS, Setup, Step, calls_us, indented, read_hook

HUSKY = ".husky"


class Place(NamedTuple):
    """Hold where hooks of this repository belong: ``folder``; ``problem`` says why git does not run what is there."""

    folder: Path
    problem: str = ""
    remedy: str = ""
    outside: bool = False


class HookState(NamedTuple):
    """One hook: what is there (``text``, None for nothing), whether it calls us, and whose it is."""

    event: str
    path: Path
    text: str | None
    ours: bool
    called: bool
    manager: Manager | None = None

    @property
    def foreign(self) -> bool:
        """Return whether it is somebody else's to write."""
        return not self.ours and (self.text is not None or self.manager is not None)


def hooks_folder(repo: Repo) -> Path:
    """Return the folder that git runs hooks from: ``core.hooksPath``, or the one that all linked worktrees share."""
    return repo.root / os.fsdecode(repo.run("rev-parse", "--git-path", "hooks")).rstrip("\n")


def find_place(repo: Repo) -> Place:
    """Return where hooks of this repository belong."""
    folder = hooks_folder(repo)
    if folder.name == "_" and _is_own(repo, folder) and ((folder / "h").exists() or (folder / "husky.sh").exists()):
        return Place(folder.parent)  # husky writes its own folder anew at every install, and calls the hooks beside it
    home = repo.root / HUSKY
    if _is_husky(home) and not _is_below(folder, home):
        remedy = "run `npm install` (which runs husky), then `autopack-hooks init` again"
        return Place(home, "husky's hooks are in .husky, and git in this clone does not run them yet", remedy)
    if not _is_own(repo, folder):
        remedy = (
            "run `git config --local core.hooksPath .git/hooks` and init again, or add these lines to the hooks there"
        )
        return Place(folder, f"core.hooksPath is {folder}, outside this repository", remedy, outside=True)
    return Place(folder)


def _is_husky(home: Path) -> bool:
    return home.is_dir() and any(
        (home / name).is_file() for name in ("_/husky.sh", "_/h", *shims.EVENTS, "pre-push", "commit-msg")
    )


def _is_below(folder: Path, home: Path) -> bool:
    return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(home))


def _is_own(repo: Repo, folder: Path) -> bool:
    """Return whether ``folder`` belongs to this repository alone, which a global ``core.hooksPath`` does not."""
    return any(_is_below(folder, home) for home in (repo.root, repo.common_dir))


def states(setup: Setup, place: Place) -> list[HookState]:
    """Return the state of each hook in ``place``."""
    found = []
    for event in shims.EVENTS:
        path = place.folder / event
        text = read_hook(path)
        # A link may be the repository's, and lead anywhere: it is not written through.
        ours = text is not None and shims.is_ours(text) and not path.is_symlink()
        manager = None if ours else manager_of(setup, event, text)
        called = manager.calls_us if manager else calls_us(text or "")
        found.append(HookState(event, path, text, ours, called, manager))
    return found


def install(setup: Setup) -> Iterator[Step]:
    """Install what is missing, and yield a failed step for each hook that somebody else must change."""
    place = find_place(setup.repo)
    found = states(setup, place)
    if place.outside:
        yield from _outside(found, place)
        return
    wanted = shims.files()
    foreign = [state for state in found if state.foreign]
    names = [name for name in wanted if name not in {state.event for state in foreign}]
    runner = place.folder / shims.RUNNER_NAME
    if (text := read_hook(runner)) is not None and not shims.is_ours(text):
        yield Step("failed", f"{setup.shown(runner)}: it is not the script that hooks call; move it away", failed=True)
        return
    missing = [name for name in names if not _is_current(place.folder / name, wanted[name])]
    if missing and not setup.confirmed(f"Install git hooks into {place.folder}?"):
        yield Step("left", "hooks not installed: run `autopack-hooks init --hooks git` again")
        return
    shown = setup.shown(place.folder)
    if missing:
        _write(place.folder, {name: wanted[name] for name in missing})
        events = ", ".join(name for name in missing if name in shims.EVENTS) or shims.RUNNER_NAME
        yield Step("installed", f"{events} in {shown}", True)
    else:
        yield Step("kept", f"the hooks in {shown} (they were installed)")
    if place.problem:
        yield Step("failed", f"hooks: {place.problem}: {place.remedy}", failed=True)
    for state in foreign:
        if not state.called:
            yield Step("failed", _advice(setup, state), failed=True)
    yield from note_program(setup)


def _advice(setup: Setup, state: HookState) -> str:
    shown = setup.shown(state.path)
    if state.manager:
        return f"{shown}: {state.manager.advice}" + indented([state.manager.line])
    return f"{shown}: it is a hook of your own; add this line to it" + indented([shims.chained_line(state.event)])


def _outside(found: list[HookState], place: Place) -> Iterator[Step]:
    left = [state.event for state in found if not state.called]
    if not left:
        yield Step("kept", f"the hooks in {place.folder} (they call this program)")
        return
    lines = [f"{event}: {shims.plain_line(event)}" for event in left]
    yield Step("failed", f"hooks not installed: {place.problem}; {place.remedy}" + indented(lines), failed=True)


def _is_current(hook: Path, text: str) -> bool:
    return read_hook(hook) == text and os.access(hook, os.X_OK) and not hook.is_symlink()


def note_program(setup: Setup) -> Iterator[Step]:
    """Note where this program is: hooks run without the virtual environment that it may be installed in."""
    program = setup.find_program("autopack-hooks")
    if program and setup.repo.config(shims.PROGRAM_KEY) != program:
        setup.repo.run("config", "--local", shims.PROGRAM_KEY, program)
        yield Step("noted", f"{shims.PROGRAM_KEY} = {program} in git's local configuration", True)


def _write(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_atomic(folder / name, text.encode())
        (folder / name).chmod(0o755)


def remove(setup: Setup, *, chained: bool = False) -> Iterator[Step]:
    """Take our plain hooks away; with ``chained`` also the line that calls them from hooks of the user's own."""
    repo = setup.repo
    folders = dict.fromkeys(folder for folder in (find_place(repo).folder, hooks_folder(repo)) if _is_own(repo, folder))
    for folder in folders:
        removed = _unchain(folder) if chained else []
        if removed:
            yield Step("removed", f"our line from {', '.join(removed)} in {setup.shown(folder)}", True)
        there = {name: read_hook(folder / name) or "" for name in shims.files()}
        ours = [name for name, text in there.items() if shims.is_ours(text) and not (folder / name).is_symlink()]
        callers = [name for name, text in there.items() if name not in ours and _names_runner(text)]
        if callers:
            ours = [name for name in ours if name != shims.RUNNER_NAME]
            if chained:
                what = (
                    f"{setup.shown(folder)}: {', '.join(callers)} still calls {shims.RUNNER_NAME}; take that line out"
                )
                yield Step("left", what, failed=True)
        for name in ours:
            (folder / name).unlink()
        if ours:
            yield Step("removed", f"our plain git hooks from {setup.shown(folder)}", True)


def _names_runner(text: str) -> bool:
    return any(shims.RUNNER_NAME in line for line in text.splitlines() if not line.lstrip().startswith("#"))


def _unchain(folder: Path) -> list[str]:
    """Take the line that ``install`` shows out of the hooks of the user's own; return their names."""
    changed = []
    for event in shims.EVENTS:
        path = folder / event
        text = read_hook(path)
        if text is None or path.is_symlink() or shims.is_ours(text):
            continue
        kept = [line for line in text.splitlines(keepends=True) if line.strip() != shims.chained_line(event)]
        if "".join(kept) != text:
            mode = path.stat().st_mode & 0o777
            write_atomic(path, "".join(kept).encode())
            path.chmod(mode)
            changed.append(event)
    return changed


def is_generated(hook: Path) -> bool:
    """Return whether pre-commit or prek made a hook."""
    text = read_hook(hook) or ""
    return any(f"generated by {tool}" in text for tool in TOOLS)
