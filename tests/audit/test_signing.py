"""Signatures with real SSH keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autopack_hooks.audit.signing import Signer, Verifier, signer_of, verifier_of
from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.git import Repo
from tests.audit.keys import make_key, needs_openssh
from tests.support import GitRepo

pytestmark = needs_openssh


@pytest.fixture
def key(tmp_path: Path) -> Path:
    make_key(tmp_path / "id")
    return tmp_path / "id"


def signer(key: Path | str) -> Signer:
    return Signer("ssh-keygen", str(key), dict(os.environ))


def verifier(allowed: Path | None) -> Verifier:
    return Verifier("ssh-keygen", allowed, dict(os.environ))


@pytest.mark.parametrize("name", ["id", "id.pub"])
def test_a_signature_is_good_for_what_was_signed(key: Path, name: str) -> None:
    signature = signer(key.with_name(name)).sign(b"data", "ours")
    assert verifier(None).fault(b"data", signature, "ours", None) is None
    for data, text, namespace in (
        (b"other", signature, "ours"),
        (b"data", signature, "theirs"),
        (b"data", "none", "ours"),
    ):
        assert verifier(None).fault(data, text, namespace, None)


def test_only_allowed_signers_sign_for_themselves(key: Path, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other")
    allowed = tmp_path / "allowed"
    public = key.with_name("id.pub").read_text().rsplit(" ", 1)[0]
    allowed.write_text(f"ann@host.org {public}\nbob@host.org {other}\n")
    mine, theirs = signer(key).sign(b"data", "ours"), signer(tmp_path / "other").sign(b"data", "ours")
    check = verifier(allowed)
    assert check.fault(b"data", mine, "ours", "ann@host.org") is None
    assert check.fault(b"data", mine, "ours", None) is None
    assert check.fault(b"data", theirs, "ours", "ann@host.org")
    assert check.fault(b"data", mine, "ours", "nobody@host.org")
    allowed.write_text(f"bob@host.org {other}\n")
    assert check.fault(b"data", mine, "ours", None) == "its key is not among the allowed signers"
    allowed.unlink()
    assert "does not exist" in (check.fault(b"data", mine, "ours", None) or "")


def test_a_locked_key_asks_nobody_where_nobody_is(tmp_path: Path) -> None:
    make_key(tmp_path / "locked", "a passphrase")
    assert signer(tmp_path / "locked").sign_unattended(b"data", "ours") == ""


def test_an_open_key_signs_unattended(key: Path) -> None:
    signature = signer(key).sign_unattended(b"data", "ours")
    assert verifier(None).fault(b"data", signature, "ours", None) is None


def test_what_cannot_sign_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the SSH key none cannot sign"):
        signer(tmp_path / "none").sign(b"data", "ours")
    with pytest.raises(UsageError, match="cannot be run: install OpenSSH"):
        Signer(str(tmp_path / "no-program"), "key", {}).sign(b"data", "ours")
    assert Signer(str(tmp_path / "no-program"), "key", {}).sign_unattended(b"data", "ours") == ""
    with pytest.raises(UsageError, match=r"the SSH key .* cannot sign"):
        # A key by its text is one that an agent holds, and there is none.
        Signer("ssh-keygen", make_key(tmp_path / "id"), {"PATH": os.environ["PATH"]}).sign(b"data", "ours")


def test_git_s_own_settings_are_used(repo: GitRepo, key: Path) -> None:
    def here() -> Repo:
        found = Repo.discover(repo.root, os.environ)
        assert found
        return found

    assert signer_of(None) is None and signer_of(here()) is None
    repo.git("config", "user.signingkey", key)
    assert signer_of(here()) is None  # without gpg.format=ssh it names an OpenPGP key
    repo.git("config", "gpg.format", "ssh")
    found = signer_of(here())
    assert found and found.sign(b"data", "ours").startswith("-----BEGIN SSH SIGNATURE")
    assert verifier_of(here(), repo.root, os.environ, None).allowed_signers is None
    repo.git("config", "gpg.ssh.allowedSignersFile", "allowed")
    assert verifier_of(here(), repo.root, os.environ, None).allowed_signers == repo.root / "allowed"
    assert verifier_of(here(), repo.root, os.environ, "mine").allowed_signers == repo.root / "mine"
