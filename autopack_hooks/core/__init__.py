"""Hold what every other room stands on: errors, text, findings, globs, git, files."""
