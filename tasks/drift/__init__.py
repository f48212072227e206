"""Whether to trade today, which rule said so, and how far."""
