"""Our ledger against the broker's word."""
