"""Where on this disk a store may lie, and how it stays out of git.

A place that the repository names, in its configuration or by default, is decided by whoever can commit to it: it must be
inside the work tree or the state folder, whatever symbolic links lead there, and git must not track it. The user may allow
other folders, in git's configuration or the environment, which no commit can change. A place given by a flag or the
environment is the user's own, and only a symbolic link of the repository on the way there is looked at.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autopack_hooks.config.stores import DEFAULT_EXCLUDES
from autopack_hooks.core.errors import TargetError
from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.git import Repo, clean_environment, own_settings

ALLOW_PATH, ALLOW_PATHS = "autopack-hooks.allowPath", "AUTOPACK_HOOKS_ALLOW_PATHS"

_NOT_LIFTED = f"({ALLOW_PATH} does not change that)"
_STATE_FOLDERS = ("audit", "backups", "cache", "locks", "tmp")
_MOST_STEPS = 1000
_DATABASE_NAMES = (".db", ".sqlite", ".sqlite3")


@dataclass(frozen=True)
class StorePlace:
    """The place of one store, as ``option`` names it.

    Attributes:
        path: The file, or the folder of one collection; absolute, symbolic links not followed.
        option: The setting that names it, for messages.
        own_word: The user named it, not the repository.
        root: The root of the workspace.
        repo: Its repository; None outside git.
        environ: The environment.
        beside: The endings of the files that the store has beside it.
        folder: The store is a folder.
    """

    path: Path
    option: str
    own_word: bool
    root: Path
    repo: Repo | None
    environ: Mapping[str, str]
    beside: Sequence[str] = ()
    folder: bool = False

    def resolve(self) -> Path:
        """Return the place with every symbolic link followed. Raises TargetError where no store may lie there."""
        if "\0" in str(self.path):
            raise TargetError(f"{self.option} holds a NUL character: give the name of a file or folder")
        place, root = _real(self.path), _real(self.root)
        if self.own_word and not self._is_led_out(place, root):
            return place
        if place.is_relative_to(self._state_dir()):
            self._check_state_folder(place)
        elif place.is_relative_to(root):
            below = [folder for folder in (place, *place.parents) if folder.is_relative_to(root) and folder != root]
            self._check_repositories(place, below, below[1:])
            self._check_untracked(place)
        else:
            allowed = self._allowed_folder(place)
            above = [place, *place.parents]
            self._check_repositories(place, above, [folder for folder in above[1:] if folder.is_relative_to(allowed)])
        return place

    def check_again(self, place: Path) -> None:
        """Raise TargetError where ``place`` is not any more what ``resolve`` returned: a link came in between."""
        if _real(place) != place:
            raise TargetError(f"{place}: it was replaced by a symbolic link meanwhile; nothing was written there")

    def hide(self, place: Path) -> None:
        """Exclude a store inside the work tree from git, in this clone, before it is made.

        Raises TargetError where the repository takes the exclusion back for a store that it names.
        """
        root = _real(self.root)
        if self.repo is None or not place.is_relative_to(root) or place.is_relative_to(self._state_dir()):
            return
        name = place.relative_to(root).as_posix()
        if not name.isprintable():
            # A newline in it would be a pattern of its own.
            if self.own_word:
                return
            raise self.refusal(place, "and git cannot be told to ignore a name with control characters")
        if self._is_hidden(name):
            return
        _exclude(self.repo.common_dir / "info" / "exclude", self._patterns(name))
        if not self.own_word and not self._is_hidden(name):
            raise self.refusal(
                place, "and a .gitignore of the repository keeps git from ignoring it, so that it would be committed"
            )

    def _is_hidden(self, name: str) -> bool:
        endings = (
            ("/x", ".lock", ".new-0/x", ".damaged-1/x") if self.folder else ("", "-journal", "-new-0", ".damaged-1")
        )
        names = [name + ending for ending in endings]
        return self.repo is not None and len(self.repo.ignored(names)) == len(names)

    def _state_dir(self) -> Path:
        return _real(self.repo.state_dir if self.repo else self.root / ".autopack" / "state")

    def _check_state_folder(self, place: Path) -> None:
        parts = place.relative_to(self._state_dir()).parts
        if not parts or parts[0].lower() in _STATE_FOLDERS or not (self.folder or parts[-1].endswith(_DATABASE_NAMES)):
            names = ", ".join(_DATABASE_NAMES)
            raise self.refusal(place, f"where this program keeps its own files: a database there ends in {names}")

    def _allowed_folder(self, place: Path) -> Path:
        """Return the innermost folder around ``place`` that the user allows."""
        around = [folder for folder in self._allowed() if place.is_relative_to(folder)]
        if around:
            return max(around, key=lambda folder: len(folder.parts))
        folder = shlex.quote(str(place.parent))
        raise TargetError(
            f"{self._named(place)}, outside the work tree: if you trust it, run `git config --global --add {ALLOW_PATH} "
            f"{folder}` (or set {ALLOW_PATHS}); else name a place inside"
        )

    def _allowed(self) -> Iterator[Path]:
        """Yield the folders that the user allows, with every symbolic link followed."""
        named = self.environ.get(ALLOW_PATHS, "").split(os.pathsep)
        env = self.repo.env if self.repo else clean_environment(self.environ)
        named += own_settings(self.root, env, ALLOW_PATH, local=self.repo is not None)
        home = self.environ.get("HOME")
        for name in named:
            full = home + name[1:] if home and (name == "~" or name.startswith("~/")) else name
            # A relative one would be below a folder that the repository may choose.
            if os.path.isabs(full):
                yield _real(Path(full))

    def _check_repositories(self, place: Path, folders: Sequence[Path], around: Sequence[Path]) -> None:
        """Refuse git's own folder among ``folders``, and another repository among those ``around`` the store."""
        git_dirs = (self.repo.git_dir, self.repo.common_dir) if self.repo else ()
        for folder in folders:
            if folder.name.lower() in (".git", "git~1") or any(_same(folder, path) for path in git_dirs):
                raise self.refusal(place, "in git's own folder: name a place in the work tree")
        for folder in around:
            if _is_repository(folder):
                raise self.refusal(place, f"in another repository ({folder}): name a place in this one")

    def _check_untracked(self, place: Path) -> None:
        if self.repo is None:
            return
        name = place.relative_to(_real(self.root)).as_posix()
        tracked = self.repo.tracked([name, *(f"{name}{ending}" for ending in self.beside)])
        if tracked:
            # A journal of SQLite's from a commit would be rolled back into the database, and name a file to be deleted.
            raise self.refusal(
                place,
                f"but git tracks {tracked[0]}: name another place, or untrack the store as `autopack-hooks explain guard` says",
            )

    def _is_led_out(self, place: Path, root: Path) -> bool:
        """Return True if a symbolic link that git tracks leads out of the work tree, on the way to ``place``."""
        if self.repo is None or place.is_relative_to(root):
            return False
        links = [link.relative_to(root).as_posix() for link in _links(self.path) if link.is_relative_to(root)]
        return bool(links) and bool(self.repo.tracked(links))

    def _patterns(self, name: str) -> list[str]:
        default = DEFAULT_EXCLUDES.get(name.partition("/")[0])
        if default:
            return [default]
        escaped = re.sub(r"([\\*?\[\]!#\s])", r"\\\1", name)
        if self.folder:
            return [f"/{escaped}/", *(f"/{escaped}{ending}" for ending in (".lock", ".new-*/", ".damaged-*/"))]
        return [f"/{escaped}{ending}" for ending in ("", "-journal", "-wal", "-shm", "-new-*", ".damaged-*")]

    def refusal(self, place: Path, reason: str) -> TargetError:
        """Return the error for a place where no store may lie whatever the user allows."""
        return TargetError(f"{self._named(place)}, {reason} {_NOT_LIFTED}")

    def _named(self, place: Path) -> str:
        named = str(self.path)
        leads = "" if named == str(place) else f", which leads to {place}"
        return f"{self.option} names {named}{leads}"


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _links(path: Path) -> Iterator[Path]:
    """Yield each symbolic link on the way to ``path``, its folder resolved."""
    current, rest = Path(path.anchor), list(path.parts[1:])
    for _ in range(_MOST_STEPS):
        if not rest:
            return
        part = rest.pop(0)
        step = current.parent if part == ".." else current / part
        if step.is_symlink():
            yield step
            target = Path(os.readlink(step))
            rest = [*(target.parts[1:] if target.is_absolute() else target.parts), *rest]
            step = Path(target.anchor) if target.is_absolute() else current
        current = step


def _same(one: Path, other: Path) -> bool:
    """Return True for one folder under two names, as on a disk that ignores case."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _is_repository(folder: Path) -> bool:
    """Return True if ``folder`` is the top of a work tree, or a bare repository."""
    bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
    return bare or os.path.lexists(folder / ".git")


def _exclude(path: Path, patterns: Sequence[str]) -> None:
    """Append to git's ``info/exclude`` what is not in it yet."""
    try:
        old = path.read_bytes() if path.exists() else b""
        missing = [line for line in patterns if os.fsencode(line) not in old.splitlines()]
        if missing:
            path.parent.mkdir(parents=True, exist_ok=True)
            separator = b"" if not old or old.endswith(b"\n") else b"\n"
            write_atomic(path, old + separator + b"".join(os.fsencode(line) + b"\n" for line in missing))
    except OSError as error:
        raise TargetError(f"{path}: cannot be written: {error.strerror}; check its permissions") from error
