"""Which file systems another machine keeps."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autopack_hooks.locking import network
from autopack_hooks.locking.network import bsd_mounts, linux_mounts, network_refusal, network_type, type_at

MOUNTINFO = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 0:50 / /home rw shared:5 - nfs4 server:/home rw,vers=4.2
31 30 0:51 / /home/ada/local rw master:1 propagate_from:2 - xfs /dev/vdb rw
32 27 0:52 / /mnt/with\\040space rw - fuse.sshfs ada@host: rw
33 27 0:53 / /over rw - ext4 /dev/vdc rw
34 33 0:54 / /over rw - cifs //host/with\\040space rw
cut off
"""
LISTING = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
//ada@host/share on /Volumes/my share (smbfs, nodev, nosuid, mounted by ada)
host:/export on /Volumes/n (nfs)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
"""


@pytest.mark.parametrize(
    ("kind", "source", "remote"),
    [
        ("nfs4", "host:/", True),
        ("nfs", "[fe80::1]:/export", True),
        ("cifs", "//host/share", True),
        ("lustre", "10.0.0.1@tcp:/fs", True),
        ("fuse.davfs2", "https://host/dav", True),
        ("fuse.sshfs", "host:", True),
        ("9p", "C:\\134", True),
        ("9p", "shared", True),
        ("ceph", "user@1b2c.fs=/", True),
        ("ext4", "/dev/vda", False),
        ("ext4", "/dev/disk/by-path/pci-0000:00:1f.2", False),
        ("tmpfs", "tmpfs", False),
        ("overlay", "overlay", False),
        ("zfs", "tank/home", False),
        ("fuse.mergerfs", "/mnt/a:/mnt/b", False),
        ("fuse.mergerfs", "a:b", False),
        ("fuseblk", "/dev/sda1", False),
    ],
)
def test_a_mount(kind: str, source: str, remote: bool) -> None:
    line = f"27 1 254:0 / /mnt rw,relatime - {kind} {source} rw"
    assert linux_mounts(line) == [("/mnt", kind if remote else "")]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/work", ""),
        ("/home", "nfs4"),
        ("/home/ada/repo", "nfs4"),
        ("/homes/ada", ""),
        ("/home/ada/local", ""),
        ("/home/ada/local/x", ""),
        ("/home/ada/locals", "nfs4"),
        ("/mnt/with space/x", "fuse.sshfs"),
        ("/over/x", "cifs"),
    ],
)
def test_linux(path: str, kind: str) -> None:
    assert type_at(path, linux_mounts(MOUNTINFO)) == kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/Users/ada", ""), ("/Volumes/my share/repo", "smbfs"), ("/Volumes/n", "nfs"), ("/Volumes/no", "")],
)
def test_macos(path: str, kind: str) -> None:
    assert type_at(path, bsd_mounts(LISTING)) == kind


def test_a_file_system_of_which_nothing_is_known_counts_as_local() -> None:
    assert type_at("/x", []) == ""
    assert linux_mounts("") == bsd_mounts("") == linux_mounts("a b c d e - nfs") == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no list of mounts")
def test_a_folder_that_does_not_exist_yet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(network, "_mounts", lambda: [("/", "nfs4")])
    network_type.cache_clear()
    assert "network file system (nfs4)" in network_refusal(tmp_path / "a" / "b")
    network_type.cache_clear()
