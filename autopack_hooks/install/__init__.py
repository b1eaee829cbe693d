"""Make the texts that ``init`` installs: the block for pre-commit, the plain git hooks, the merge driver."""
