"""Servers that speak real brokers' wire formats over the simulated exchange: local paper brokers without an account."""
