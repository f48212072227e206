"""A broker of our own: one exchange, one account, its own memory."""
