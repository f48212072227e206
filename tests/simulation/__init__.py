"""Deterministic simulation: seeded worlds of lies, kills and second processes, judged by the exchange's own book."""
