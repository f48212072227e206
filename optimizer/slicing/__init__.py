"""When to trade: how one order becomes the slices of a trading day, as pure functions."""
