"""``python -m autopack_hooks``: the same as the ``autopack-hooks`` script."""

from autopack_hooks.main import main

if __name__ == "__main__":
    raise SystemExit(main())
