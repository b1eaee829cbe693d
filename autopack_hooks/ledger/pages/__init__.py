"""Pages beside a ledger that list its entries: an index in another file, and the blocks of a README."""
