"""The topics of ``explain`` beside the codes: what a message leaves out, because it is not to be pasted unread."""

from __future__ import annotations

from typing import NamedTuple


class Topic(NamedTuple):
    """A page of ``explain``: a title for the list, and the text."""

    title: str
    text: str


_GUARD = """\
A guard refuses (exit 6)

Nothing was written. A script or an agent stops here and asks the owner of the ledgers: each way below can
lose entries of a target, and each is for one refusal only.

TOO MUCH WOULD BE DELETED
    "50 of 60 entries would be deleted, more than the 6 that sync.max_deletes (10%) allows"
    "all 12 entries of debug_log would be deleted"

    Find out first why they are missing. Mostly it is one of these, and mending it is all there is to do:
      - another branch or an older commit is checked out, or --ref names one
      - a ledger has moved, and `ledgers:` in .autopack-hooks.yaml names its former place
      - the headings have another form now, so that they are read as text: `autopack-hooks check`
      - a merge lost them: `git log -p -- LEDGER`

    Where they really went, on purpose, let exactly that through:
      1. autopack-hooks sync --plan plan.json      with the mode and the targets that were refused
      2. read `delete` in plan.json
      3. autopack-hooks approve plan.json --note "why"
      4. the refused command again, with --approval plan.approval.json

    --allow-deletes skips the review. It is right for a target that only you use and that a sync can fill
    again, such as the database in your clone. It never sets a shared target back.

A SHARED TARGET WOULD BE SET BACK
    "is ahead of this commit"           somebody synced a later commit: pull, then sync
    "may be ahead"                      its commit is not known here: fetch (a shallow clone: git fetch
                                        --unshallow), then sync
    "has diverged"                      merge, or leave it to a branch of sync.branches
    "takes commits, not a working tree" commit first

    --set-back is right when the commit that the target was synced from is gone for good, because the history
    was rewritten and all agreed to it, or when an older state is wanted on purpose. It overwrites what others
    synced. It never deletes more than sync.max_deletes allows.

ANOTHER PROJECT IN THE STORE
    "holds entries of OLD and none of NEW": `autopack-hooks sync --help`, at --adopt and --beside.

THE STORE LIES WHERE GIT TRACKS A FILE
    Name another place, or take the store out of git: `git rm -r --cached -- PLACE`, then commit. The files stay
    on this disk, but every other clone removes them at its next pull, so look first that PLACE is the store.

Whatever is let through is on record with its operator: `autopack-hooks audit show`.
"""

_LOCKS = """\
A lock that is not free

`autopack-hooks lock status` shows who holds each lock. Wait for that process, or end it: the lock of a process
that ended is free at once, however it ended. A holder that works is never broken.

WHAT A DEAD HOLDER LEFT
    Only its label, which blocks nobody. `lock break NAME` clears it, `lock break --all` those of all locks; both
    exit with 6 where a holder lives.

A STALLED HOLDER
    It lives, and has not renewed its label for its ttl and locks.grace: it was stopped, or its machine slept. When
    it wakes it may go on writing, so end it if you can. Where you cannot, and know that it asks `still_mine()`
    before it writes, or will never wake, declare it dead:

      autopack-hooks lock break NAME --token TOKEN --force      the token: autopack-hooks lock status

    Who holds all locks (`lock run --all`) loses all of them at once.

Every break is on record: `autopack-hooks audit show --action "lock break"`.
"""

TOPICS = {
    "guard": Topic("a guard refuses: why, and what may let it through", _GUARD),
    "locks": Topic("a lock is not free: who holds it, and when it may be broken", _LOCKS),
}
"""Topic -> its page, in the order of the list."""
