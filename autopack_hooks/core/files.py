"""Write files so that a reader never sees half of one."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomic(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace ``path`` by ``data`` in one step: a reader sees the old bytes or the new, never half.

    A symbolic link is followed, permissions are kept, and nothing is left behind on failure. A write that is not ``durable``
    (of a cache) does not wait for the disk, and may be lost when the machine stops. Raises OSError.
    """
    target = os.path.realpath(path)
    # Beside the file, so that it can be renamed, and for nobody else to read; tempfile would take 4 ms to import.
    name = os.path.join(os.path.dirname(target), f".{os.path.basename(target)[:40]}.{os.urandom(8).hex()}.tmp")
    with open(name, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        try:
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
            stream.close()
            os.chmod(name, _mode(target))
            os.replace(name, target)
        except BaseException:
            stream.close()
            Path(name).unlink(missing_ok=True)
            raise


def _mode(path: str) -> int:
    """Return the permissions of a file that exists, or those of a new one."""
    try:
        return os.stat(path).st_mode & 0o7777
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
