"""Which file systems are another machine's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autopack_hooks.locking import network
from autopack_hooks.locking.network import bsd_mounts, is_network, linux_mounts, network_type

MOUNTINFO = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 0:50 / /home rw shared:5 - nfs4 server:/home rw,vers=4.2
31 30 0:51 / /home/ada/local rw master:1 propagate_from:2 - xfs /dev/vdb rw
32 27 0:52 / /mnt/with\\040space rw - fuse.sshfs ada@host:/ rw
33 27 0:53 / /over rw - ext4 /dev/vdc rw
34 33 0:54 / /over rw - cifs //host/share rw
cut off
"""
LISTING = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
//ada@host/share on /Volumes/my share (smbfs, nodev, nosuid, mounted by ada)
host:/export on /Volumes/n (nfs)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
"""


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "fuse.sshfs", "fuse.rclone", "remote"]
)
def test_network(kind: str) -> None:
    assert is_network(kind)


@pytest.mark.parametrize(
    "kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "apfs", "fuseblk", "fuse.mergerfs", "", "nfsd", "ntfs"]
)
def test_local(kind: str) -> None:
    assert not is_network(kind)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/work", "ext4"),
        ("/home", "nfs4"),
        ("/home/ada/repo", "nfs4"),
        ("/homes/ada", "ext4"),
        ("/home/ada/local", "xfs"),
        ("/home/ada/local/x", "xfs"),
        ("/home/ada/locals", "nfs4"),
        ("/mnt/with space/x", "fuse.sshfs"),
        ("/over/x", "cifs"),
    ],
)
def test_linux(path: str, kind: str) -> None:
    assert network._type_of(linux_mounts(MOUNTINFO), path) == kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/Users/ada", "apfs"), ("/Volumes/my share/repo", "smbfs"), ("/Volumes/n", "nfs"), ("/Volumes/no", "apfs")],
)
def test_macos(path: str, kind: str) -> None:
    assert network._type_of(bsd_mounts(LISTING), path) == kind


def test_what_cannot_be_told_is_local() -> None:
    assert network._type_of([], "/x") is None
    assert linux_mounts("") == bsd_mounts("") == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such list")
def test_a_folder_that_is_still_to_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(network, "_mounts", lambda: [("/", "nfs4")])
    network_type.cache_clear()
    assert network_type(tmp_path / "a" / "b") == "nfs4"
    network_type.cache_clear()
