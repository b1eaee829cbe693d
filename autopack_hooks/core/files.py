"""Read and write files: the one door for what a repository names, and the one atomic writer.

A commit can name anything: a link to ``/dev/zero``, a FIFO, a link to a file of the user's. So a file of the repository is
read only if it is regular, of bounded size, and lies inside the work tree once every link is followed, git's own folder
excluded; and nothing is written through a link that leads out.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from autopack_hooks.core.errors import UsageError

MEGABYTE = 1 << 20
CONFIG_LIMIT = 4 * MEGABYTE
"""The most that is read of a configuration, a policy, a baseline or a plan."""
DOCUMENT_LIMIT = 256 * MEGABYTE
"""The most that is read of a ledger or a document."""
TOTAL_LIMIT = 4 * DOCUMENT_LIMIT
"""The most that is read of many of them at once."""
LONGEST_PATH = 4096
"""No system has longer ones, and taking a longer one apart takes long."""

_OPEN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_OPEN |= getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
_HOUR = 3600


class UnsafeFile(OSError):
    """A file that must not be read; ``strerror`` is the reason in words."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(errno.EPERM, reason, path)


class RepositoryFiles:
    """The files below ``root``, for one run: which folders lie inside is looked up once."""

    def __init__(self, root: Path | str) -> None:
        self.root = os.path.realpath(root)
        self._folders: dict[str, str] = {}

    def read(self, path: str, limit: int = DOCUMENT_LIMIT) -> bytes:
        """Return the content of ``path``, which is relative to the root.

        Raises FileNotFoundError or NotADirectoryError where nothing is there, UnsafeFile for what must not be read, and
        OSError for what cannot be read.
        """
        self._check_length(path)
        folder, _, name = path.rpartition("/")
        if name in ("", ".", ".."):
            return read_regular(self.inside(path), limit, path)
        full = os.path.join(self._folder(folder, path), name)
        status = os.lstat(full)
        if not stat.S_ISLNK(status.st_mode):
            return _read(full, status, limit, path)
        real = self.inside(path)
        try:
            return _read(real, os.lstat(real), limit, path)
        except (FileNotFoundError, NotADirectoryError):
            raise UnsafeFile(path, "it is a symbolic link that leads nowhere") from None

    def inside(self, path: str) -> str:
        """Return where ``path`` really is, every link followed; there need not be anything. Raises UnsafeFile."""
        self._check_length(path)
        real = os.path.realpath(os.path.join(self.root, path))
        if not self._contains(real):
            raise UnsafeFile(path, "it leads out of the repository")
        return real

    @staticmethod
    def _check_length(path: str) -> None:
        if len(path) > LONGEST_PATH:
            raise UnsafeFile(path[:60], "its name is too long")

    def _folder(self, folder: str, path: str) -> str:
        real = self._folders.get(folder)
        if real is None:
            real = os.path.realpath(os.path.join(self.root, folder))
            if real != self.root and not self._contains(real):
                raise UnsafeFile(path, "it leads out of the repository")
            self._folders[folder] = real
        return real

    def _contains(self, real: str) -> bool:
        if not real.startswith(os.path.join(self.root, "")):
            return False
        return all(part.lower() != ".git" for part in real[len(self.root) :].split(os.sep))


def read_regular(path: Path | str, limit: int = CONFIG_LIMIT, name: str | None = None) -> bytes:
    """Return the content of a file that the user named, wherever it is.

    Args:
        path: the file; links are followed.
        limit: the most that is read.
        name: how errors call the file.

    Raises:
        UnsafeFile: it is not a regular file, or larger than ``limit``.
        OSError: it cannot be read.
    """
    return _read(path, os.stat(path), limit, name or str(path), follow=True)


def _read(path: Path | str, status: os.stat_result, limit: int, name: str, *, follow: bool = False) -> bytes:
    """Read the file whose ``status`` is known: a device may act on being opened, so it is looked at before and after."""
    _check(status, limit, name)
    descriptor = os.open(path, _OPEN if follow else _OPEN | _NO_LINK)
    with open(descriptor, "rb", buffering=0) as stream:
        size = _check(os.fstat(descriptor), limit, name)
        data = stream.read(size + 1)
        while len(data) > size and len(data) <= limit and (more := stream.read(MEGABYTE)):
            data += more
    if len(data) > limit:
        raise _too_large(name, limit)
    return data


def _check(status: os.stat_result, limit: int, name: str) -> int:
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        raise UnsafeFile(name, f"it is {_KINDS.get(kind, 'a device')}, not a file")
    if status.st_size > limit:
        raise _too_large(name, limit)
    return status.st_size


def _too_large(name: str, limit: int) -> UnsafeFile:
    return UnsafeFile(name, too_large(limit))


