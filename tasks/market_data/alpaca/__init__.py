"""Alpaca as a source of prices: daily bars, minutes of a session, corporate actions."""
