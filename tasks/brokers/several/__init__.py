"""Several brokers behind the one door: one book, one ledger, each order at the broker that its key names."""
