"""Git hooks that keep a repository's Markdown ledgers, its docs links and its derived indexes right."""

__version__ = "0.1.0"
