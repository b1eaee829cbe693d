"""The plain git hooks, for people without pre-commit or prek.

A shim is three lines and names its git event; the script beside it, ``autopack-hooks.sh``, finds the program and
knows what to do. The folder ``hooks/`` of this repository holds the same files (generated; a test compares).
"""

from __future__ import annotations

RUNNER_NAME = "autopack-hooks.sh"
PROGRAM_KEY = "autopack-hooks.program"
MARK = "# autopack-hooks: "

EVENTS = {
    "pre-commit": "before a commit, checks the ledgers and the links of the navigation docs as they are staged.",
    "pre-merge-commit": "before a merge commit, checks the ledgers and the links of the navigation docs.",
    "pre-push": "before a push, looks whether another writer has claimed an id of what is pushed.",
    "post-merge": "after a merge or a pull, brings the database and the vector index in line with the ledgers.",
    "post-rewrite": "after a rebase or an amended commit, does what post-merge does.",
    "post-commit": "after a commit (which also ends a conflicted merge), does what post-merge does.",
    "post-checkout": "after a switch to another branch, does what post-merge does.",
}

RUNNER = f"""\
#!/bin/sh
{MARK}called by the hooks beside it with the name of the git event and git's own arguments.
# A hook of your own can call it too:  "${{0%/*}}/{RUNNER_NAME}" pre-commit "$@" || exit 1

program=$(git config --get {PROGRAM_KEY}) # noted by `autopack-hooks init`
[ -x "$program" ] || program=$(command -v autopack-hooks)

# Not -m, which would take a file of the repository, such as a committed argparse.py, for a module.
start='import sys; sys.path[:] = filter(None, sys.path); import autopack_hooks'

autopack() {{
    if [ -n "$program" ]; then "$program" "$@"; else python3 -c "$start.main as run; sys.exit(run.main())" "$@"; fi
}}

if [ -z "$program" ] && ! python3 -c "$start" 2>/dev/null; then
    case $1 in post-*) exit 0 ;; esac
    echo 'autopack-hooks: not found, so nothing was checked; install it' \\
        'and run `autopack-hooks init` again, or pass by once with --no-verify' >&2
    exit 1
fi

case $1 in
    pre-push) autopack check --pushed ;;
    pre-*)
        autopack check --staged
        checked=$?
        autopack links --staged && exit $checked
        ;;
    post-checkout)
        # git's last argument is 0 where single files were checked out and HEAD stayed.
        [ "$4" = 0 ] || autopack sync --hook </dev/null
        exit 0
        ;;
    post-*)
        autopack sync --hook </dev/null
        exit 0
        ;;
esac
"""


def shim(event: str) -> str:
    """Return the hook of one git event: a comment, and one call of the script beside it."""
    return f'#!/bin/sh\n{MARK}{EVENTS[event]}\nexec "${{0%/*}}/{RUNNER_NAME}" {event} "$@"\n'


def files() -> dict[str, str]:
    """Return name -> text of everything that goes into a folder of git hooks."""
    return {RUNNER_NAME: RUNNER, **{event: shim(event) for event in EVENTS}}


def chained_line(event: str) -> str:
    """Return the line that calls our hook from a hook of the user's own."""
    return f'"${{0%/*}}/{RUNNER_NAME}" {event} "$@"' + (" || exit 1" if event.startswith("pre-") else "")


def plain_line(event: str) -> str:
    """Return the commands of one git event for a place where the script beside the hooks cannot be called."""
    return (
        "autopack-hooks check --staged && autopack-hooks links --staged"
        if event.startswith("pre-")
        else "autopack-hooks sync --hook"
    )


def is_ours(text: str) -> bool:
    """Return whether a hook's text is one of ours, of this release or another."""
    lines = text.split("\n", 2)
    return len(lines) > 1 and lines[1].startswith(MARK)
