"""One protocol, and the brokers behind it."""
