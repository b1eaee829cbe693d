"""Signatures with the user's SSH key, made and verified by OpenSSH (``ssh-keygen -Y``), where git is set up for them.

That is git's own setup: ``gpg.format`` is ssh, ``user.signingkey`` names the key, ``gpg.ssh.program`` the program.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.git import Repo

SECONDS = 3.0
"""How long a signature may take where nobody can enter a passphrase or touch a key."""


@dataclass(frozen=True)
class Signer:
    """The user's key: a file, or the text of a public key that an agent holds."""

    program: str
    key: str
    env: Mapping[str, str] = field(repr=False)

    def sign(self, data: bytes, namespace: str) -> str:
        """Return an armored signature; may ask for a passphrase. Raises UsageError with OpenSSH's reason."""
        with self._key_file() as arguments:
            code, out, err = _run((self.program, "-Y", "sign", "-n", namespace, *arguments), data, self.env, None)
        if code:
            raise UsageError(f"the SSH key {self.key.split('/')[-1]} cannot sign: {_reason(err, code)}")
        return out.decode("ascii", "replace")

    def sign_unattended(self, data: bytes, namespace: str) -> str:
        """Return the same without asking anybody; "" where the key is locked, needs a touch, or is missing."""
        env = {**self.env, "SSH_ASKPASS_REQUIRE": "never"}
        try:
            with self._key_file() as arguments:
                code, out, _ = _run((self.program, "-Y", "sign", "-n", namespace, *arguments), data, env, SECONDS)
        except (UsageError, OSError):
            return ""
        return out.decode("ascii", "replace") if code == 0 else ""

    @contextmanager
    def _key_file(self) -> Iterator[tuple[str, ...]]:
        if not _is_literal(self.key):
            yield ("-f", self.key)
            return
        with tempfile.TemporaryDirectory(prefix="autopack-hooks-") as folder:
            path = Path(folder, "key.pub")
            path.write_text(self.key.removeprefix("key::") + "\n", "utf-8")
            yield ("-U", "-f", str(path))


@dataclass(frozen=True)
class Verifier:
    """A check of signatures. ``allowed_signers`` is OpenSSH's file of that name, None without one."""

    program: str
    allowed_signers: Path | None
    env: Mapping[str, str] = field(repr=False)

    def fault(self, data: bytes, signature: str, namespace: str, identity: str | None) -> str | None:
        """Return why ``signature`` over ``data`` is not valid, None where it is.

        Args:
            data: The signed bytes.
            signature: The armored signature.
            namespace: What it was made for.
            identity: The mail address for which the allowed signers must list its key, None for any. Without allowed
                signers any key will do: that shows that the data is what was signed, not who signed it.

        Raises:
            UsageError: OpenSSH is not installed.
        """
        with tempfile.TemporaryDirectory(prefix="autopack-hooks-") as folder:
            path = Path(folder, "signature")
            path.write_text(signature, "utf-8", errors="replace")
            if self.allowed_signers is None:
                return self._ask(data, "check-novalidate", "-n", namespace, "-s", str(path))
            known = ("-f", str(self.allowed_signers))
            if not self.allowed_signers.is_file():
                return f"{self.allowed_signers}, the file of allowed signers, does not exist"
            who = identity or self._principal(data, known, path)
            if who is None:
                return "its key is not among the allowed signers"
            return self._ask(data, "verify", *known, "-I", who, "-n", namespace, "-s", str(path))

    def _principal(self, data: bytes, known: Sequence[str], path: Path) -> str | None:
        code, out, _ = _run((self.program, "-Y", "find-principals", *known, "-s", str(path)), data, self.env, None)
        names = out.decode("utf-8", "replace").splitlines()
        return names[0] if code == 0 and names else None

    def _ask(self, data: bytes, *arguments: str) -> str | None:
        code, out, err = _run((self.program, "-Y", *arguments), data, self.env, None)
        return None if code == 0 else _reason(err or out, code)


def signer_of(repo: Repo | None) -> Signer | None:
    """Return the key that git signs with, None where it is not set up to sign with SSH."""
    if repo is None or repo.config("gpg.format") != "ssh":
        return None
    key = repo.config("user.signingkey")
    if not key:
        return None
    return Signer(_program(repo), key if _is_literal(key) else str(repo.root / os.path.expanduser(key)), repo.env)


def verifier_of(repo: Repo | None, root: Path, env: Mapping[str, str], allowed_signers: str | None) -> Verifier:
    """Return a verifier by the file ``allowed_signers``, or the one in git's configuration, if any.

    Relative paths are below ``root``; ``env`` is for OpenSSH where ``repo`` has none.
    """
    name = allowed_signers or (repo.config("gpg.ssh.allowedSignersFile") if repo else None)
    path = root / os.path.expanduser(name) if name else None
    return Verifier(_program(repo) if repo else "ssh-keygen", path, repo.env if repo else env)


def _is_literal(key: str) -> bool:
    """Return whether ``key`` is the text of a public key, which git accepts instead of a file's name."""
    return key.startswith(("key::", "ssh-", "ecdsa-", "sk-"))


def _program(repo: Repo) -> str:
    return os.path.expanduser(repo.config("gpg.ssh.program") or "ssh-keygen")


def _run(
    command: Sequence[str], data: bytes, env: Mapping[str, str], seconds: float | None
) -> tuple[int, bytes, bytes]:
    """Run OpenSSH; limited to ``seconds``, it has no terminal to ask on."""
    try:
        done = subprocess.run(
            command, input=data, env=env, capture_output=True, check=False, timeout=seconds,
            start_new_session=seconds is not None,
        )  # fmt: skip
    except (FileNotFoundError, PermissionError) as error:
        raise UsageError(f"{command[0]} cannot be run: install OpenSSH 8.2 or newer") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{command[0]} did not answer within {seconds:g} s") from error
    return done.returncode, done.stdout, done.stderr


def _reason(output: bytes, code: int) -> str:
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"ssh-keygen ended with {code}"
