"""Links in Markdown documents: found, resolved, explained and mended. Pure, but for what ``scan`` and ``history`` read."""