def too_large(limit: int) -> str:
    """Return the reason why a file is not read that is larger than ``limit``."""
    return f"it is larger than {limit // MEGABYTE} MB, the most that is read of such a file"


def check_total(size: int) -> None:
    """Raise UsageError where files of ``size`` bytes together are too much to be read at once."""
    if size > TOTAL_LIMIT:
        raise UsageError(
            f"the files that are to be read are larger than {TOTAL_LIMIT // MEGABYTE} MB together; "
            "name fewer in the configuration"
        )


def destination(root: Path | str, path: str) -> Path:
    """Return where a write to ``path`` below ``root`` goes, links followed. Raises UsageError where that is outside."""
    try:
        return Path(RepositoryFiles(root).inside(path))
    except UnsafeFile as error:
        raise UsageError(
            f"{error.filename}: {error.strerror}, so it is not written; make it a file of the repository"
        ) from None


def write_inside(root: Path | str, path: str, data: bytes, *, scratch: Path | None = None) -> None:
    """Replace the file ``path`` of the repository at ``root``; a link inside stays one, and its target is written.

    Args:
        root: the root of the work tree.
        path: the file, relative to the root; its folder is made.
        data: the new content.
        scratch: where the temporary file goes, see ``write_atomic``.

    Raises:
        UsageError: the path leads out of the repository.
        OSError: it cannot be written.
    """
    target = destination(root, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, data, scratch=scratch)


def write_named(root: Path | str, path: Path | str, data: bytes) -> None:
    """Write a file that the user named: anywhere, but not out of the repository through a link of the repository.

    Raises UsageError and OSError, as ``write_inside`` does.
    """
    full, home = os.path.abspath(path), os.path.realpath(root)
    if full.startswith(os.path.join(home, "")):
        destination(home, os.path.relpath(full, home))
    try:
        write_atomic(Path(full), data)
    except (FileNotFoundError, NotADirectoryError) as error:
        # The error names the temporary file, of which the user knows nothing.
        raise UsageError(
            f"{path}: the folder {os.path.dirname(full)} does not exist; make it, or name another file"
        ) from error


def write_atomic(path: Path, data: bytes, *, durable: bool = True, scratch: Path | None = None) -> None:
    """Replace ``path`` by ``data`` in one step: a reader sees the old bytes or the new, never half.

    A symbolic link is followed, permissions are kept, and nothing is left behind on failure. What a killed process leaves
    is the temporary file, in ``scratch``, which the next write there sweeps.

    Args:
        path: the file.
        data: its new content.
        durable: wait for the disk; without that (for a cache) the write may be lost when the machine stops.
        scratch: the folder of the temporary file, which is made; by default, and where that is another file system,
            the folder of ``path``.

    Raises:
        OSError: it cannot be written.
    """
    target = os.path.realpath(path)
    beside = os.path.join(os.path.dirname(target), f".{os.path.basename(target)[:40]}")
    if scratch is None:
        _replace(target, f"{beside}.{os.urandom(8).hex()}.tmp", data, durable=durable)
        return
    scratch.mkdir(parents=True, exist_ok=True)
    name = os.path.join(scratch, f"{os.urandom(8).hex()}.tmp")
    try:
        _replace(target, name, data, durable=durable, sweep=True)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _replace(target, f"{beside}.{os.urandom(8).hex()}.tmp", data, durable=durable)


def _replace(target: str, name: str, data: bytes, *, durable: bool, sweep: bool = False) -> None:
    """Write ``data`` to the new file ``name``, for nobody else to read, and rename it; tempfile would take 4 ms to import."""
    with open(name, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        try:
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
            if sweep:
                _sweep(name, os.fstat(stream.fileno()).st_mtime)
            stream.close()
            os.chmod(name, _mode(target))
            os.replace(name, target)
        except BaseException:
            stream.close()
            Path(name).unlink(missing_ok=True)
            raise


def rename(old: Path | str, new: Path | str) -> None:
    """Give a file or folder another name, for which the folder is made. Raises OSError."""
    os.makedirs(os.path.dirname(new), exist_ok=True)
    os.rename(old, new)


def _sweep(name: str, now: float) -> None:
    """Remove the temporary files of killed processes beside ``name``: no write takes an hour."""
    with os.scandir(os.path.dirname(name)) as entries:
        for entry in entries:
            if entry.name.endswith(".tmp") and entry.stat(follow_symlinks=False).st_mtime < now - _HOUR:
                Path(entry.path).unlink(missing_ok=True)


def _mode(path: str) -> int:
    """Return the permissions of a file that exists, or those of a new one."""
    try:
        return os.stat(path).st_mode & 0o7777
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
