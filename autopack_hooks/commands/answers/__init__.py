"""Commands that answer from the ledgers, for people and for agents."""
