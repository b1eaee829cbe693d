"""``python -m autopack_hooks``: the same as the ``autopack-hooks`` script."""

from autopack_hooks.main import script

if __name__ == "__main__":
    script()
