"""Exclude tools of one workspace from each other: named locks, who holds them, breaking, and commands run under them."""
