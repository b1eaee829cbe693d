"""Network file systems, on which a kernel lock may reach one machine only, or nobody.

Where the type of a file system cannot be told it is taken for a local one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

NETWORK = frozenset(
    (
        "9p", "acfs", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "davfs2", "fhgfs", "gfs2", "glusterfs",
        "gpfs", "lustre", "ncpfs", "nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs", "pvfs2", "smb", "smb2",
        "smb3", "smbfs", "vboxsf", "vmhgfs", "webdav", "wekafs",
    )
)  # fmt: skip
_FUSE_NETWORK = re.compile(
    r"(?:mac)?fuse\.(?:.*(?:sshfs|glusterfs|ceph|s3fs|gcsfuse|rclone|davfs|smb|nfs|vmhgfs|juicefs))"
)
_OCTAL = re.compile(r"\\([0-7]{3})")


@lru_cache(maxsize=64)
def network_type(folder: Path) -> str | None:
    """The type of the network file system that ``folder`` (or where it will be made) is on; None for a local one."""
    path = os.path.realpath(folder)
    kind = _windows_type(path) if sys.platform == "win32" else _type_of(_mounts(), path)
    return kind if kind and is_network(kind) else None


def is_network(kind: str) -> bool:
    """Whether a file system of this type is kept by another machine (or by another kernel on this one)."""
    return kind in NETWORK or kind == "remote" or _FUSE_NETWORK.fullmatch(kind) is not None


def linux_mounts(mountinfo: str) -> list[tuple[str, str]]:
    """(mount point, type) of each line of /proc/self/mountinfo (see proc(5)), in its order."""
    found = []
    for line in mountinfo.split("\n"):
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) > 4 and after:
            found.append((_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4]), after.split(" ")[0]))
    return found


def bsd_mounts(listing: str) -> list[tuple[str, str]]:
    """(mount point, type) of each line of what mount(8) prints on macOS and the BSDs, in its order."""
    lines = re.finditer(r"^.*? on (/.*) \(([^,()]+)[^()]*\)$", listing, re.MULTILINE)
    return [(line[1], line[2]) for line in lines]


def _type_of(mounts: list[tuple[str, str]], path: str) -> str | None:
    """The type of the last mount that covers ``path`` most closely: it hides those before it."""
    covering = [(len(point), n, kind) for n, (point, kind) in enumerate(mounts) if _covers(point, path)]
    return max(covering)[2] if covering else None


def _covers(point: str, path: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _mounts() -> list[tuple[str, str]]:
    try:
        if sys.platform == "linux":
            return linux_mounts(os.fsdecode(Path("/proc/self/mountinfo").read_bytes()))
        done = subprocess.run(["/sbin/mount"], capture_output=True, timeout=5, check=False)
        return bsd_mounts(os.fsdecode(done.stdout))
    except (OSError, subprocess.SubprocessError):
        return []


def _windows_type(path: str) -> str | None:
    if sys.platform != "win32":
        return None
    import ctypes

    if path.startswith("\\\\") and not path.startswith("\\\\?\\"):
        return "remote"
    drive = os.path.splitdrive(path)[0] + "\\"
    return "remote" if ctypes.windll.kernel32.GetDriveTypeW(drive) == 4 else None  # DRIVE_REMOTE
