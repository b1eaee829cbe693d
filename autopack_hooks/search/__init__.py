"""Answers from the ledgers: ranked entries, whole entries, and what they say of a file."""
