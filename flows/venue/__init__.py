"""A broker on this machine to try a book at: no account, no real market, the real client libraries."""
