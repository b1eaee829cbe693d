"""Claims: an id is reserved at the remote by one push that only one writer can win."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autopack_hooks.core.git import GitError, Repo
from autopack_hooks.project import claims
from autopack_hooks.project.claims import Outcome
from tests.support import LEDGER, GitRepo


def clones(folder: Path, count: int) -> tuple[GitRepo, list[GitRepo]]:
    """Return a bare origin with one ledger, and clones of it."""
    origin, seed = GitRepo(folder / "origin.git"), GitRepo(folder / "seed")
    for repo in (origin, seed):
        repo.root.mkdir()
    origin.git("init", "-q", "--bare", "-b", "main")
    seed.git("init", "-q", "-b", "main")
    seed.write("docs/BUILD_HISTORY.md", LEDGER)
    seed.commit("start")
    seed.git("push", "-q", str(origin.root), "main")
    made = [GitRepo(folder / f"clone{number}") for number in range(count)]
    for clone in made:
        seed.git("clone", "-q", str(origin.root), str(clone.root))
    return origin, made


def opened(repo: GitRepo) -> Repo:
    found = Repo.discover(repo.root, os.environ)
    assert found
    return found


def taken(repo: GitRepo, entry_id: str, nonce: str = "n") -> claims.ClaimResult:
    return claims.claim(opened(repo), "build_history", entry_id, nonce=nonce, now=1_700_000_000)


def test_one_of_two_wins(tmp_path: Path) -> None:
    _, (one, two) = clones(tmp_path, 2)
    assert taken(one, "BUILD-004").outcome is Outcome.WON
    lost = taken(two, "BUILD-004", "other")
    assert lost.outcome is Outcome.LOST and claims.claimed_ids(lost.held, "build_history") == {"BUILD-004"}
    assert one.git("for-each-ref", "refs/autopack") == "" and one.git("status", "--porcelain") == ""


def test_a_claim_whose_answer_was_lost_is_ours(tmp_path: Path) -> None:
    _, (one,) = clones(tmp_path, 1)
    assert [taken(one, "BUILD-004").outcome for _ in range(2)] == [Outcome.WON, Outcome.WON]


def test_without_a_name_or_an_empty_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (one,) = clones(tmp_path, 1)
    for key in list(os.environ):
        if key.startswith(("GIT_AUTHOR", "GIT_COMMITTER")):
            monkeypatch.delenv(key)
    assert taken(one, "BUILD-004").outcome is Outcome.WON


def test_many_at_once_never_share(tmp_path: Path) -> None:
    _, made = clones(tmp_path, 4)

    def give(number: int) -> list[str]:
        def propose(claimed: object) -> str:
            return next(f"BUILD-{n:03}" for n in range(4, 99) if f"BUILD-{n:03}" not in claimed)  # type: ignore[operator]

        repo = opened(made[number])
        return [claims.claim_free(repo, "b", propose, nonce=f"{number}.{n}", now=1)[0] for n in range(4)]

    with ThreadPoolExecutor(4) as pool:
        given = [entry_id for ids in pool.map(give, range(4)) for entry_id in ids]
    assert sorted(given) == [f"BUILD-{n:03}" for n in range(4, 20)]


@pytest.mark.parametrize("entry_id", ["BUILD-004", "1..2~x.lock", ".a", "a b", "caf\u00e9", "a/b", "x@{1}", "-x", "a."])
def test_every_id_has_a_ref(tmp_path: Path, entry_id: str) -> None:
    _, (one,) = clones(tmp_path, 1)
    assert taken(one, entry_id).outcome is Outcome.WON
    assert [c.entry_id for c in claims.list_claims(opened(one))] == [entry_id]


def test_a_remote_that_refuses_or_is_gone(tmp_path: Path) -> None:
    origin, (one, two) = clones(tmp_path, 2)
    hook = origin.write("hooks/pre-receive", "#!/bin/sh\necho not here >&2\nexit 1\n")
    hook.chmod(0o755)
    refused = taken(one, "BUILD-004")
    assert refused.outcome is Outcome.FAILED and "takes no claims" in refused.reason and "\n" not in refused.reason
    two.git("remote", "set-url", "origin", str(tmp_path / "nowhere.git"))
    gone = taken(two, "BUILD-004")
    assert gone.outcome is Outcome.FAILED and "cannot be reached" in gone.reason
    with pytest.raises(GitError, match="cannot be reached"):
        claims.claimed_oids(opened(two))


def test_release_spares_what_changed_hands(tmp_path: Path) -> None:
    _, (one, two) = clones(tmp_path, 2)
    taken(one, "BUILD-004")
    (old,) = claims.list_claims(opened(one))
    ref = claims.claim_ref(old.ledger, old.entry_id)
    assert claims.release(opened(two), {ref: old.oid}) == []
    taken(two, "BUILD-004", "again")
    claims.release(opened(one), {ref: old.oid})
    assert len(claims.list_claims(opened(one))) == 1


def test_whose_claims_they_are(tmp_path: Path) -> None:
    _, (one, two) = clones(tmp_path, 2)
    taken(one, "BUILD-004")
    asked = {"build_history": {"BUILD-004", "BUILD-005"}}
    assert claims.claimed_by_others(opened(one), asked) == []
    assert [c.entry_id for c in claims.claimed_by_others(opened(two), asked)] == ["BUILD-004"]
    assert claims.claimed_by_others(opened(two), {}) == []
