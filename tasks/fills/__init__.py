"""Every fill on record, and the ledger derived from them."""
