"""Real SSH keys for tests."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

needs_openssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed")


def make_key(path: Path, passphrase: str = "") -> str:
    """A new key pair in ``path`` and ``path``.pub; returns the public key."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return " ".join(path.with_name(f"{path.name}.pub").read_text().split()[:2])
