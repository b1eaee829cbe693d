"""Keep the tools of one workspace from disturbing each other: named locks, their holders, and commands under them."""
