"""The only module that runs git.

Arguments are tuples, output is split on NUL where git offers it, and every ``GIT_*`` variable is dropped
once the repository is known: hooks inherit GIT_DIR (in linked worktrees), GIT_INDEX_FILE and others that
would silently point a command at something else. The one exception is the index of a running commit,
which ``git commit -a`` and ``git commit FILE`` keep in a temporary file named by GIT_INDEX_FILE.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, NamedTuple

from autopack_hooks.core.errors import FatalError, UsageError
from autopack_hooks.core.files import DOCUMENT_LIMIT, check_total, too_large

# What git itself needs to run and to find its programs and the user's settings.
_KEPT = ("GIT_EXEC_PATH", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")
# Settings that the user gives by the environment, such as safe.directory.
_KEPT_PREFIXES = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
# What git says where there is no work tree to find; for any other reason it refuses the one that is there.
_NO_WORK_TREE = ("not a git repository (or any", "must be run in a work tree")
# What git answers for a path through a symbolic link that it cannot follow, and why; a file is not a folder to look in.
_BAD_LINKS = {
    b"symlink": "leads out of the repository",
    b"dangling": "leads nowhere",
    b"loop": "leads to itself",
    b"notdir": "",
}
STATE_FOLDER = "autopack-hooks"
CACHE_FOLDER = "cache"
SCRATCH_FOLDER = "tmp"


class IndexEntry(NamedTuple):
    """One row of ``git ls-files --stage``."""

    mode: str
    oid: str
    stage: int
    path: str


class LostLink(UsageError):
    """A path in a commit leads through a symbolic link to where nothing is."""


class GitError(FatalError):
    """git could not be run, or failed in a way that the caller did not expect."""


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ`` without the variables that redirect git, and with stable, untranslated output."""
    env = {k: v for k, v in environ.items() if not k.startswith("GIT_") or k in _KEPT or k.startswith(_KEPT_PREFIXES)}
    env.update(LC_ALL="C", GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0")
    return env


def _execute(
    args: Sequence[str], cwd: Path, env: Mapping[str, str], data: bytes | None = None
) -> tuple[int, bytes, str]:
    try:
        done = subprocess.run(("git", *args), cwd=cwd, env=env, input=data, capture_output=True, check=False)
    except FileNotFoundError as error:
        if not Path(cwd).is_dir():
            raise UsageError(f"{cwd}: no such folder") from error
        raise GitError("git is not installed, or not on PATH: install git 2.30 or newer") from error
    except NotADirectoryError as error:
        raise UsageError(f"{cwd}: not a folder") from error
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip()


def _start(args: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(("git", *args), cwd=cwd, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)


def _feed(stream: IO[bytes], data: bytes) -> None:
    with suppress(OSError), stream:
        stream.write(data)


def _object(output: IO[bytes], name: str, limit: int) -> bytes | None:
    """Read one answer of ``git cat-file --batch --follow-symlinks``; None for what is not a blob."""
    line = output.readline()
    header = line.rstrip(b"\n").rsplit(b" ", 2)
    if len(header) == 3 and header[1] in (b"blob", b"tree", b"commit", b"tag") and header[2].isdigit():
        size = int(header[2])
        if size > limit:
            raise UsageError(f"{shown_name(name)}: cannot be read: {too_large(limit)}")
        data = output.read(size + 1)[:size]
        return data if header[1] == b"blob" else None
    if len(header) == 2 and header[0] in _BAD_LINKS and header[1].isdigit():
        output.read(int(header[1]) + 1)
        if reason := _BAD_LINKS[header[0]]:
            kind = LostLink if header[0] == b"dangling" else UsageError
            raise kind(f"{shown_name(name)}: cannot be read: it is a symbolic link that {reason}")
    return None


def shown_name(name: str) -> str:
    """Return the path of an object name ``rev:path`` as errors show it."""
    rev, _, path = name.partition(":")
    return f"{path} in {rev[:12]}" if rev and path else path or rev


class Repo(NamedTuple):
    """A git work tree. ``common_dir`` is shared by all its linked worktrees."""

    root: Path
    git_dir: Path
    common_dir: Path
    env: Mapping[str, str]
    index_file: str | None = None

    def __repr__(self) -> str:
        # The environment may hold secrets and must not be shown.
        return f"Repo({str(self.root)!r})"

    @classmethod
    def discover(cls, start: Path, environ: Mapping[str, str]) -> Repo | None:
        """Return the repository around ``start``; None outside one, or in a bare one.

        Raises GitError, with git's own words, where git refuses a repository: because of its owner, or as damaged.
        """
        question = ("rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir")
        env = clean_environment(environ)
        code, out, err = _execute(question, start, env)
        if code and "GIT_DIR" in environ:
            # A work tree whose repository is named by the environment alone (GIT_DIR + GIT_WORK_TREE).
            env |= {k: environ[k] for k in ("GIT_DIR", "GIT_WORK_TREE") if k in environ}
            code, out, err = _execute(question, start, env)
        if code and not any(reason in err for reason in _NO_WORK_TREE):
            words = err.partition("\n")[0].removeprefix("fatal: ")
            raise GitError(f"git refuses this repository: {words or f'exit {code}'}; see what `git status` advises")
        lines = os.fsdecode(out).split("\n")
        if code or len(lines) < 3:
            return None
        root, git_dir = Path(lines[0]), Path(lines[1])
        common = Path(os.path.normpath(Path(start, lines[2])))
        index = environ.get("GIT_INDEX_FILE")
        if index is not None:
            # git runs hooks at the top of the work tree, so a relative name is relative to that.
            index = os.path.normpath(root / index)
            ours = any(_inside(index, folder) for folder in (git_dir, common))
            index = index if ours and os.path.exists(index) else None
        return cls(root, git_dir, common, env, index)

    @property
    def name(self) -> str:
        """The name of the repository's folder: that of the main work tree, so that linked ones agree with it."""
        folder = self.common_dir.parent if self.common_dir.name == ".git" else self.common_dir
        name = folder.name.removesuffix(".git") or self.root.name
        return os.fsencode(name).decode("utf-8", "replace")

    @property
    def state_dir(self) -> Path:
        """The folder of caches, locks and gates: shared by worktrees, never committed, made on demand."""
        return self.common_dir / STATE_FOLDER

    def try_run(self, *args: str, data: bytes | None = None, index: bool = False) -> tuple[int, bytes, str]:
        """Run git; returns (exit code, stdout, stderr). ``index`` looks at the index of a running commit."""
        env = self.env
        if index and self.index_file:
            env = {**env, "GIT_INDEX_FILE": self.index_file}
        return _execute(args, self.root, env, data)

    def run(self, *args: str, data: bytes | None = None, index: bool = False) -> bytes:
        """Run git and return stdout; raises GitError with git's own reason."""
        code, out, err = self.try_run(*args, data=data, index=index)
        if code:
            reason = err.splitlines()[-1] if err else f"exit {code}"
            raise GitError(f"git {args[0]} failed: {reason}")
        return out

    def head(self) -> str | None:
        """Return the commit id of HEAD, or None before the first commit."""
        return self.resolve("HEAD")

    def resolve(self, ref: str) -> str | None:
        """Return the commit id that ``ref`` names, or None where it does not name a commit."""
        if ref.startswith("-"):
            return None
        code, out, _ = self.try_run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        return out.decode().strip() or None if code == 0 else None

    def index_listing(self) -> bytes:
        """Return everything that git tracks, as ``git ls-files --stage -z`` prints it."""
        return self.run("ls-files", "--stage", "-z", index=True)

    def index_entries(self) -> list[IndexEntry]:
        """Return everything that git tracks, from the index: one process, paths as git stores them."""
        return parse_listing(self.index_listing())

    def blob_ids(self, rev: str, paths: Iterable[str]) -> dict[str, str]:
        """Return path -> blob id in the tree of ``rev`` (a commit, or "" for the index); absent paths are left out."""
        wanted = list(paths)
        found: dict[str, str] = {}
        if not wanted:
            return found
        ask = ("ls-tree", "-z", "-r", rev) if rev else ("ls-files", "--stage", "-z")
        code, out, _ = self.try_run("--literal-pathspecs", *ask, "--", *wanted, index=not rev)
        for row in out.split(b"\0") if code == 0 else ():
            meta, _, path = row.partition(b"\t")
            parts = meta.decode().split(" ")
            if len(parts) == 3:
                found[os.fsdecode(path)] = parts[2] if rev else parts[1]
        return found

    def list_files(self, folder: str) -> list[str]:
        """Return the files below ``folder`` (``.``: all) that a commit of everything would hold.

        Those are the tracked ones, deleted or not, and the new ones that are not ignored.
        """
        ask = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", folder)
        out = self.run("--literal-pathspecs", *ask, index=True)
        return list(dict.fromkeys(os.fsdecode(path) for path in out.split(b"\0") if path))

    def read_blobs(self, names: Iterable[str], limit: int = DOCUMENT_LIMIT) -> dict[str, bytes | None]:
        """Return object name (id, ``rev:path``, ``:path``) -> content, None where there is no such blob.

        One ``git cat-file --batch`` for all of them. Symbolic links in the tree of a commit are followed. A name that
        holds a newline cannot be asked for this way and reads as None.

        Args:
            names: the names of the objects.
            limit: the most that is read of one.

        Raises:
            UsageError: a blob is larger than ``limit``, or a link leads nowhere or out of the repository.
            GitError: git could not be run.
        """
        result: dict[str, bytes | None] = dict.fromkeys(names)
        asked = [name for name in result if "\n" not in name]
        if asked:
            result.update(zip(asked, list(self._batch(asked, limit)), strict=True))
        return result

    def _batch(self, names: Sequence[str], limit: int) -> Iterator[bytes | None]:
        """Yield the contents of the objects ``names``, one at a time: what is too large is never held."""
        env = {**self.env, "GIT_INDEX_FILE": self.index_file} if self.index_file else self.env
        data = b"".join(os.fsencode(name) + b"\n" for name in names)
        with _start(("cat-file", "--batch", "--follow-symlinks"), self.root, env) as process:
            output, source = process.stdout, process.stdin
            if output is None or source is None:
                raise GitError("git cat-file could not be started")
            # From a thread: git may be waiting for us to read while we are still asking.
            feeder = Thread(target=_feed, args=(source, data), daemon=True)
            feeder.start()
            try:
                total = 0
                for name in names:
                    content = _object(output, name, limit)
                    total += len(content or b"")
                    check_total(total)
                    yield content
            finally:
                process.kill()
                feeder.join()

    def is_ancestor(self, older: str, newer: str) -> bool | None:
        """Return whether ``older`` is an ancestor of (or equal to) ``newer``; None when git cannot tell."""
        code, _, _ = self.try_run("merge-base", "--is-ancestor", older, newer)
        return {0: True, 1: False}.get(code)

    def distance(self, theirs: str, ours: str) -> tuple[int, int] | None:
        """Return the number of commits that only ``theirs`` and only ``ours`` has; None where git cannot tell."""
        code, out, _ = self.try_run("rev-list", "--left-right", "--count", f"{theirs}...{ours}", "--")
        parts = out.split()
        return (int(parts[0]), int(parts[1])) if code == 0 and len(parts) == 2 else None

    def branch(self, ref: str = "HEAD") -> str | None:
        """Return the branch that ``ref`` names, without its remote; None for a bare commit."""
        if ref.startswith("-"):
            return None
        code, out, _ = self.try_run("rev-parse", "--symbolic-full-name", ref)
        kind, _, name = os.fsdecode(out).strip().removeprefix("refs/").partition("/")
        if code or kind not in ("heads", "remotes"):
            return None
        return name if kind == "heads" else name.partition("/")[2] or None

    def default_branch(self) -> str | None:
        """Return the default branch of the remote ``origin``; without one, main or master where there is such a branch."""
        code, out, _ = self.try_run("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        if code == 0:
            return os.fsdecode(out).strip().removeprefix("refs/remotes/origin/")
        return next((name for name in ("main", "master") if self.resolve(f"refs/heads/{name}")), None)

    def merge_base(self, one: str, other: str) -> str | None:
        """Return a best common ancestor of two commits, or None."""
        code, out, _ = self.try_run("merge-base", one, other)
        return out.decode().split("\n", 1)[0] if code == 0 else None

    def is_rebasing(self) -> bool:
        """Return whether a rebase has commits left to pick: HEAD is detached and stands before them. No process is run.

        At the last pick, and at post-rewrite, nothing is left. A rebase that only moves forward picks nothing; it ends
        with post-checkout alone.
        """
        try:
            head = (self.git_dir / "HEAD").read_bytes()
            todo = (self.git_dir / "rebase-merge" / "git-rebase-todo").read_bytes()
        except OSError:
            return False
        left = any(line.strip() and not line.startswith(b"#") for line in todo.split(b"\n"))
        return left and not head.startswith(b"ref:")

    def tracked(self, paths: Iterable[str]) -> list[str]:
        """Return the tracked files among ``paths`` and below them. Raises GitError."""
        out = self.run("--literal-pathspecs", "ls-files", "-z", "--cached", "--", *paths)
        return [os.fsdecode(path) for path in out.split(b"\0") if path]

    def ignored(self, paths: Iterable[str]) -> list[str]:
        """Return those of ``paths`` that git would leave out of a commit of everything, if they were untracked."""
        # This command knows no literal paths; a leading colon would be magic.
        data = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
        code, out, _ = self.try_run("check-ignore", "--no-index", "-z", "--stdin", data=data)
        return [os.fsdecode(path[2:]) for path in out.split(b"\0") if path] if code == 0 else []

    def own_settings(self, key: str) -> list[str]:
        """Return all values of a setting in the user's and the machine's configuration, never in the repository's."""
        return own_settings(self.root, self.env, key)

    def config(self, key: str) -> str | None:
        """Return the value of a git setting, or None."""
        code, out, _ = self.try_run("config", "--get", key)
        return os.fsdecode(out).rstrip("\n") if code == 0 else None


def own_settings(cwd: Path, env: Mapping[str, str], key: str, *, local: bool = False) -> list[str]:
    """Return all values of a setting that only the user can have made.

    Args:
        cwd: where git is run; it need not be a repository.
        env: the environment for git.
        key: the setting.
        local: ask the clone's own configuration too. What that includes is left out: it may be a file of the work tree.
    """
    found: list[str] = []
    scopes = [
        ("--system", "--includes"),
        ("--global", "--includes"),
        *([("--local", "--no-includes")] if local else []),
    ]
    for scope in scopes:
        code, out, _ = _execute(("config", *scope, "-z", "--get-all", key), cwd, env)
        found += [os.fsdecode(value) for value in out.split(b"\0") if value] if code == 0 else []
    return found


def locate(environ: Mapping[str, str], repo_dir: str | None) -> tuple[Path, Repo | None]:
    """Return the root folder and the repository around ``repo_dir``; outside git, ``repo_dir`` itself."""
    start = Path(repo_dir) if repo_dir else Path.cwd()
    if not start.is_dir():
        raise UsageError(f"{start}: no such folder; give --repo a folder")
    repo = Repo.discover(start, environ)
    return (repo.root if repo else Path(os.path.abspath(start))), repo


def parse_listing(listing: bytes) -> list[IndexEntry]:
    """Return the entries of ``Repo.index_listing``."""
    entries = []
    for row in listing.split(b"\0"):
        if row:
            meta, _, path = row.partition(b"\t")
            mode, oid, stage = meta.decode().split(" ")
            entries.append(IndexEntry(mode, oid, int(stage), os.fsdecode(path)))
    return entries


def _inside(path: str, folder: Path) -> bool:
    return os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep)


def merge_files(names: Sequence[str], labels: Sequence[str], size: int) -> tuple[bytes, bool] | None:
    """Merge three files as git merges text; return the result and whether it holds a conflict, None for binary files.

    It runs in the working directory, so that the user's ``merge.conflictStyle`` counts.

    Args:
        names: the files of ours, base and theirs.
        labels: their names in the markers of conflicts.
        size: the length of those markers.
    """
    options = [word for label in labels for word in ("-L", label)]
    args = ("merge-file", "-p", "-q", f"--marker-size={size}", *options, "--", *names)
    code, out, _ = _execute(args, Path.cwd(), clean_environment(os.environ))
    return None if code > 127 else (out, code > 0)
