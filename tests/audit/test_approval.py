"""Approvals: for one plan, by a person, for a time; and everything else is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autopack_hooks.audit.approval import (
    Signatures,
    approved,
    check_approval,
    make_approval,
    parse_approval,
    read_approval,
)
from autopack_hooks.audit.operator import Operator
from autopack_hooks.audit.signing import Signer, signer_of
from autopack_hooks.core.errors import FatalError, Refused, UsageError
from autopack_hooks.core.hashing import fingerprint
from autopack_hooks.project.workspace import Workspace
from tests.audit.keys import make_key, needs_openssh
from tests.support import GitRepo

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
ANN = Operator("Ann Other", "ann@host.org")
DIGEST = "d" * 64
FREE = Signatures(False, lambda data, signature, mail: None)


def document(**changes: Any) -> dict[str, Any]:
    """An approval, its ``changes`` made by somebody who knows how its id comes about."""
    made = {**make_approval(DIGEST, ANN, NOW, signer=None), **changes}
    body = {key: value for key, value in made.items() if key not in ("id", "signature")}
    return {**made, "id": changes.get("id", fingerprint(body))}


def test_an_approval_says_who_when_and_what() -> None:
    made = make_approval(DIGEST, ANN, NOW, days=2, note="moved to the archive", signer=None)
    assert {key: value for key, value in made.items() if key != "id"} == {
        "version": 1, "plan_digest": DIGEST, "operator": "Ann Other <ann@host.org>", "note": "moved to the archive",
        "approved_at": "2026-01-02T03:04:05Z", "expires_at": "2026-01-04T03:04:05Z", "signature": "",
    }  # fmt: skip
    approval = parse_approval(made)
    assert approval.operator == ANN and approval.expires_at == NOW + timedelta(days=2)
    check_approval(approval, DIGEST, NOW, FREE)


@pytest.mark.parametrize(
    "operator",
    [
        Operator("", ""),
        Operator("unknown", "a@h.org"),
        Operator("root", "root@localhost"),
        Operator("Ann", "you@example.com"),
    ],
)
def test_a_placeholder_approves_nothing(operator: Operator) -> None:
    with pytest.raises(Refused, match="an approval needs a person"):
        make_approval(DIGEST, operator, NOW, signer=None)
    with pytest.raises(Refused, match="the approval has no operator"):
        check_approval(parse_approval(document(operator=str(operator))), DIGEST, NOW, FREE)


@pytest.mark.parametrize("days", [0, -1, 367, float("nan"), float("inf")])
def test_an_approval_has_an_end(days: float) -> None:
    with pytest.raises(UsageError, match="at most 366 days"):
        make_approval(DIGEST, ANN, NOW, days=days, signer=None)


@pytest.mark.parametrize(
    ("changes", "after", "said"),
    [
        ({}, timedelta(0), None),
        ({}, timedelta(days=7) - timedelta(seconds=1), None),
        ({}, timedelta(days=7), "expired at 2026-01-09T03:04:05Z"),
        ({}, timedelta(days=700), "expired at"),
        ({}, timedelta(minutes=-5), None),
        ({}, timedelta(minutes=-6), "in the future; check the clock"),
        (
            {"plan_digest": "0" * 64},
            timedelta(0),
            "for the plan 000000000000, and what would be done now is dddddddddddd",
        ),
        ({"plan_digest": DIGEST.upper()}, timedelta(0), "for the plan"),
        ({"expires_at": "2027-01-01T00:00:00Z", "id": "x"}, timedelta(0), "was changed after it was made"),
        ({"more": 1, "id": "x"}, timedelta(0), "was changed after it was made"),
    ],
)
def test_it_holds_for_its_plan_and_its_time(changes: dict[str, Any], after: timedelta, said: str | None) -> None:
    approval = parse_approval(document(**changes))
    if said is None:
        check_approval(approval, DIGEST, NOW + after, FREE)
    else:
        with pytest.raises(Refused, match=said):
            check_approval(approval, DIGEST, NOW + after, FREE)


@pytest.mark.parametrize(
    ("required", "signature", "fault", "said"),
    [
        (False, "", None, None),
        (True, "", None, "is not signed, but sync.approvals.require_signature"),
        (False, "s", None, None),
        (True, "s", None, None),
        (False, "s", "bad", "signature by Ann Other <ann@host.org> is not valid: bad"),
        (True, "s", "bad", "is not valid: bad"),
    ],
)
def test_a_signature_is_asked_for_and_looked_at(
    required: bool, signature: str, fault: str | None, said: str | None
) -> None:
    asked = []

    def look(data: bytes, text: str, mail: str) -> str | None:
        asked.append((json.loads(data)["plan_digest"], text, mail))
        return fault

    approval = parse_approval({**document(), "signature": signature})
    if said is None:
        check_approval(approval, DIGEST, NOW, Signatures(required, look))
    else:
        with pytest.raises(Refused, match=said):
            check_approval(approval, DIGEST, NOW, Signatures(required, look))
    assert asked == ([(DIGEST, "s", "ann@host.org")] if signature else [])


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (None, UsageError),
        (b"", UsageError),
        (b"not json", UsageError),
        (b"\xff", UsageError),
        (b"[" * 100_000, UsageError),
        (b"[]", Refused),
        (b"{}", Refused),
        (b'{"plan_digest": 7}', Refused),
        (json.dumps(document(version=2)).encode(), Refused),
        (json.dumps(document(approved_at="yesterday")).encode(), Refused),
        (json.dumps(document(expires_at="2026-13-01T00:00:00Z")).encode(), Refused),
        (json.dumps({**document(), "operator": "me"}).encode(), Refused),
        (json.dumps({**document(), "note": None}).encode(), Refused),
        (json.dumps({**document(), "x": float("nan")}).encode(), Refused),
    ],
)
def test_what_is_no_approval_is_one_line(tmp_path: Path, data: bytes | None, error: type[FatalError]) -> None:
    path = tmp_path / "ok.json"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(error) as caught:
        read_approval(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@given(st.data())
def test_no_changed_field_goes_through(data: st.DataObject) -> None:
    made = make_approval(DIGEST, ANN, NOW, signer=None)
    key = data.draw(st.sampled_from([key for key in made if key != "signature"]))
    value = data.draw(st.text(max_size=5) | st.integers() | st.none() | st.just("2099-01-01T00:00:00Z"))
    assume(value != made[key])
    with pytest.raises((Refused, ValueError, UsageError)):
        check_approval(parse_approval({**made, key: value}), DIGEST, NOW, FREE)


@pytest.fixture
def signing_repo(repo: GitRepo, tmp_path: Path) -> GitRepo:
    """A repository in which Ann signs with SSH, and which knows her key."""
    public = make_key(tmp_path / "ann")
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "user.signingkey", tmp_path / "ann.pub")
    repo.write("keys/allowed", f"ann@host.org {public}\n")
    repo.write(".autopack-hooks.yaml", "sync: {approvals: {require_signature: true, allowed_signers: keys/allowed}}\n")
    return repo


@needs_openssh
class TestSigned:
    @pytest.fixture
    def use(self, signing_repo: GitRepo, tmp_path: Path) -> Callable[[dict[str, Any]], None]:
        def use(made: dict[str, Any]) -> None:
            path = tmp_path / "ok.json"
            path.write_text(json.dumps(made))
            workspace = Workspace.open(os.environ, str(signing_repo.root))
            assert approved(workspace, path, DIGEST, NOW).operator == ANN

        return use

    @pytest.fixture
    def signer(self, signing_repo: GitRepo) -> Signer:
        found = signer_of(Workspace.open(os.environ, str(signing_repo.root)).repo)
        assert found
        return found

    def test_her_own_signature_is_good(self, use: Callable[[dict[str, Any]], None], signer: Signer) -> None:
        use(make_approval(DIGEST, ANN, NOW, signer=signer))

    def test_none_is_refused(self, use: Callable[[dict[str, Any]], None]) -> None:
        with pytest.raises(Refused, match="not signed"):
            use(make_approval(DIGEST, ANN, NOW, signer=None))

    def test_somebody_else_s_is_refused(
        self, use: Callable[[dict[str, Any]], None], signer: Signer, tmp_path: Path
    ) -> None:
        make_key(tmp_path / "mallory")
        with pytest.raises(Refused, match=r"signature by Ann Other .* is not valid"):
            use(make_approval(DIGEST, ANN, NOW, signer=Signer("ssh-keygen", str(tmp_path / "mallory"), signer.env)))

    def test_one_for_another_plan_is_refused(self, use: Callable[[dict[str, Any]], None], signer: Signer) -> None:
        other = make_approval("e" * 64, ANN, NOW, signer=signer)
        with pytest.raises(Refused, match="is not valid"):
            use(document(signature=other["signature"]))

    def test_one_for_another_person_is_refused(self, use: Callable[[dict[str, Any]], None], signer: Signer) -> None:
        with pytest.raises(Refused, match="is not valid"):
            use(make_approval(DIGEST, Operator("Bob", "bob@host.org"), NOW, signer=signer))

    def test_what_cannot_be_verified_is_refused(
        self, use: Callable[[dict[str, Any]], None], signer: Signer, signing_repo: GitRepo
    ) -> None:
        signing_repo.write(".autopack-hooks.yaml", "sync: {approvals: {require_signature: true}}\n")
        with pytest.raises(Refused, match="needs a file of allowed signers"):
            use(make_approval(DIGEST, ANN, NOW, signer=signer))
        signing_repo.git("config", "gpg.ssh.allowedSignersFile", "keys/allowed")
        use(make_approval(DIGEST, ANN, NOW, signer=signer))
