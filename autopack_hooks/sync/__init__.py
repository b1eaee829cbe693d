"""Ledger -> records -> plan -> targets: exactly the entries whose content hash changed are written."""
