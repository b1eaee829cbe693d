"""Hold the rules of ledgers, one family per module."""
