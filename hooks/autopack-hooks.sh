#!/bin/sh
# autopack-hooks: called by the hooks beside it with the name of the git event and git's own arguments.
# A hook of your own can call it too:  "${0%/*}/autopack-hooks.sh" pre-commit "$@" || exit 1

program=$(git config --get autopack-hooks.program) # noted by `autopack-hooks init`
[ -x "$program" ] || program=$(command -v autopack-hooks)

# Not -m, which would take a file of the repository, such as a committed argparse.py, for a module.
start='import sys; sys.path[:] = filter(None, sys.path); import autopack_hooks'

autopack() {
    if [ -n "$program" ]; then "$program" "$@"; else python3 -c "$start.main as run; sys.exit(run.main())" "$@"; fi
}

if [ -z "$program" ] && ! python3 -c "$start" 2>/dev/null; then
    case $1 in post-*) exit 0 ;; esac
    echo 'autopack-hooks: not found, so nothing was checked; install it' \
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
