"""Network file systems, on which a kernel lock may reach one machine only, or nobody.

filelock cannot tell them apart, but they give themselves away: on Linux they are mounted from ``HOST:/PATH`` or
``//HOST/SHARE``, on macOS and the BSDs mount(8) does not call them local, on Windows their paths begin with two
backslashes. A file system of which none of this is known counts as local.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

_REMOTE_SOURCE = re.compile(r"[^/]+:[/\\].*|//.+")
_REMOTE_TYPES = frozenset(("9p", "afs", "beegfs", "ceph", "fuse.rclone", "fuse.sshfs", "vboxsf"))
"""Types of Linux that are mounted from something else than a host and a path."""

_OCTAL = re.compile(r"\\([0-7]{3})")


def network_refusal(folder: Path) -> str:
    """Return the reason why locks are not kept in ``folder``, which need not exist yet; "" on a local file system."""
    kind = network_type(folder)
    if not kind:
        return ""
    return (
        f"{folder}: this is a network file system ({kind}), where other machines may not see a lock, so that two could "
        "hold it; work in a clone on a local disk, or set locks.allow_network_fs: true if only one machine uses the folder"
    )


@lru_cache(maxsize=64)
def network_type(folder: Path) -> str:
    """Return the type of the network file system that ``folder`` is on, "" for a local one."""
    path = os.path.realpath(folder)
    if sys.platform == "win32":
        return "a share" if path.startswith("\\\\") and not path.startswith("\\\\?\\") else ""
    return type_at(path, _mounts())


def type_at(path: str, mounts: list[tuple[str, str]]) -> str:
    """Return the network type of the last of ``mounts`` that covers ``path`` most closely: it hides those before it."""
    covering = [(len(point), n, kind) for n, (point, kind) in enumerate(mounts) if _covers(point, path)]
    return max(covering, default=(0, 0, ""))[2]


def linux_mounts(mountinfo: str) -> list[tuple[str, str]]:
    """Return (mount point, network type or "") of each line of /proc/self/mountinfo (see proc(5)), in its order."""
    found = []
    for line in mountinfo.split("\n"):
        before, _, after = line.partition(" - ")
        fields, (kind, *source) = before.split(" "), after.split(" ")
        if len(fields) > 4 and source:
            remote = kind in _REMOTE_TYPES or _REMOTE_SOURCE.fullmatch(_unescaped(source[0]))
            found.append((_unescaped(fields[4]), kind if remote else ""))
    return found


def bsd_mounts(listing: str) -> list[tuple[str, str]]:
    """Return the same of each line that mount(8) prints on macOS and the BSDs."""
    lines = re.finditer(r"^.*? on (/.*) \(([^,()]+)([^()]*)\)$", listing, re.MULTILINE)
    return [(line[1], "" if "local" in line[3].split(", ") else line[2]) for line in lines]


def _mounts() -> list[tuple[str, str]]:
    try:
        if sys.platform == "linux":
            return linux_mounts(os.fsdecode(Path("/proc/self/mountinfo").read_bytes()))
        done = subprocess.run(["/sbin/mount"], capture_output=True, timeout=5, check=False)
        return bsd_mounts(os.fsdecode(done.stdout))
    except (OSError, subprocess.SubprocessError):
        return []


def _covers(point: str, path: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _unescaped(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
