"""The ledger model: dialects, ids, parsing, and what an entry is."""
