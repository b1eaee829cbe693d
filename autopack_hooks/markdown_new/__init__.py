"""Reads Markdown: one reader that knows every place, and one referee that has no part in it."""
