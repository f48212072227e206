"""Frozen days: what the demo decides, sends and measures, as text that is reviewed like code."""
