"""Alpaca through its own client library."""
