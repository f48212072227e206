"""Prices: sources, snapshots, corporate actions, the exchange calendar, the universe."""
