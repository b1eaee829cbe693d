"""Commands that set a repository up, and those that explain."""
