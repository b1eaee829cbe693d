"""What stands behind ``autopack_hooks.locks``: names, files, labels, status, breaking, and commands run under a lock."""
