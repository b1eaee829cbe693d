"""Open a workspace and load its ledgers."""
