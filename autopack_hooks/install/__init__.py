"""What ``init`` installs, as text: the configuration, the block for pre-commit, the plain git hooks. All pure."""
