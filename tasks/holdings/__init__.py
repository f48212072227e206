"""What the broker says we have, against our own ledger."""
